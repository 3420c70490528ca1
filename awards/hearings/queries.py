from dataclasses import dataclass

from django.db.models import Prefetch

from awards.consensus.queries import seat_numbers
from awards.programmes.models import Edition
from awards.programmes.phase_rules import Kind
from awards.reviews.models import Assignment
from awards.reviews.phase_queries import is_open_to, phases_of
from foshan_quality.permissions import Permission

from .judgement import hearing_score
from .models import Hearing, HearingCase, HearingMark

SUBMITTED = Assignment.State.SUBMITTED


def editions_to_hear():
    """The editions whose phase is open and that have no hearing yet. One query."""
    waiting = Edition.objects.filter(phases__kind=Kind.HEARING, phases__state="open", hearing=None)
    return waiting.select_related("programme__honour_kind").order_by("-pk")


def panel():
    """The seats whose marks count: sitting experts whose independent sheet is in, each with the mark of the hearing."""
    seats = Assignment.objects.filter(state=SUBMITTED).select_related("expert", "hearing_mark")
    return seats.order_by("pk")


def with_panels(cases):
    """Cases with all that their time, panel and score need. Two queries, any number of cases."""
    cases = cases.select_related("application__organisation", "hearing__edition__rubric")
    return cases.prefetch_related(Prefetch("application__assignments", panel(), to_attr="hearers"))


def seats_of(case):
    """The case's panel, read along or now. At most one query."""
    read_along = getattr(case.application, "hearers", None)
    return list(panel().filter(application=case.application_id)) if read_along is None else read_along


def mark_of(seat):
    """What this expert gave and submitted, or None. No query."""
    mark = getattr(seat, "hearing_mark", None)
    return mark if mark and mark.submitted_at else None


def score_of(case):
    """The case's score, or None while an expert of its panel has not submitted. At most one query."""
    return _score(seats_of(case), case.hearing.edition.rubric.total)


def _score(seats, total):
    marks = [mark_of(seat) for seat in seats]
    return hearing_score([mark.percentage for mark in marks], total) if marks and all(marks) else None


def scores_of(edition, applications):
    """{application: its score or None} for these keys. One query, any number."""
    panels = {key: [] for key in applications}
    for seat in panel().filter(application__in=applications):
        panels[seat.application_id].append(seat)
    return {key: _score(seats, edition.rubric.total) for key, seats in panels.items()}


def percentages_of(applications):
    """{application: its panel's percentages in the order of the seats}, of complete panels only. One query."""
    panels = {}
    for seat in panel().filter(application__in=applications):
        panels.setdefault(seat.application_id, []).append(mark_of(seat))
    return {key: [mark.percentage for mark in marks] for key, marks in panels.items() if all(marks)}


def has_marks(hearing):
    """Whether an expert has given a mark, also one that was given back: then the order stands. One query."""
    return HearingMark.objects.filter(assignment__application__hearing_case__hearing=hearing).exists()


def told_case(application):
    """The applicant's turn, once told; None before. One query."""
    told = HearingCase.objects.filter(application=application, hearing__state=Hearing.State.TOLD)
    return told.select_related("hearing", "application").first()


@dataclass(frozen=True)
class Line:
    """One expert of the panel on the page: who, whether it is the reader, the submitted mark where it may be read."""

    name: str
    is_own: bool
    is_in: bool
    mark: object


def lines_of(case, viewer):
    """The panel's marks for one reader. At most three queries.

    The secretariat reads names and all that is submitted; an expert reads numbers, and of the others what the phase
    lets be seen.
    """
    seats, may_name = seats_of(case), viewer.has_perm(Permission.REVIEW_ASSIGN)
    own = next((seat for seat in seats if seat.expert_id == viewer.pk), None)
    has_submitted = bool(own and mark_of(own))
    is_open = may_name or is_open_to(phases_of(case.application)[Kind.HEARING], has_submitted=has_submitted)
    numbers = {} if may_name else seat_numbers(case.application)
    return [
        Line(
            str(seat.expert) if may_name else f"专家{numbers[seat.pk]}",
            seat == own,
            mark_of(seat) is not None,
            mark_of(seat) if is_open or seat == own else None,
        )
        for seat in seats
    ]
