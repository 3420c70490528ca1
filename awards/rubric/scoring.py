"""From percentages to points, exactly. Pure Decimal arithmetic; GB/Z 19579-2012: item = points × %.

Where it is rounded: an item's score and a sheet's total never need it, whole points times whole per cents are whole
hundredths. A mean is rounded once, half up to 0.01, and everything after it uses the rounded mean.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from operator import mul

HUNDRED = Decimal(100)
CENT = Decimal("0.01")
NOTHING = Decimal("0.00")


def item_score(points: int, percentage: int) -> Decimal:
    """The item's score, exact to 0.01: 15 points at 55 % are 8.25."""
    return (Decimal(points) * percentage / HUNDRED).quantize(CENT)


def total(points: Mapping[str, int], percentages: Mapping[str, int]) -> Decimal:
    """The sheet's total over all items of the rubric. Refuses with KeyError while an item is unmarked."""
    return sum((item_score(points[code], percentages[code]) for code in points), NOTHING)


def sheet_total(points: Sequence[int], percentages: Sequence[int]) -> Decimal:
    """The same total from two lists in the rubric's order. Refuses with ValueError when one is shorter."""
    if len(points) != len(percentages):
        raise ValueError("not one percentage for each item")
    return Decimal(sum(map(mul, points, percentages))).scaleb(-2)


def is_step(percentage: int, step: int) -> bool:
    """Whether a percentage is on the scale: 0, step, … 100."""
    return 0 <= percentage <= 100 and percentage % step == 0


def rounded(value: Fraction) -> Decimal:
    """An exact number half up to 0.01."""
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class PanelScore:
    """What a panel's totals come to: those left out at both ends, those that count, their mean, the whole spread."""

    totals: tuple[Decimal, ...]
    dropped: tuple[Decimal, ...]
    kept: tuple[Decimal, ...]
    mean: Decimal
    spread: Decimal


def trimmed(totals: Sequence[Decimal], trim_from: int) -> tuple[tuple[Decimal, ...], tuple[Decimal, ...]]:
    """(left out, counted): from `trim_from` totals on, one highest and one lowest are left out; 0 never does."""
    if not trim_from or len(totals) < max(trim_from, 3):
        return (), tuple(totals)
    ordered = sorted(totals)
    counted = list(totals)
    counted.remove(ordered[0])
    counted.remove(ordered[-1])
    return (ordered[0], ordered[-1]), tuple(counted)


def mean_of(numbers: Sequence[Decimal] | Sequence[int]) -> Decimal:
    """The plain mean of totals or of percentages, half up to 0.01. Refuses an empty panel with ValueError."""
    if not numbers:
        raise ValueError("no submitted sheet")
    return (Decimal(sum(numbers)) / len(numbers)).quantize(CENT, ROUND_HALF_UP)


def panel_score(totals: Sequence[Decimal], trim_from: int = 0) -> PanelScore:
    """What the panel's totals come to by the edition's rule. Refuses an empty panel with ValueError."""
    dropped, kept = trimmed(totals, trim_from)
    mean = mean_of(kept)
    return PanelScore(tuple(totals), dropped, kept, mean, max(totals) - min(totals))
