"""What a ranking is computed from, read from the sheets themselves. SQL only collects marks; scoring.py does sums."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Q

from awards.applications.models import Application
from awards.hearings.queries import scores_of
from awards.programmes.phase_rules import Kind
from awards.reviews.models import Assignment, Mark, ScoreSheet
from awards.reviews.phase_queries import phase_weights
from awards.rubric.queries import items_of

from .ranking import Part


@dataclass(frozen=True)
class Sheet:
    """One submitted sheet: its stored total, and its percentages in the rubric's order, None while one lacks."""

    pk: int
    expert: int
    total: Decimal
    marks: tuple[int, ...] | None


@dataclass(frozen=True)
class Panel:
    """One case: who applies, how many experts sit on it, and their submitted sheets in order of assignment."""

    application: int
    number: str
    organisation: str
    seats: int
    sheets: list[Sheet]


def panels_of(edition, applications):
    """These applications of an edition with the submitted sheets of their sitting experts. Three queries, any size."""
    sitting = ~Q(assignments__state=Assignment.State.RECUSED)
    cases = (
        applications.order_by("number", "pk")
        .annotate(seats=Count("assignments", filter=sitting))
        .values_list("pk", "number", "organisation__name", "seats")
    )
    rows = (
        ScoreSheet.objects.filter(assignment__application__in=applications.order_by())
        .filter(phase=ScoreSheet.Phase.INDEPENDENT, submitted_at__isnull=False)
        .exclude(assignment__state=Assignment.State.RECUSED)
        .order_by("assignment")
    )
    marks, sheets = marks_of(rows, items_of(edition.rubric)), defaultdict(list)
    for pk, total, application, expert in rows.values_list(
        "pk", "total", "assignment__application", "assignment__expert"
    ):
        sheets[application].append(Sheet(pk, expert, total, marks.get(pk)))
    return [Panel(pk, number, name, seats, sheets[pk]) for pk, number, name, seats in cases]


def marks_of(sheets, items):
    """{sheet: its percentages in the rubric's order}, only of sheets on which every item is marked. One query."""
    order = [item.pk for item in items]
    collected = (
        Mark.objects.filter(sheet__in=sheets.order_by())
        .exclude(percentage=None)
        .order_by()
        .values_list("sheet")
        .annotate(items=ArrayAgg("item_id", order_by="item_id"), marks=ArrayAgg("percentage", order_by="item_id"))
    )
    return {sheet: tuple(marks) for sheet, found, marks in collected if found == order}


def phase_parts(edition, totals, *, is_final):
    """{application: its parts by the phases of the review}, the independent review's own first. Three queries at most.

    `totals` are the sheets' totals by application. Before the shortlist the phases count that all take part in,
    `is_final` all of them. Empty for an edition whose score is the independent review alone; a part without a score
    has no totals.
    """
    weights = phase_weights(edition, is_final=is_final)
    if list(weights) == [Kind.INDEPENDENT]:
        return {}
    whole, trim_from = sum(weights.values()), edition.settled.get("trim_from", 0)
    later = Application.objects.filter(pk__in=totals).values("pk", "consensus__score", "site_visit__score")
    heard = scores_of(edition, totals) if Kind.HEARING in weights else {}
    scores = {
        row["pk"]: {
            Kind.CONSENSUS: row["consensus__score"],
            Kind.SITE_VISIT: row["site_visit__score"],
            Kind.HEARING: heard.get(row["pk"]),
        }
        for row in later
    }

    def part(application, kind, weight):
        score = scores[application].get(kind)
        found = totals[application] if kind == Kind.INDEPENDENT else (score,) if score is not None else ()
        return Part(Kind(kind).label, Fraction(weight, whole), tuple(found), trim_from)

    return {pk: tuple(part(pk, kind, weight) for kind, weight in weights.items()) for pk in totals}


def sheets_now(keys, items):
    """{sheet: (marks, stored total)} of these sheets as they are now. Two queries."""
    sheets = ScoreSheet.objects.filter(pk__in=keys)
    marks = marks_of(sheets, items)
    return {pk: (marks.get(pk, ()), total) for pk, total in sheets.values_list("pk", "total")}


def experts_of(keys):
    """{sheet: (the expert's name, the assignment)}. One query."""
    rows = ScoreSheet.objects.filter(pk__in=keys).values_list("pk", "assignment__expert__name", "assignment")
    return {sheet: (name, assignment) for sheet, name, assignment in rows}
