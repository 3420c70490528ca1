"""Bar charts as plain numbers for an SVG template: widths in per cent, heights in pixels. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

ROW = 38  # pixels from one horizontal bar to the next
HEIGHT = 190  # pixels of the tallest column
HEADROOM = 24  # above it, for its number


@dataclass(frozen=True)
class Bar:
    """One bar with its words. `x` and `width` are percentages as text, the others pixels."""

    label: str
    value: int
    x: str
    width: str
    middle: str
    y: int
    height: int


@dataclass(frozen=True)
class Chart:
    title: str
    bars: list[Bar]
    height: int
    base: int = 0


def horizontal(title: str, rows: Sequence[tuple[str, int]]) -> Chart:
    """One bar a row, as long as its share of the largest value."""
    top = max((value for _label, value in rows), default=0) or 1
    bars = [
        Bar(label, value, "0%", f"{100 * value / top:.2f}%", "", n * ROW, ROW) for n, (label, value) in enumerate(rows)
    ]
    return Chart(title, bars, height=ROW * len(rows))


def columns(title: str, rows: Sequence[tuple[str, int]]) -> Chart:
    """One column a band, as high as its share of the largest value."""
    top = max((value for _label, value in rows), default=0) or 1
    step, bars = 100 / (len(rows) or 1), []
    for n, (label, value) in enumerate(rows):
        height = round(HEIGHT * value / top)
        left = n * step + step * 0.1
        middle = f"{n * step + step / 2:.2f}%"
        bars.append(Bar(label, value, f"{left:.2f}%", f"{step * 0.8:.2f}%", middle, HEADROOM + HEIGHT - height, height))
    return Chart(title, bars, height=HEADROOM + HEIGHT + 24, base=HEADROOM + HEIGHT)
