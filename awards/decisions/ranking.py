"""From sheets to places. Pure Decimal arithmetic; ties are shown as ties, never broken silently."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Placing:
    """One application's place. Applications with equal means share a place and are marked as tied."""

    key: int
    place: int
    totals: tuple[Decimal, ...]
    mean: Decimal
    spread: Decimal
    is_tied: bool


def mean_of(totals: tuple[Decimal, ...]) -> Decimal:
    """The plain mean of submitted totals, half up to 0.01. Refuses an empty panel with ValueError."""
    if not totals:
        raise ValueError("no submitted sheet")
    return (sum(totals) / len(totals)).quantize(CENT, ROUND_HALF_UP)


def ranked(panels: dict[int, tuple[Decimal, ...]]) -> list[Placing]:
    """Every application placed by its mean, highest first; equal means in order of key."""
    means = {key: mean_of(totals) for key, totals in panels.items()}
    order = sorted(panels, key=lambda key: (-means[key], key))
    shared = list(means.values())
    return [
        Placing(
            key=key,
            place=1 + sum(mean > means[key] for mean in shared),
            totals=tuple(panels[key]),
            mean=means[key],
            spread=max(panels[key]) - min(panels[key]),
            is_tied=shared.count(means[key]) > 1,
        )
        for key in order
    ]


def above_the_line(placings: list[Placing], places: int, threshold: Decimal) -> set[int]:
    """Who is within the first `places` and not under the threshold. A tie on the line takes all of the tied."""
    return {p.key for p in placings if p.place <= places and p.mean >= threshold}


def shortlist_places(quota: int, per_place: Fraction) -> int:
    """How many places the shortlist has: the quota times the ratio, rounded up (差额比例)."""
    return ceil(quota * per_place)
