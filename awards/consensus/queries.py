from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef, Prefetch, Q, prefetch_related_objects

from awards.applications.models import Application
from awards.process import State
from awards.programmes.phase_rules import Cases, Kind
from awards.reviews.models import Assignment, Mark
from awards.reviews.phase_queries import cases_led_by, goes_on, takes_part
from awards.reviews.sheet_models import ScoringFreeze
from awards.rubric.queries import items_of
from awards.rubric.scoring import item_score
from foshan_quality.permissions import Permission

from .judgement import Talked
from .models import AgreedItem, Consensus, Opinion

SITTING = [Assignment.State.ASSIGNED, Assignment.State.SITTING]
SPREAD_LIMIT = 20  # points of percentage, for editions from before the rule; settled as a reference value since


@dataclass(frozen=True)
class Line:
    """One item on the page: what was marked, what stands, and what the panel said."""

    item: object
    talked: Talked
    marks: list  # (seat's name, percentage) for each sheet
    words: list  # (seat's name, strengths, improvements) of each sheet that says something

    @property
    def score(self):
        """What the item earns as things stand; None while nothing stands."""
        standing = self.talked.percentage
        return None if standing is None else item_score(self.item.points, standing)


@dataclass(frozen=True)
class Table:
    """A panel's consensus item by item. `seats` are (name, is own); nobody of the panel is named to the others."""

    seats: list
    lines: list

    @property
    def total(self):
        """The points of all items that stand."""
        return sum((line.score for line in self.lines if line.score is not None), Decimal("0.00"))

    @property
    def left(self):
        """How many items nothing stands for yet."""
        return sum(line.talked.percentage is None for line in self.lines)

    @property
    def wide(self):
        """How many items must be discussed, because the marks lie too far apart."""
        return sum(line.talked.is_wide for line in self.lines)


def spread_limit(edition):
    """Points of percentage above which an item must be discussed."""
    return edition.settled.get("consensus_spread", SPREAD_LIMIT)


def table_of(consensus, viewer):
    """The consensus for one reader. Four queries, any number of experts and items.

    Whoever may name experts (the secretariat) reads names, the panel reads numbers.
    """
    edition = consensus.application.edition
    panel = panel_of(consensus)
    seats = [seat for seat in panel if seat.state == Assignment.State.SUBMITTED]
    numbers = seat_numbers(consensus.application)
    may_name = viewer.has_perm(Permission.REVIEW_ASSIGN)
    names = {seat.pk: str(seat.expert) if may_name else f"专家{numbers[seat.pk]}" for seat in seats}
    marks = marks_of(seats)
    talked = talked_of(consensus, seats, marks)
    lines = []
    for item in items_of(edition.rubric):
        given = [(names[s.pk], marks[s.pk, item.pk]) for s in seats if (s.pk, item.pk) in marks]
        words = [
            (name, mark.strengths, mark.improvements) for name, mark in given if mark.strengths or mark.improvements
        ]
        lines.append(Line(item, talked[item.code], [(name, mark.percentage) for name, mark in given], words))
    return Table([(names[seat.pk], seat.expert_id == viewer.pk) for seat in seats], lines)


def panel_of(consensus):
    """Everybody who was ever on the case's panel, in the order of being seated. One query, the first time."""
    people = Assignment.objects.select_related("expert").order_by("pk")
    prefetch_related_objects([consensus.application], Prefetch("assignments", people))
    return consensus.application.assignments.all()


def talked_of(consensus, seats, marks=None):
    """Every item of the rubric with the marks of these seats and what the panel set, by code. Two queries.

    A closed consensus keeps the marks it was closed on.
    """
    edition = consensus.application.edition
    marks = marks_of(seats) if marks is None else marks
    agreed = {row.item_id: row for row in consensus.items.all()}
    is_closed = consensus.state == Consensus.State.CLOSED
    found = {}
    for item in items_of(edition.rubric):
        row = agreed.get(item.pk)
        given = [marks[seat.pk, item.pk].percentage for seat in seats if (seat.pk, item.pk) in marks]
        found[item.code] = Talked(
            item.code,
            tuple(row.marks if row and is_closed else given),
            edition.rubric.step,
            spread_limit(edition),
            row.percentage if row else None,
            row.discussion if row else "",
        )
    return found


