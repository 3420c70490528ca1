"""From percentages to points, exactly. Pure Decimal arithmetic; GB/Z 19579-2012: item = points × %."""

from collections.abc import Mapping
from decimal import Decimal

HUNDRED = Decimal(100)


def item_score(points: int, percentage: int) -> Decimal:
    """The item's score, exact to 0.01: 15 points at 55 % are 8.25."""
    return (Decimal(points) * percentage / HUNDRED).quantize(Decimal("0.01"))


def total(points: Mapping[str, int], percentages: Mapping[str, int]) -> Decimal:
    """The sheet's total over all items of the rubric. Refuses with KeyError while an item is unmarked."""
    return sum((item_score(points[code], percentages[code]) for code in points), Decimal("0.00"))


def is_step(percentage: int, step: int) -> bool:
    """Whether a percentage is on the scale: 0, step, … 100."""
    return 0 <= percentage <= 100 and percentage % step == 0
