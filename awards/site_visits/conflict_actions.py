"""Who must not judge a case must not visit it: a seat on a team ends with the one on the panel and with a conflict."""

from functools import partial

from django.core.exceptions import PermissionDenied
from django.db import transaction

from awards.experts.models import Engagement, Expert
from awards.experts.queries import known_conflicts
from awards.panels.conflict_actions import about_an_expert, hold_expert
from awards.programmes.models import SEASON_OVER
from awards.reviews.models import Assignment
from enterprises.audit import actions as audit
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission, Role

from .actions import tell_of_gap
from .models import VisitSeat


def open_seats():
    """Seats on teams that are not left, of editions whose review is not over."""
    seats = VisitSeat.objects.filter(left_at=None).exclude(visit__application__edition__state__in=SEASON_OVER)
    return seats.order_by("pk")


@transaction.atomic
def follow(expert, *, by):
    """End every seat on a team that this expert must not keep. What was written stays. Returns the seats.

    By the expert, by whoever assigns experts, or by the robot that looks through all of them.
    """
    if by.pk != expert.user_id and not (by.has_perm(Permission.REVIEW_ASSIGN) or Role.ROBOT in by.roles):
        raise PermissionDenied(Permission.CONFLICT_FOLLOW)
    seats = open_seats().filter(expert=expert.user_id).select_for_update(of=("self",))
    ended = []
    for seat in seats.select_related("visit__application__organisation", "visit__application__edition", "expert"):
        reason = _why_not(seat, expert)
        if reason:
            ended.append(_end(seat, reason, by))
    return ended


following_to_visits = partial(about_an_expert, hold_expert, follow)


def _why_not(seat, expert):
    application = seat.visit.application
    recused = Assignment.objects.filter(
        application=application, expert=seat.expert_id, state=Assignment.State.RECUSED
    ).first()
    if recused:
        return recused.recusal_reason
    if Engagement.objects.filter(expert=expert, edition=application.edition_id, state=Engagement.State.ENDED).exists():
        return "本届聘请已终止。"
    return " ".join(problem.text for problem in known_conflicts(expert, application))


def _end(seat, reason, by):
    seat.left_at, seat.left_reason, seat.is_head = clock.now(), reason, False
    seat.save(update_fields=["left_at", "left_reason", "is_head"])
    audit.record(by=by, verb="end_visit_seat", target=seat.visit, note=reason, details={"expert": seat.expert_id})
    tell_of_gap(seat, reason)
    return seat


def find_conflicts(*, by):
    """Look through all teams for whoever must not visit. May run twice. Returns how many seats it ended."""
    people = Expert.objects.filter(user__in=open_seats().order_by().values("expert")).order_by("pk")
    return sum(len(_followed(expert, by)) for expert in people)


@transaction.atomic
def _followed(expert, by):
    hold_expert(expert)
    return follow(expert, by=by)
