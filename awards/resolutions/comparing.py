"""The names in the government's document against the proposed list. Pure.

Names are equal when they differ in nothing but spaces and the width of signs: 简一(集团) is 简一（集团）. Everything
else is a difference, and near misses are named so that a slip of the pen is seen.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from foshan_quality.lib.problems import Problem

NEAR = 0.75  # from which likeness on one name is taken for a slip of the other
COUNT = r"(?:\d{1,3}|[一二三四五六七八九十]{1,3})"
NUMBERED = re.compile(rf"^\s*(?:[（(]{COUNT}[)）]|{COUNT}[.、．])\s*")


@dataclass(frozen=True)
class Candidate:
    """One name on the proposed list, by its key."""

    key: int
    name: str


@dataclass(frozen=True)
class Comparison:
    """What came out: who is on both by (key, registered name), who only on one, whatever is there twice."""

    both: tuple[tuple[int, str], ...]
    missing: tuple[Candidate, ...]
    strange: tuple[str, ...]
    twice: tuple[str, ...]
    slips: tuple[tuple[str, str], ...]

    @property
    def agrees(self):
        """Whether the document names exactly the proposed list."""
        return not (self.missing or self.strange or self.twice)


def plain(name: str) -> str:
    """The name as it is compared."""
    return "".join(unicodedata.normalize("NFKC", name).split())


def names_in(text: str) -> list[str]:
    """Names typed or pasted, one a line, numbers before them left out."""
    lines = (NUMBERED.sub("", line).strip().rstrip("。；;，,") for line in text.splitlines())
    return [line for line in lines if line]


def compare(names: list[str], candidates: list[Candidate]) -> Comparison:
    """Hold the document's names against the candidates."""
    known = {plain(candidate.name): candidate for candidate in candidates}
    found, strange, twice = {}, [], []
    for name in names:
        candidate = known.get(plain(name))
        if candidate is None:
            strange.append(name)
        elif candidate.key in found:
            twice.append(name)
        else:
            found[candidate.key] = candidate.name
    missing = tuple(candidate for candidate in candidates if candidate.key not in found)
    slips = tuple((name, nearest) for name in strange if (nearest := _nearest(name, missing)))
    return Comparison(tuple(found.items()), missing, tuple(strange), tuple(twice), slips)


def _nearest(name, candidates):
    likeness = [(SequenceMatcher(None, plain(name), plain(c.name)).ratio(), c.name) for c in candidates]
    best, nearest = max(likeness, default=(0, ""))
    return nearest if best >= NEAR else ""


def problems_of(
    comparison: Comparison, *, fewer_because: str, waiting: Iterable[str] = (), may_be_empty: bool = False
) -> list[Problem]:
    """Why such a document cannot be entered: more names never, fewer only with the reason.

    None of those `waiting` for the end of an examination may be named. Only a supplementary document `may_be_empty`.
    """
    slips, held = dict(comparison.slips), {plain(name) for name in waiting}
    problems = [
        Problem(
            "objections",
            f"文件中的“{name}”有异议还没有核查完毕，核查办结后才能审定。没有保存。",
            "names",
        )
        for name in comparison.strange
        if plain(name) in held
    ]
    problems += [
        Problem(
            "strange",
            f"文件中的“{name}”不在公示后的拟奖名单内"
            + (f"，与“{slips[name]}”相近，请核对是否漏字、错字" if name in slips else "")
            + "。没有保存。",
            "names",
        )
        for name in comparison.strange
        if plain(name) not in held
    ]
    problems += [Problem("repeated", f"“{name}”在文件名单里出现两次。没有保存。", "names") for name in comparison.twice]
    if not comparison.both and not may_be_empty:
        problems.append(Problem("no_names", "文件名单里没有一家拟奖单位。没有保存。", "names"))
    if comparison.missing and not fewer_because.strip():
        left_out = "、".join(candidate.name for candidate in comparison.missing)
        text = f"拟奖名单中的 {left_out} 不在文件名单内。确实未获批准的，请写明原因。没有保存。"
        problems.append(Problem("fewer", text, "fewer_because"))
    return problems
