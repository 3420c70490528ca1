"""What notices and papers say until staff settle a text of their own."""

import json
from functools import cache
from pathlib import Path

SHELF = Path(__file__).parent / "data"
SOURCE = "参考文本，待市局核定"


@cache
def default_texts():
    """Title, body and addressee by kind of paper. Read once."""
    return json.loads((SHELF / "texts.json").read_text("utf-8"))
