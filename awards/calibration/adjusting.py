"""Which places would change if every total were freed of its expert's estimated severity. Shown, never applied. Pure.

The adjusted totals go the same way as the real ones: rounded to 0.01, then by the edition's own rule to places.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from awards.decisions.ranking import Case, Part, Placing, above_the_line, ranked
from awards.rubric.scoring import CENT


@dataclass(frozen=True)
class Change:
    """One case whose place would be another: score and place as they are, and as they would be."""

    application: int
    number: str
    organisation: str
    score: Decimal
    adjusted: Decimal
    place: int
    adjusted_place: int
    above: bool
    adjusted_above: bool

    @property
    def crosses(self):
        """Whether it would come over the line or fall under it."""
        return self.above != self.adjusted_above


def changes(panels: Sequence, severity: Mapping[int, float], cases: Sequence[Case], rules: Mapping) -> list[Change]:
    """The cases that would move, the best placed first. `cases` are what the panels are ranked by; `rules` hold
    tie_rule, places and threshold."""
    freed = [_freed(panel, severity, case) for panel, case in zip(panels, cases, strict=True)]
    before, after = _placed(cases, rules), _placed(freed, rules)
    return sorted(
        (
            Change(p.application, p.number, p.organisation, *_both(before, after, p.application))
            for p in panels
            if before[p.application][0].place != after[p.application][0].place
        ),
        key=lambda change: (change.place, change.number),
    )


def _freed(panel, severity, case):
    totals = tuple(sheet.total - Decimal(severity.get(sheet.expert, 0.0)).quantize(CENT) for sheet in panel.sheets)
    first = case.parts[0]
    return Case(case.key, (Part(first.label, first.weight, totals, first.trim_from),), case.results)


def _placed(cases, rules) -> dict[int, tuple[Placing, bool]]:
    placings = ranked(cases, rules["tie_rule"])
    above = above_the_line(placings, rules["places"], rules["threshold"])
    return {p.key: (p, p.key in above) for p in placings}


def _both(before, after, key):
    (was, was_above), (would, would_be_above) = before[key], after[key]
    return was.score, would.score, was.place, would.place, was_above, would_be_above
