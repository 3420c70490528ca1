from dataclasses import dataclass

from django.db.models import BooleanField, Count, ExpressionWrapper, OuterRef, Subquery
from django.db.models.functions import Coalesce

from awards.experts.models import Expert

from .models import Assignment, Mark, ScoreSheet, live
from .seating import candidates_of, cases_of, people_of_season
from .sheet_models import MarkVersion, ReadingCopy

SUBMITTED_TOTAL = Subquery(
    ScoreSheet.objects.filter(
        assignment=OuterRef("pk"), phase=ScoreSheet.Phase.INDEPENDENT, submitted_at__isnull=False
    ).values("total")
)


@dataclass(frozen=True)
class Panel:
    """The experts of one case; `seats` carry `total` once submitted. Recused ones are listed but not expected."""

    seats: list

    @property
    def expected(self):
        """How many sheets are due: of everybody who still sits."""
        return sum(seat.state != Assignment.State.RECUSED for seat in self.seats)

    @property
    def received(self):
        """How many of them are in."""
        return sum(seat.state == Assignment.State.SUBMITTED for seat in self.seats)


def panel_of(application):
    """Everybody who was ever on the case, with submitted totals. One query."""
    seats = application.assignments.select_related("expert__expert").annotate(total=SUBMITTED_TOTAL)
    return Panel(list(seats.order_by("-is_head", "pk")))


@dataclass(frozen=True)
class Candidate:
    """An expert of the pool for one case: open cases in hand, the seat held, and what speaks against."""

    expert: Expert
    load: int
    is_seated: bool
    is_head: bool
    hindrances: list[str]


def candidates(application):
    """The experts of the season, each with load and what speaks against this case. Eight queries, any number."""
    edition = application.edition
    people = people_of_season(edition)
    season = candidates_of(people, edition)
    [case] = cases_of([application], people, edition)
    reasons, ordered = dict(case.barred), sorted(people, key=lambda expert: (expert.load, expert.pk))
    return [_candidate(expert, season[expert.user_id], case, reasons.get(expert.user_id)) for expert in ordered]


def _candidate(expert, known, case, reason):
    hindrances, is_seated = [reason] if reason else [], expert.user_id in case.seated
    if not is_seated and known.load >= known.capacity:
        hindrances.append(f"已有 {known.load} 件，最多 {known.capacity} 件。")
    is_seated = is_seated and not reason
    return Candidate(expert, known.load, is_seated, is_seated and expert.user_id == case.head, hindrances)


def desk(assignments):
    """Assignments with what a list shows of each: marked items, submitted total, sheets in and due. One query."""
    marked = Mark.objects.filter(sheet__assignment=OuterRef("pk")).exclude(percentage=None)
    return assignments.select_related("application__organisation", "expert").annotate(
        is_live=ExpressionWrapper(live(), output_field=BooleanField()),
        marked=_count(marked, "sheet__assignment"),
        total=SUBMITTED_TOTAL,
        received=_count(_same_case().filter(state=Assignment.State.SUBMITTED), "application"),
        expected=_count(_same_case().sitting(), "application"),
    )


def own_desk(assignments):
    """The same with what an expert plans the evenings by: last save, papers to read, rules. Two queries."""
    saved = MarkVersion.objects.filter(sheet__assignment=OuterRef("pk")).order_by("-written_at").values("written_at")
    copies = ReadingCopy.objects.filter(snapshot__application=OuterRef("application")).order_by("-snapshot__version")
    rows = desk(assignments).annotate(saved_at=Subquery(saved[:1]), papers=Subquery(copies.values("papers")[:1]))
    return rows.select_related("application__edition__rubric").prefetch_related("application__edition__rules")


def _same_case():
    return Assignment.objects.filter(application=OuterRef("application"))


def _count(rows, group):
    counted = rows.order_by().values(group).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)
