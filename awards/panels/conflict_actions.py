"""What a conflict found later means: the seat ends at once, the sheet is set aside, those concerned are told."""

from functools import partial, wraps

from django.core.exceptions import PermissionDenied
from django.db import transaction

from awards.experts.models import Engagement, Expert
from awards.experts.queries import conflicts_between
from awards.programmes.models import SEASON_OVER
from awards.reviews.actions import lock_experts
from awards.reviews.actions import remove as remove_seat
from awards.reviews.models import Assignment
from enterprises.notifications.actions import notify
from enterprises.people.models import User
from foshan_quality.permissions import Permission, Role

from .actions import tell_ended


def about_an_expert(hold, follow, run):
    """The act `run` about an expert, and in the same transaction what it means elsewhere.

    `hold` locks beforehand what both depend on; then the act, then `follow(expert, by=…)`.
    """

    @wraps(run)
    @transaction.atomic
    def followed(record, *, by, **given):
        """Hold, act, follow."""
        expert = expert_of(record)
        hold(expert)
        result = run(record, by=by, **given)
        follow(expert, by=by)
        return result

    return followed


def expert_of(record):
    """The entry in the pool that an entry, a season or anything that hangs on somebody's account is about."""
    if isinstance(record, Engagement):
        return record.expert
    return record if isinstance(record, Expert) else record.expert.expert


def _open_seats(users):
    """Seats that are neither given up nor of an edition whose review is over."""
    seats = Assignment.objects.sitting().filter(expert__in=users).exclude(application__edition__state__in=SEASON_OVER)
    return seats.order_by("pk")


def hold_expert(expert):
    """Lock the expert's entry in the pool: a panel or a team being set waits, or is waited for."""
    lock_experts([expert.user_id])


def hold_seats(expert):
    """The same, and the expert's seats: a sheet being submitted waits too, or is waited for."""
    hold_expert(expert)
    list(_open_seats([expert.user_id]).select_for_update(of=("self",)))


@transaction.atomic
def follow_conflicts(expert, *, by):
    """End every seat this expert must not keep, as far as the portal knows today. Returns the seats.

    By the expert, by whoever assigns experts, or by the robot that looks through all of them.
    """
    if by.pk != expert.user_id and not (by.has_perm(Permission.REVIEW_ASSIGN) or Role.ROBOT in by.roles):
        raise PermissionDenied(Permission.CONFLICT_FOLLOW)
    seats = list(_open_seats([expert.user_id]).select_related("application__edition", "application__organisation"))
    editions = {seat.application.edition_id: seat.application.edition for seat in seats}
    ended = []
    for edition in editions.values():
        own = [seat for seat in seats if seat.application.edition_id == edition.pk]
        found = conflicts_between(Expert.objects.filter(pk=expert.pk), [seat.application for seat in own], edition)
        for seat in own:
            reasons = found.get((expert.user_id, seat.application_id))
            if reasons:
                ended.append(_set_aside(seat, " ".join(problem.text for problem in reasons), by))
    return ended


following_conflicts = partial(about_an_expert, hold_seats, follow_conflicts)


def _set_aside(seat, reason, by):
    with Assignment.workflow.move(seat, "set_aside", by=by, note=reason) as locked:
        locked.recusal_reason = reason
    tell_ended(locked, reason)
    tell_of_gap(locked, reason)
    return locked


def tell_of_gap(seat, reason):
    """Tell the panel's head that somebody left, without a name, and the secretariat who it was and why."""
    number = seat.application.number
    heads = seat.application.assignments.sitting().filter(is_head=True).exclude(pk=seat.pk).select_related("expert")
    for head in heads:
        link = f"/office/awards/assignment/{head.pk}/change/"
        notify([head.expert], "panel_gap", matter=seat.pk, link=link, number=number)
    staff = User.objects.filter(
        is_active=True, role_grants__role=Role.SECRETARIAT, role_grants__ended_at=None
    ).distinct()
    link = f"/office/awards/application/{seat.application_id}/change/"
    values = {"number": number, "expert": str(seat.expert), "reason": reason}
    notify(staff, "seat_vacated", matter=seat.pk, link=link, **values)


def telling_of_gap(run):
    """The same act by which somebody leaves a panel, and those concerned are told."""

    @wraps(run)
    @transaction.atomic
    def told(assignment, *, by, reason):
        """Leave, then tell."""
        left = run(assignment, by=by, reason=reason)
        tell_of_gap(left, reason)
        return left

    return told


@transaction.atomic
def end_seats(engagement, *, by, reason):
    """Take an expert off every case of the edition, because the season ended early."""
    for seat in _open_seats([engagement.expert.user_id]).filter(application__edition=engagement.edition_id):
        tell_of_gap(remove_seat(seat, by=by, reason=f"聘请终止：{reason}"), reason)


def with_its_seats(run):
    """The same act that ends an engagement, and every seat of it with it."""

    @wraps(run)
    @transaction.atomic
    def ended(engagement, *, by, reason):
        """The seats first, while the engagement still says whose they are."""
        hold_seats(engagement.expert)
        end_seats(engagement, by=by, reason=reason)
        return run(engagement, by=by, reason=reason)

    return ended


def find_conflicts(*, by):
    """Look through all seats for conflicts nobody entered: a member who joined, a parent that changed.

    May run twice. Returns how many seats it ended.
    """
    seats = Assignment.objects.sitting().exclude(application__edition__state__in=SEASON_OVER)
    by_edition = {}
    for seat in seats.select_related("application__edition", "application__organisation"):
        by_edition.setdefault(seat.application.edition_id, []).append(seat)
    guilty = set()
    for own in by_edition.values():
        applications = list({seat.application_id: seat.application for seat in own}.values())
        people = Expert.objects.filter(user__in=[seat.expert_id for seat in own])
        found = conflicts_between(people, applications, own[0].application.edition)
        guilty |= {seat.expert_id for seat in own if (seat.expert_id, seat.application_id) in found}
    return sum(len(_followed(expert, by)) for expert in Expert.objects.filter(user__in=guilty).order_by("pk"))


@transaction.atomic
def _followed(expert, by):
    hold_seats(expert)
    return follow_conflicts(expert, by=by)
