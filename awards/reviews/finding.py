"""Finding words in a dossier and the page on which an item begins. Pure: pages of text in, places out."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

AROUND = 30  # characters shown on each side of a hit
BETWEEN_HAN = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")


def squeezed(text: str) -> str:
    """Text as it is searched: full width made plain, small letters, no blanks beside Chinese, others single.

    Lines of a printed page break within words, and nobody types those breaks.
    """
    plain = unicodedata.normalize("NFKC", text.replace("\0", "")).lower()
    return re.sub(r"\s+", " ", BETWEEN_HAN.sub("", plain)).strip()


def begins(items: Sequence[tuple[str, str, int]], pages: Sequence[str]) -> dict[str, int]:
    """The page of the book on which each item (code, title, points) begins; items not found are left out."""
    found = {}
    for code, title, points in items:
        heading = squeezed(f"{code} {title}（{points} 分）")
        page = next((number for number, text in enumerate(pages, 1) if heading in text), None)
        if page:
            found[code] = page
    return found


def item_on(page: int, marks: Mapping[str, int]) -> str:
    """The item a page of the book belongs to: the last one that begins on or before it; empty before the first."""
    before = [(start, code) for code, start in marks.items() if start <= page]
    return max(before)[1] if before else ""


def around(text: str, wanted: str) -> tuple[str, str, str]:
    """The first hit with what stands before and after it; all three empty where there is none."""
    at = text.find(wanted)
    if at < 0:
        return "", "", ""
    end = at + len(wanted)
    return text[max(0, at - AROUND) : at], text[at:end], text[end : end + AROUND]
