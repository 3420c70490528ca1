from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce

from enterprises.memberships.models import Membership

from .conflicts import Judge, conflicts
from .models import Assignment, Expert, Mark, ScoreSheet

SUBMITTED_TOTAL = Subquery(
    ScoreSheet.objects.filter(
        assignment=OuterRef("pk"), phase=ScoreSheet.Phase.INDEPENDENT, submitted_at__isnull=False
    ).values("total")
)


def submitted_totals(edition):
    """Each application in review with the submitted totals of its sitting experts. Two queries, any size.

    Returns a list of (application, [Decimal, …], seats), `seats` counting sitting experts.
    """
    panel = Assignment.objects.sitting().prefetch_related("sheets")
    applications = (
        edition.applications.in_review()
        .select_related("organisation")
        .prefetch_related(Prefetch("assignments", panel, to_attr="panel"))
        .order_by("number")
    )
    return [(a, [t for seat in a.panel if (t := _total(seat)) is not None], len(a.panel)) for a in applications]


def _total(seat) -> Decimal | None:
    for sheet in seat.sheets.all():
        if sheet.phase == ScoreSheet.Phase.INDEPENDENT and sheet.submitted_at:
            return sheet.total
    return None


@dataclass(frozen=True)
class Panel:
    """The experts of one case; `seats` carry `total` once submitted. Recused ones are listed but not expected."""

    seats: list

    @property
    def expected(self):
        return sum(seat.state != Assignment.State.RECUSED for seat in self.seats)

    @property
    def received(self):
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
    """The active experts of the pool, each with load and known conflicts for this case. Three queries."""
    seats = {seat.expert_id: seat for seat in application.assignments.all()}
    pool = (
        Expert.objects.filter(user__is_active=True)
        .select_related("user")
        .prefetch_related(Prefetch("user__memberships", Membership.objects.filter(ended_at=None), to_attr="current"))
        .annotate(load=Count("user__assignments", filter=Q(user__assignments__state__in=["assigned", "sitting"])))
        .order_by("load", "pk")
    )
    return [_candidate(expert, seats.get(expert.user_id), application.organisation) for expert in pool]


def _candidate(expert, seat, organisation):
    member_of = frozenset(m.organisation_id for m in expert.user.current)
    judge = Judge(str(expert.user), expert.employer, member_of)
    hindrances = [problem.text for problem in conflicts(judge, organisation.pk, organisation.name)]
    if seat and seat.state == Assignment.State.RECUSED:
        hindrances.append("已对该申报回避。")
    is_seated = seat is not None and not hindrances
    return Candidate(expert, expert.load, is_seated, is_seated and seat.is_head, hindrances)


def desk(assignments):
    """Assignments with what a list shows of each: marked items, submitted total, sheets in and due. One query."""
    marked = Mark.objects.filter(sheet__assignment=OuterRef("pk")).exclude(percentage=None)
    return assignments.select_related("application__organisation", "expert").annotate(
        marked=_count(marked, "sheet__assignment"),
        total=SUBMITTED_TOTAL,
        received=_count(_same_case().filter(state=Assignment.State.SUBMITTED), "application"),
        expected=_count(_same_case().sitting(), "application"),
    )


def _same_case():
    return Assignment.objects.filter(application=OuterRef("application"))


def _count(rows, group):
    counted = rows.order_by().values(group).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)
