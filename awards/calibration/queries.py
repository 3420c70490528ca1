"""Calibration put together for its page: the sheets read once, then estimates in memory."""

from dataclasses import dataclass
from fractions import Fraction

from awards.decisions import account
from awards.decisions.inputs import panels_of
from awards.decisions.ranking import Case, Part, shortlist_places
from awards.programmes.models import Edition
from awards.programmes.queries import told_of_applications
from awards.programmes.rules import SHARED
from awards.rubric.queries import items_of
from awards.rubric.scoring import mean_of, sheet_total
from enterprises.people.models import User
from foshan_quality.lib.memory import collector_at_rest

from . import charts, statistics
from .adjusting import Change, changes


@dataclass(frozen=True)
class Calibration:
    """Everything the page says about one edition. `items` pairs each item of the rubric with its alpha."""

    model: statistics.Model
    names: dict[int, str]
    agreement: statistics.Agreement | None
    items: list
    every: int
    changes: list[Change]
    ranked: int

    @property
    def chart(self):
        """The severities as a chart, only where something could be estimated."""
        rows = [(self.names.get(s.expert, ""), s.value, s.low, s.high) for s in self.model.severities]
        return charts.intervals("各专家的宽严程度（分）及 95% 置信区间", rows)


def editions_with_reviews():
    """Editions whose review has begun, newest first. One query."""
    before = [Edition.State.PREPARING, Edition.State.PUBLISHED]
    begun = told_of_applications(Edition.objects.exclude(state__in=before))
    return list(begun.select_related("programme__honour_kind", "rubric"))


@collector_at_rest()
def calibrated(edition):
    """The calibration of an edition by the sheets submitted so far. Five queries, any size."""
    panels = [
        panel
        for panel in panels_of(edition, edition.applications.admitted())
        if any(sheet.marks for sheet in panel.sheets)
    ]
    items = items_of(edition.rubric)
    sheets = statistics.Sheets.of(
        (panel.application, sheet.expert, sheet.total, sheet.marks)
        for panel in panels
        for sheet in panel.sheets
        if sheet.marks
    )
    model = statistics.severities(sheets)
    agreed = None if model.shortage else statistics.agreement(sheets)
    alphas = [None] * len(items) if model.shortage else statistics.alphas(sheets)
    rules = edition.settled
    moved = []
    if not model.shortage:
        severity = {s.expert: s.value for s in model.severities}
        by = {
            "tie_rule": rules.get("tie_rule", SHARED),
            "places": shortlist_places(rules["quota"], rules["shortlist_per_place"]),
            "threshold": rules["score_threshold"],
        }
        moved = changes(panels, severity, _cases(panels, items, rules.get("trim_from", 0)), by)
    return Calibration(
        model,
        dict(User.objects.filter(pk__in=[s.expert for s in model.severities]).values_list("pk", "name")),
        agreed,
        list(zip(items, alphas, strict=True)),
        statistics.thinning(sheets),
        moved,
        len(panels),
    )


def _cases(panels, items, trim_from):
    """The panels as the ranking takes them in, so far as they have marked."""
    of_results = [item.points if item.category.kind == account.RESULTS else 0 for item in items]
    return [
        Case(
            panel.application,
            (Part(account.REVIEW, Fraction(1), tuple(sheet.total for sheet in panel.sheets), trim_from),),
            mean_of([sheet_total(of_results, sheet.marks) for sheet in panel.sheets if sheet.marks]),
        )
        for panel in panels
    ]
