"""What an edition starts from: the promise of confidentiality. Read from the shelf beside this file."""

from pathlib import Path

SHELF = Path(__file__).parent / "data"


def default_pledge() -> str:
    """The text of the promise before staff settle one."""
    return (SHELF / "default_pledge.txt").read_text("utf-8").strip()
