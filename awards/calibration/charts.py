"""Intervals as plain numbers for an SVG template: positions in per cent, heights in pixels. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

ROW = 38  # pixels from one interval to the next


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
    """Intervals under one another around a common zero in the middle."""

    title: str
    whiskers: list[Whisker]
    height: int
    top: str


def intervals(title: str, rows: Sequence[tuple[str, float, float, float]]) -> Chart:
    """One row an interval (label, value, low, high), all on one scale that reaches as far on either side."""
    top = max((max(abs(low), abs(high)) for _label, _value, low, high in rows), default=0) or 1
    whiskers = [
        Whisker(label, f"{value:+.2f}", *(f"{50 + 49 * x / top:.2f}%" for x in (low, value, high)), n * ROW)
        for n, (label, value, low, high) in enumerate(rows)
    ]
    return Chart(title, whiskers, ROW * len(rows), f"{top:.1f}")
