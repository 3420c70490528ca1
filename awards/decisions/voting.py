"""Counting a secret vote. Pure: ballots in, result out; anybody can count again and get the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil


@dataclass(frozen=True)
class Outcome:
    """One candidate's vote. `base` is who could vote on it; `is_cut` passed, yet beyond the quota or tied on it."""

    candidate: int
    yes: int
    base: int
    needed: int
    passed: bool
    proposed: bool
    is_cut: bool


def quorum_reached(attending: int, members: int, quorum: Fraction) -> bool:
    """Whether enough members attend."""
    return attending >= ceil(members * quorum)


def count(
    candidates: list[int],
    ballots: Iterable[Iterable[int]],
    *,
    attending: int,
    recused: dict[int, int],
    share: Fraction,
    quota: int,
) -> list[Outcome]:
    """Count approvals. The base of a candidate is everybody attending less those recused on it.

    At most `quota` candidates are proposed, most votes first. Places are never filled up; candidates
    tied across the quota line are all left out and marked, for another round to decide.
    """
    tally = dict.fromkeys(candidates, 0)
    for ballot in ballots:
        for candidate in set(ballot):
            tally[candidate] += 1
    base = {c: attending - recused.get(c, 0) for c in candidates}
    needed = {c: max(ceil(base[c] * share), 1) for c in candidates}
    passed = sorted((c for c in candidates if tally[c] >= needed[c]), key=lambda c: -tally[c])
    proposed = set(passed[:quota])
    if len(passed) > quota > 0 and tally[passed[quota - 1]] == tally[passed[quota]]:
        proposed = {c for c in proposed if tally[c] > tally[passed[quota]]}
    return [
        Outcome(c, tally[c], base[c], needed[c], c in passed, c in proposed, c in passed and c not in proposed)
        for c in candidates
    ]
