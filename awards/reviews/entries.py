"""What an expert enters for the items of a sheet, by page, by autosave or by file: read, compared, judged. Pure."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from awards.rubric.scoring import is_step
from foshan_quality.lib.problems import Problem

from . import citing

LONGEST = 4000  # characters of one text


@dataclass(frozen=True)
class Entry:
    """One item's mark: percentage or None, the expert's words, the pages they rest on."""

    percentage: int | None = None
    strengths: str = ""
    improvements: str = ""
    evidence: str = ""

    @classmethod
    def of(cls, mark):
        """The entry of a stored mark, of one of its versions, or of a plain tuple."""
        if isinstance(mark, tuple | list):
            return cls(*mark)
        return cls(*(getattr(mark, name) for name in FIELDS))


FIELDS = tuple(field.name for field in fields(Entry))
WORDS = {"percentage": "百分比", "strengths": "优势", "improvements": "改进机会", "evidence": "证据页"}


def read(code: str, raw: Mapping[str, object]) -> tuple[Entry, list[Problem]]:
    """An item's entry from what was typed in its four fields, and what in it cannot be read."""
    problems, percentage = [], None
    typed = unicodedata.normalize("NFKC", str(raw.get("percentage") or "")).strip().removesuffix("%").strip()
    if typed.isascii() and typed.isdigit() and len(typed) <= 3:
        percentage = int(typed)
    elif typed:
        problems.append(Problem("range", f"{code} 的百分比“{typed[:20]}”应为整数，没有保存。", code))
    texts = {name: _text(raw.get(name)) for name in ("strengths", "improvements")}
    for name, text in texts.items():
        if len(text) > LONGEST:
            words = f"{code} 的{WORDS[name]}有 {len(text)} 个字符，超过 {LONGEST}，没有保存。"
            problems.append(Problem("too_long", words, code))
    return Entry(percentage, **texts, evidence=_references(raw.get("evidence"))), problems


def _text(value):
    return str(value or "").replace("\r\n", "\n").replace("\0", "").strip()


def _references(value):
    """In the one way references are kept; what cannot be read stays as typed, for the refusal."""
    try:
        return citing.written(citing.parts(str(value or "")))
    except ValueError:
        return str(value)


def faults(
    entries: Mapping[str, Entry], items: Mapping[str, object], step: int, papers: Sequence[int] = ()
) -> list[Problem]:
    """Why entries cannot be kept: items the rubric (by code) does not have, percentages off its scale, bad references.

    `papers` are the pages of each paper of the dossier; empty where they are not known.
    """
    problems = []
    for code, entry in entries.items():
        if code not in items:
            problems.append(Problem("unknown", f"准则中没有 {code}，没有保存。", code))
            continue
        if entry.percentage is not None and not is_step(entry.percentage, step):
            words = f"{items[code]} 的 {entry.percentage}% 不在 0—100、每档 {step}% 之内，没有保存。"
            problems.append(Problem("range", words, code))
        if wrong := citing.problem(code, entry.evidence, papers):
            problems.append(wrong)
    return problems


def touched(given: Mapping[str, Entry], stored: Mapping[str, Entry]) -> dict[str, Entry]:
    """The entries that differ from what is stored."""
    return {code: entry for code, entry in given.items() if entry != stored.get(code, Entry())}


@dataclass(frozen=True)
class Meeting:
    """What a page and the sheet hold once both changed since `base`: the items to show, and those in dispute."""

    shown: dict[str, Entry]
    disputed: dict[str, Entry]


def meet(given: Mapping[str, Entry], base: Mapping[str, Entry], stored: Mapping[str, Entry]) -> Meeting:
    """Mine where only I changed an item, theirs where only they did; where both did, mine, with theirs beside it."""
    shown, disputed = {}, {}
    for code, mine in given.items():
        before, theirs = base.get(code, Entry()), stored.get(code, Entry())
        shown[code] = theirs if mine == before else mine
        if mine not in (before, theirs) and theirs != before:
            disputed[code] = theirs
    return Meeting(shown, disputed)


def wanting(
    entries: Mapping[str, Entry], codes: Iterable[str], strengths_from: int | None, improvements_to: int | None
) -> list[Problem]:
    """Everything between a sheet and its submission: items without a mark, and marks whose reason is missing.

    From `strengths_from` on an item needs strengths, up to `improvements_to` improvements; None asks for neither.
    """
    codes = list(codes)
    missing = [code for code in codes if entries.get(code, Entry()).percentage is None]
    problems = []
    if missing:
        words = f"还有 {len(missing)} 项没有评分：{'、'.join(missing)}。"
        problems.append(Problem("missing", words, missing[0]))
    for code in codes:
        entry = entries.get(code, Entry())
        if entry.percentage is None:
            continue
        if strengths_from is not None and entry.percentage >= strengths_from and not entry.strengths:
            words = f"{code} 评 {entry.percentage}%，达到 {strengths_from}%，须写明优势。"
            problems.append(Problem("strengths", words, code))
        if improvements_to is not None and entry.percentage <= improvements_to and not entry.improvements:
            words = f"{code} 评 {entry.percentage}%，不高于 {improvements_to}%，须写明改进机会。"
            problems.append(Problem("improvements", words, code))
    return problems
