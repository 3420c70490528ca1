"""Intervals as plain numbers for an SVG template: positions in per cent, heights in pixels. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

ROW, HEAD = 26, 22  # pixels from one interval to the next, and above the first
MIDDLE, REACH = 55, 29  # per cent of the width: where zero is, and how far the scale goes on either side


@dataclass(frozen=True)
class Whisker:
    """One interval with its words; `low`, `middle` and `high` are percentages of the width as text."""

    label: str
    value: str
    low: str
    middle: str
    high: str
    y: int


@dataclass(frozen=True)
class Chart:
    """Intervals under one another; `low`, `middle` and `high` are where the scale begins, is zero and ends."""

    title: str
    whiskers: list[Whisker]
    height: int
    top: str
    low: str
    middle: str
    high: str


def intervals(title: str, rows: Sequence[tuple[str, float, float, float]]) -> Chart:
    """One row an interval (label, value, low, high), all on one scale that reaches as far on either side."""
    top = max((max(abs(low), abs(high)) for _label, _value, low, high in rows), default=0) or 1
    whiskers = [
        Whisker(label, f"{value:+.2f}", *(_at(x / top) for x in (low, value, high)), HEAD + n * ROW)
        for n, (label, value, low, high) in enumerate(rows)
    ]
    return Chart(title, whiskers, HEAD + ROW * len(rows), f"{top:.1f}", *map(_at, (-1, 0, 1)))


def _at(share):
    return f"{MIDDLE + REACH * share:.2f}%"
