"""Professional fields as tags, and whether somebody knows an industry. Pure."""

import re
import unicodedata
from functools import lru_cache


@lru_cache(maxsize=16_384)
def plain(text: str) -> str:
    """A name as it is compared: full-width as half-width, no blanks, one case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def tags_of(text: str) -> tuple[str, ...]:
    """The tags in a line of text, parted by 、 or commas or blanks; each once, in order."""
    found = (part.strip() for part in re.split(r"[、，,；;\s]+", unicodedata.normalize("NFKC", text)))
    return tuple(dict.fromkeys(part for part in found if part))


def knows(tags, industry: str) -> bool:
    """Whether one of these fields is the industry, or one names the other in part: 家电 and 家电制造."""
    wanted = plain(industry)
    return bool(wanted) and any(plain(tag) in wanted or wanted in plain(tag) for tag in tags)
