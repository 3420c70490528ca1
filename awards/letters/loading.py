"""What letters say until an edition's own wording is settled."""

import json
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"
SOURCE = "参考文本，待市局核定"


@cache
def default_wordings():
    """Suffix of the code, basis and remedy by kind. Read once."""
    return json.loads((DATA / "wording.json").read_text("utf-8"))
