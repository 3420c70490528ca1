"""The list a district review starts from, until staff have settled an edition's own."""

import json
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


@cache
def default_items():
    """The default items in order, as plain values with what each rests on. Read once."""
    blank = {"article": "", "is_confirmed": False, "has_level": False}
    return tuple(blank | row for row in json.loads((DATA / "items.json").read_text("utf-8")))
