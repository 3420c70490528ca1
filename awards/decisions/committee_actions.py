"""Acts about who belongs to the committee."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from enterprises.notifications.actions import notify
from enterprises.people.models import User
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem
from foshan_quality.lib.words import paper_date
from foshan_quality.permissions import Permission, Role

from .meeting_models import Attendance, CommitteeTerm, Meeting

CHAIR = CommitteeTerm.Post.CHAIR


@transaction.atomic
def appoint(*, by, member, from_on, document, post=CommitteeTerm.Post.MEMBER, until_on=None, employer=""):
    """Enter a member's term by the paper that appoints; a meeting already called on one of its days calls the member
    too. Refused without the committee role, for a second term on the same days, and for a second chair."""
    permit(by, Permission.TERM_ENTER)
    User.objects.select_for_update().get(pk=member.pk)
    others = _overlapping(CommitteeTerm.objects.all(), from_on, until_on)
    problems = []
    if Role.COMMITTEE not in member.roles:
        text = f"{member}还没有“评委会成员”角色，请先由安全管理员授予。没有保存。"
        problems.append(Problem("not_granted", text, "member"))
    if until_on and until_on < from_on:
        problems.append(Problem("backwards", "任期最后一日早于任期开始。没有保存。", "until_on"))
    if others.filter(member=member).exists():
        problems.append(Problem("overlap", f"{member}在这段时间已有任期。没有保存。", "from_on"))
    if post == CHAIR and others.filter(post=CHAIR).exists():
        problems.append(Problem("second_chair", "这段时间已有一名主任。没有保存。", "post"))
    if problems:
        raise Refused(problems)
    term = CommitteeTerm.objects.create(
        member=member,
        post=post,
        employer=employer,
        from_on=from_on,
        until_on=until_on,
        document=document,
        entered_by=by,
    )
    told = {"post": post, "from": str(from_on), "until": str(until_on or ""), "document": document}
    for meeting in Meeting.objects.filter(state=Meeting.State.CALLED, held_on__gte=from_on):
        if until_on is None or meeting.held_on <= until_on:
            invite(meeting, [term])
    audit.record(by=by, verb="appoint_member", target=term, details=told)
    return term


def invite(meeting, terms):
    """Call the members of these terms to a meeting and tell them, inside the act that does it."""
    seats = [Attendance(meeting=meeting, member=term.member, post=term.post) for term in terms]
    Attendance.objects.bulk_create(seats, ignore_conflicts=True)
    notify(
        [term.member for term in terms],
        "meeting_called",
        matter=meeting.pk,
        link=reverse("admin:awards_meeting_change", args=[meeting.pk]),
        edition=meeting.edition,
        until=paper_date(meeting.held_on) + (f" {meeting.starts_at:%H:%M}" if meeting.starts_at else ""),
        title=meeting.title,
        place=meeting.place or "另行通知",
    )


def _overlapping(terms, first, last):
    begun = terms if last is None else terms.filter(from_on__lte=last)
    return begun.filter(Q(until_on=None) | Q(until_on__gte=first))


@transaction.atomic
def end_term(term, *, by, reason):
    """End a term early, with yesterday, or with its first day where that is later. Refused once it is over."""
    permit(by, Permission.TERM_ENTER, term)
    locked = CommitteeTerm.objects.select_for_update(of=("self",)).get(pk=term.pk)
    today = clock.today()
    if locked.ended_at or (locked.until_on and locked.until_on < today):
        raise WrongState("这个任期已经结束，没有改动。")
    locked.until_on = max(today - timedelta(days=1), locked.from_on)
    locked.ended_at, locked.ended_by, locked.end_reason = clock.now(), by, reason
    locked.save(update_fields=["until_on", "ended_at", "ended_by", "end_reason"])
    audit.record(by=by, verb="end_term", target=locked, note=reason)
    return locked
