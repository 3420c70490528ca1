"""What an expert has taken part in, season by season, also after its end."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from awards.applications.models import Application
from awards.experts.models import Engagement, Training
from awards.programmes.models import SEASON_OVER

from .models import Assignment

A = Assignment.State


@dataclass(frozen=True)
class Season:
    """One edition as its expert may keep it: the engagement, the numbers of the cases by what was done on them."""

    engagement: Engagement
    is_over: bool
    pledged_at: datetime | None
    headed: list[str]
    scored: list[str]
    unfinished: list[str]
    left: list[str]
    visited: list[str]
    heard: list[str]


def own_seasons(user):
    """The expert's seasons, newest first. Three queries, any number of them."""
    rows = Engagement.objects.filter(expert__user=user).select_related("edition__programme__honour_kind", "pledge")
    seats, visits = {}, {}
    own = Assignment.objects.filter(expert=user).select_related("application")
    for seat in own.annotate(heard_at=F("hearing_mark__submitted_at")).order_by("application__number"):
        seats.setdefault(seat.application.edition_id, []).append(seat)
    on_team = {"site_visit__seats__expert": user, "site_visit__seats__left_at": None, "site_visit__state": "locked"}
    for edition, number in Application.objects.filter(**on_team).order_by("number").values_list("edition", "number"):
        visits.setdefault(edition, []).append(number)
    rows = rows.order_by("-edition__year", "-pk")
    return [_season(row, seats.get(row.edition_id, []), visits.get(row.edition_id, [])) for row in rows]


def _season(row, seats, visited):
    pledge = getattr(row, "pledge", None)
    scored = [seat for seat in seats if seat.state == A.SUBMITTED]
    return Season(
        row,
        row.edition.state in SEASON_OVER,
        pledge and pledge.signed_at,
        headed=_numbers(seat for seat in scored if seat.is_head),
        scored=_numbers(scored),
        unfinished=_numbers(seat for seat in seats if seat.state in {A.ASSIGNED, A.SITTING}),
        left=_numbers(seat for seat in seats if seat.state == A.RECUSED),
        visited=visited,
        heard=_numbers(seat for seat in seats if seat.heard_at),
    )


def _numbers(seats):
    return [seat.application.number for seat in seats]


def own_trainings(user):
    """The courses the expert has been to, newest first. One query."""
    return list(Training.objects.filter(expert__user=user))
