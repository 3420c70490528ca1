"""What an answer to each item of a rubric should tell, in our own words: the standard's text is not ours to print.

Help for whoever writes, no part of what is judged; so it is not frozen with the rubric and may be put better any day.
"""

import json
from functools import cache
from pathlib import Path

SHELF = Path(__file__).parent / "data" / "guidance"
NONE = {"note": "", "items": {}}


@cache
def guidance_of(rubric: str) -> dict:
    """The points to write about by item code, as `items`, and whose words they are, as `note`; none for a rubric
    nobody has written any for."""
    file = SHELF / f"{rubric}.json"
    return json.loads(file.read_text("utf-8")) if file.exists() else NONE
