"""References from a mark to pages of the dossier, as people write them: 12 is page 12 of the book, 附3:2 page 2 of
the third file. Pure."""

import re
import unicodedata
from collections.abc import Sequence

from foshan_quality.lib.problems import Problem

BOOK = 0
LONGEST = 200  # characters of all references of one mark
ONE = re.compile(r"(?:附([1-9]\d{0,2})[:\-])?([1-9]\d{0,3})", re.ASCII)
PARTED = re.compile(r"[、,;\s]+")


def parts(text: str) -> list[tuple[int, int]]:
    """The references in a text as (paper, page), each once, in order. ValueError names the part that is none."""
    found = []
    for part in filter(None, PARTED.split(unicodedata.normalize("NFKC", text))):
        match = ONE.fullmatch(part)
        if match is None:
            raise ValueError(part)
        found.append((int(match[1] or BOOK), int(match[2])))
    return list(dict.fromkeys(found))


def written(references: Sequence[tuple[int, int]]) -> str:
    """References in the one way they are kept: 12、附3:2."""
    return "、".join(str(page) if paper == BOOK else f"附{paper}:{page}" for paper, page in references)


def said(paper: int, page: int) -> str:
    """A reference as a link says it."""
    return f"第 {page} 页" if paper == BOOK else f"附件 {paper} 第 {page} 页"


def problem(code: str, text: str, lengths: Sequence[int]) -> Problem | None:
    """Why an item's references cannot be kept. `lengths` are the pages of each paper; none where they are not known."""
    try:
        references = parts(text)
    except ValueError as wrong:
        return Problem("evidence", f"{code} 的证据页“{wrong}”看不懂，请写成 12 或 附3:2，用顿号分开。没有保存。", code)
    if len(written(references)) > LONGEST:
        return Problem("evidence", f"{code} 的证据页太多，超过 {LONGEST} 个字符。没有保存。", code)
    strange = [r for r in references if lengths and not (r[0] < len(lengths) and 1 <= r[1] <= lengths[r[0]])]
    if strange:
        return Problem("evidence", f"{code} 的证据页 {written(strange)} 不在申报材料中。没有保存。", code)
    return None
