"""From sheets to places. Pure Decimal arithmetic; ties are shown as ties, never broken silently.

A case has parts, each with a weight: an edition with nothing but the independent review has one part of weight 1.
Rounded twice and no more, half up to 0.01: the mean of each part, and the weighted sum of these rounded means.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from math import ceil

from awards.programmes.rules import BY_RESULTS, BY_SPREAD, SHARED
from awards.rubric.scoring import NOTHING, PanelScore, panel_score, rounded

VERSION = "2"  # of this arithmetic. 1 was one part, a plain mean, equal means share a place


@dataclass(frozen=True)
class Part:
    """One part of a case: its share of the score, and the totals it is the mean of, by which rule."""

    label: str
    weight: Fraction
    totals: tuple[Decimal, ...]
    trim_from: int = 0


@dataclass(frozen=True)
class Case:
    """What one application is ranked by. `results` is its mean in the categories of results, for ties."""

    key: int
    parts: tuple[Part, ...]
    results: Decimal = NOTHING


@dataclass(frozen=True)
class PartScore:
    """One part worked out."""

    label: str
    weight: Fraction
    panel: PanelScore


@dataclass(frozen=True)
class Placing:
    """One application's place. Those that share a place are marked as tied; `is_parted` says that the score is equal
    to another's and the tie rule put one before the other."""

    key: int
    place: int
    parts: tuple[PartScore, ...]
    score: Decimal
    tie_value: Decimal | None
    is_tied: bool
    is_parted: bool

    @property
    def spread(self):
        """Between the highest and the lowest total of the first part, before anything is left out."""
        return self.parts[0].panel.spread


def score_of(parts: Iterable[PartScore]) -> Decimal:
    """The weighted sum of the parts' means, half up to 0.01. Refuses weights that are not 1 together."""
    parts = tuple(parts)
    if [part.weight for part in parts] == [1]:
        return parts[0].panel.mean
    if sum(part.weight for part in parts) != 1:
        raise ValueError("the weights do not add up to 1")
    return rounded(sum(part.weight * Fraction(part.panel.mean) for part in parts))


def ranked(cases: Iterable[Case], tie_rule: str = SHARED) -> list[Placing]:
    """Every case placed by its score, highest first; equal ones by the tie rule, and those still equal share a place.

    Among those that share a place the order is that of their keys, which means nothing.
    """
    worked = [_worked_out(case, tie_rule) for case in cases]
    worked.sort(key=lambda row: (-row[2], row[4], row[0]))
    by_score = {score: len(list(rows)) for score, rows in groupby(row[2] for row in worked)}
    placings = []
    for (score, _order), group in groupby(worked, key=lambda row: (row[2], row[4])):
        equal, place = list(group), len(placings) + 1
        is_parted = by_score[score] > len(equal)
        placings += [
            Placing(key, place, parts, score, value, len(equal) > 1, is_parted) for key, parts, _, value, _ in equal
        ]
    return placings


def _worked_out(case, tie_rule):
    parts = tuple(PartScore(p.label, p.weight, panel_score(p.totals, p.trim_from)) for p in case.parts)
    value = {SHARED: None, BY_RESULTS: case.results, BY_SPREAD: parts[0].panel.spread}[tie_rule]
    order = {SHARED: 0, BY_RESULTS: -case.results, BY_SPREAD: parts[0].panel.spread}[tie_rule]
    return case.key, parts, score_of(parts), value, order


def above_the_line(placings: list[Placing], places: int, threshold: Decimal) -> set[int]:
    """Who is within the first `places` and not under the threshold. A tie on the line takes all of the tied."""
    return {p.key for p in placings if p.place <= places and p.score >= threshold}


def shortlist_places(quota: int, per_place: Fraction) -> int:
    """How many places the shortlist has: the quota times the ratio, rounded up (差额比例)."""
    return ceil(quota * per_place)
