"""Counting a secret vote. Pure: slips in, result out; anybody can count again and get the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from django.db.models import TextChoices

from awards.programmes.rules import TIED_AND_FAILED


class Choice(TextChoices):
    """What a ballot says of one candidate. Whoever marks nothing abstains.

    The words are of one length, so that the length of what a browser sends does not tell them apart.
    """

    FOR = "aye", "同意"
    AGAINST = "nay", "不同意"
    ABSTAIN = "abs", "弃权"


@dataclass(frozen=True)
class Outcome:
    """One candidate's vote. `base` is who could vote on it; `is_cut` passed, yet beyond the quota or tied on it."""

    candidate: int
    yes: int
    no: int
    abstained: int
    base: int
    needed: int
    passed: bool
    proposed: bool
    is_cut: bool


def quorum_reached(attending: int, members: int, quorum: Fraction) -> bool:
    """Whether enough members attend; a committee without members never has a quorum."""
    return attending >= max(ceil(members * quorum), 1)


def count(
    candidates: list[int],
    slips: Iterable[tuple[int, str]],
    *,
    attending: int,
    recused: dict[int, int],
    share: Fraction,
    quota: int,
    barred: frozenset[int] = frozenset(),
) -> list[Outcome]:
    """Count slips of (candidate, choice). The base of a candidate is everybody attending less those recused on it.

    At most `quota` candidates are proposed, most votes first. Places are never filled up; candidates
    tied across the quota line are all left out and marked, for another round to decide. Whoever is `barred`
    is counted and does not pass.
    """
    tally = _tallied(candidates, slips)
    yes = {c: tally[c][Choice.FOR] for c in candidates}
    base = {c: attending - recused.get(c, 0) for c in candidates}
    needed = {c: max(ceil(base[c] * share), 1) for c in candidates}
    passed = sorted((c for c in candidates if yes[c] >= needed[c] and c not in barred), key=lambda c: -yes[c])
    proposed = _within(passed, yes, quota)
    return [
        Outcome(
            c,
            yes[c],
            tally[c][Choice.AGAINST],
            tally[c][Choice.ABSTAIN],
            base[c],
            needed[c],
            c in passed,
            c in proposed,
            c in passed and c not in proposed,
        )
        for c in candidates
    ]


def _tallied(candidates, slips):
    """How often each choice was made on each candidate."""
    tally = {candidate: dict.fromkeys(Choice, 0) for candidate in candidates}
    for candidate, choice in slips:
        tally[candidate][Choice(choice)] += 1
    return tally


def _within(passed, yes, quota):
    """Who of those that passed, most votes first, has a place: of candidates tied across the line none."""
    if len(passed) <= quota or quota == 0:
        return set(passed[:quota])
    first_without = yes[passed[quota]]
    return {c for c in passed[:quota] if yes[c] > first_without}


def next_candidates(outcomes: Iterable[Outcome], places: int, rule: str, barred: frozenset[int] = frozenset()) -> list:
    """Who is voted on again while places are left: those tied on the line; with no tie, and where the rule says so,
    those that did not pass. Nobody when every place is taken."""
    outcomes = list(outcomes)
    if places <= sum(o.proposed for o in outcomes):
        return []
    cut = [o for o in outcomes if o.is_cut]
    if cut:
        line = max(o.yes for o in cut)
        return [o.candidate for o in cut if o.yes == line]
    again = [o for o in outcomes if not o.passed and o.base and o.candidate not in barred]
    return [o.candidate for o in again] if rule == TIED_AND_FAILED else []


def unsound(
    slips: Iterable[tuple[int, str]], voted: int, recused: dict[int, int], candidates: list[int], most: int
) -> list[str]:
    """Why the slips cannot be those of `voted` ballots: on each candidate there is one of every voter not recused on
    it, and all voters together approve no more than `most` each."""
    slips, problems = list(slips), []
    for candidate in candidates:
        found, due = sum(key == candidate for key, _choice in slips), voted - recused.get(candidate, 0)
        if found != due:
            problems.append(f"应有选票 {due} 张，实有 {found} 张")
    if sum(choice == Choice.FOR for _key, choice in slips) > voted * most:
        problems.append(f"同意票多于每人 {most} 家")
    if any(key not in candidates for key, _choice in slips):
        problems.append("有不在候选名单上的选票")
    return problems