def seat_numbers(application):
    """Each seat's number on its panel, recused ones included, so that a number never changes.

    One query, unless the panel was read along; so too the two below.
    """
    return {pk: n for n, pk in enumerate(sorted(seat.pk for seat in application.assignments.all()), 1)}


def marks_of(seats):
    """The marks of these experts' submitted sheets by (seat, item). One query."""
    found = Mark.objects.filter(sheet__assignment__in=seats, sheet__submitted_at__isnull=False)
    return {(mark.sheet.assignment_id, mark.item_id): mark for mark in found.select_related("sheet")}


def is_outdated(consensus):
    """Whether a closed consensus rests on sheets of a panel that has changed since."""
    seats = consensus.application.assignments.all()
    panel = {seat.pk for seat in seats if seat.state != Assignment.State.RECUSED}
    return consensus.state == Consensus.State.CLOSED and panel != set(consensus.seats)


def outdated(applications):
    """Which of these applications (ids) were agreed on by another panel than sits now. Two queries, any number."""
    sitting = {}
    seats = Assignment.objects.sitting().filter(application__in=applications)
    for application, seat in seats.values_list("application", "pk"):
        sitting.setdefault(application, set()).add(seat)
    closed = Consensus.objects.filter(state=Consensus.State.CLOSED, application__in=applications)
    return {row.application_id for row in closed if set(row.seats) != sitting.get(row.application_id, set())}


def is_complete(application):
    """Whether every sitting expert of the panel has submitted."""
    return not any(seat.state in SITTING for seat in application.assignments.all())


def ready_cases(user):
    """The applications whose consensus this person may begin now: every sheet of the panel is in. One query."""
    phase = {"edition__phases__kind": Kind.CONSENSUS, "edition__phases__state": "open"}
    taking_part = Q(edition__phases__cases=Cases.ALL, state=State.IN_REVIEW) | Q(
        edition__phases__cases=Cases.SHORTLISTED, state=State.SHORTLISTED
    )
    cases = Application.objects.filter(taking_part, consensus=None, **phase)
    if not user.has_perm(Permission.REVIEW_ASSIGN):
        cases = cases.filter(pk__in=cases_led_by(user))
    submitted = Assignment.objects.filter(state=Assignment.State.SUBMITTED).values("application")
    waiting = Assignment.objects.filter(state__in=SITTING).values("application")
    return cases.filter(pk__in=submitted).exclude(pk__in=waiting).select_related("organisation").order_by("number")


def with_standing(rows):
    """Consensuses with what their pages ask about the case: whether scoring is frozen, whether it is visited."""
    case = Application.objects.filter(pk=OuterRef("application"))
    frozen = ScoringFreeze.objects.in_force().filter(edition=OuterRef("application__edition"))
    return rows.annotate(is_frozen=Exists(frozen), is_visited=Exists(case.filter(site_visit__state="locked")))


def may_be_reopened(consensus):
    """Whether a closed consensus, read with its standing, can go back to its panel: in its phase, or where the panel
    has changed since also for a shortlisted case, and never under a visit whose result rests on it. One query."""
    case = consensus.application
    if not goes_on(case, Kind.CONSENSUS) or consensus.is_visited:
        return False
    return takes_part(case, Kind.CONSENSUS) or (case.state == State.SHORTLISTED and is_outdated(consensus))


def opinions_of(consensus):
    """What the panel said to the present closing, in order. One query, the first time."""
    said = Prefetch("opinions", Opinion.objects.select_related("member"))
    prefetch_related_objects([consensus], said)
    return [opinion for opinion in consensus.opinions.all() if opinion.round == consensus.round]


def signed_opinions(consensus, reader):
    """The same, each with who gave it: a name for whoever may name experts and for the own one, else none."""
    may_name, given = reader.has_perm(Permission.REVIEW_ASSIGN), opinions_of(consensus)
    return [(str(o.member) if may_name or o.member_id == reader.pk else "组员", o) for o in given]


def agreed_percentages(application):
    """What the panel agreed on, by item code; None without a closed consensus, which has every item. One query."""
    closed = AgreedItem.objects.filter(consensus__application=application, consensus__state=Consensus.State.CLOSED)
    return dict(closed.values_list("item__code", "percentage")) or None
