from dataclasses import dataclass

from django.db.models import Prefetch, prefetch_related_objects

from awards.applications.models import Application
from awards.consensus.judgement import rounded
from awards.consensus.queries import agreed_percentages, marks_of
from awards.process import State
from awards.programmes.phase_rules import Kind
from awards.reviews.phase_queries import submitted_panel
from awards.reviews.queries import candidates
from awards.rubric.queries import items_of
from awards.rubric.scoring import item_score
from foshan_quality.permissions import Role

from .models import RescoredItem, SiteEvidence, SiteVisit, VisitMinutes, VisitSeat


def visitable_cases():
    """The shortlisted applications without a visit, where the phase is open, by number. One query."""
    open_phase = {"edition__phases__kind": Kind.SITE_VISIT, "edition__phases__state": "open"}
    waiting = Application.objects.filter(state=State.SHORTLISTED, site_visit=None, **open_phase)
    return waiting.select_related("organisation").order_by("number")


def team_candidates(visit):
    """The experts of the pool for the team, each with what speaks against. Eight queries."""
    return candidates(visit.application)


def team_of(visit):
    """Everybody who was ever on the team, the head first. One query, the first time."""
    people = VisitSeat.objects.select_related("expert").order_by("-is_head", "pk")
    prefetch_related_objects([visit], Prefetch("seats", people))
    return list(visit.seats.all())


def seat_on(visit, user):
    """The seat that lets this expert see the visit, as `visible_to` found it; None for staff. As `team_of`."""
    if Role.EXPERT not in user.roles:
        return None
    return next((seat for seat in team_of(visit) if seat.expert_id == user.pk), None)


def minutes_written(visit):
    """The minutes there are, the opening meeting first, with who wrote them. One query, the first time."""
    prefetch_related_objects([visit], Prefetch("minutes", VisitMinutes.objects.select_related("written_by")))
    return visit.minutes.all()


def evidence_of(visit):
    """The log of evidence, in order, with photos and who noted it. One query, the first time."""
    prefetch_related_objects([visit], Prefetch("evidence", SiteEvidence.objects.select_related("photo", "noted_by")))
    return visit.evidence.all()


def new_marks(visit):
    """The items marked anew, with their evidence. One query, the first time."""
    prefetch_related_objects([visit], Prefetch("rescored", RescoredItem.objects.select_related("evidence")))
    return visit.rescored.all()


def marks_before(application):
    """What each item stands at before the visit, by code: the consensus, or without one the mean on the scale.

    At most five queries.
    """
    agreed = agreed_percentages(application)
    if agreed is not None:
        return agreed
    seats, step = submitted_panel(application), application.edition.rubric.step
    marks = marks_of(seats)
    return {
        item.code: rounded(tuple(marks[seat.pk, item.pk].percentage for seat in seats), step)
        for item in items_of(application.edition.rubric)
        if seats
    }


@dataclass(frozen=True)
class Line:
    """One item of a visit: what it stood at, what it stands at, the evidence about it."""

    item: object
    before: int
    after: int
    rescored: object
    evidence: list

    @property
    def score(self):
        return item_score(self.item.points, self.after)


def lines_of(visit):
    """Every item with its evidence and its marks before and after. At most seven queries."""
    before = marks_before(visit.application)
    rescored = {row.item_id: row for row in new_marks(visit)}
    noted = {}
    for row in evidence_of(visit):
        noted.setdefault(row.item_id, []).append(row)
    return [
        Line(
            item,
            before[item.code],
            rescored[item.pk].after if item.pk in rescored else before[item.code],
            rescored.get(item.pk),
            noted.get(item.pk, []),
        )
        for item in items_of(visit.application.edition.rubric)
        if item.code in before
    ]


def told_visit(application):
    """The visit the applicant knows of, or None. One query."""
    return SiteVisit.objects.told().filter(application=application).first()
