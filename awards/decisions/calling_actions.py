"""Acts by which a meeting that was called is put off or called off, as long as nothing was voted on."""

from django.urls import reverse

from awards.workflow import Refused
from enterprises.notifications.actions import notify
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem
from foshan_quality.lib.words import paper_date

from .committee_actions import invite
from .meeting_actions import let_go_again
from .meeting_models import Attendance, CommitteeTerm, Meeting, Recusal


def time_said(meeting):
    """When and where, as the invitation says it."""
    hour = f" {meeting.starts_at:%H:%M}" if meeting.starts_at else ""
    return f"{paper_date(meeting.held_on)}{hour}" + (f"，{meeting.place}" if meeting.place else "")


def postpone_meeting(meeting, *, by, held_on, reason, starts_at=None, place=""):
    """Put a meeting to another day, hour or place; everybody called is told, and whoever has signed in signs in again.

    Who belongs to it follows from the terms on the new day: new members are called, others are let go with their
    recusals. Refused once a round was opened, for a day gone by, without members on that day, without a change.
    """
    with Meeting.workflow.move(meeting, "postpone_meeting", by=by, note=reason) as locked:
        _refuse_after_a_round(locked)
        before = time_said(locked)
        locked.held_on, locked.starts_at, locked.place = held_on, starts_at, place
        terms = {term.member_id: term for term in CommitteeTerm.objects.on(held_on).select_related("member")}
        problems = []
        if held_on < clock.today():
            problems.append(Problem("past", "会议日期早于今天。没有保存。", "held_on"))
        if not terms:
            problems.append(Problem("no_members", "这一天没有任期内的评委。没有保存。", "held_on"))
        if time_said(locked) == before:
            problems.append(Problem("same", "时间和地点都没有改变。没有保存。", "held_on"))
        if problems:
            raise Refused(problems)
        locked.moves = [*locked.moves, {"from": before, "until": time_said(locked), "because": reason}]
        locked.members = len(terms)
        staying = _reseat(locked, terms)
        told = {"title": locked.title, "before": before, "until": time_said(locked), "reason": reason}
        _tell(locked, staying, "meeting_postponed", f"{locked.pk}-{len(locked.moves)}", **told)
    return locked


def _reseat(meeting, terms):
    """Nobody has signed in yet on the new day; seats go to whose terms run then. Returns who keeps the seat."""
    meeting.attendances.update(presence=Attendance.Presence.EXPECTED, reason="", arrived_at=None)
    leaving = meeting.attendances.exclude(member__in=terms)
    left = [seat.member for seat in leaving.select_related("member")]
    Recusal.objects.filter(attendance__in=leaving).delete()
    leaving.delete()
    _tell(meeting, left, "meeting_left", meeting.pk, title=meeting.title, until=time_said(meeting))
    staying = [seat.member for seat in meeting.attendances.select_related("member")]
    newcomers = [term for member, term in terms.items() if member not in {person.pk for person in staying}]
    if newcomers:
        invite(meeting, newcomers)
    return staying


def cancel_meeting(meeting, *, by, reason):
    """Call a meeting off; everybody called is told, another may be called. Refused once a round was opened."""
    with Meeting.workflow.move(meeting, "cancel_meeting", by=by, note=reason) as locked:
        _refuse_after_a_round(locked)
        locked.cancelled_because, locked.closed_at, locked.closed_by = reason, clock.now(), by
        let_go_again(locked, by=by)
        people = [seat.member for seat in locked.attendances.select_related("member")]
        _tell(
            locked, people, "meeting_cancelled", locked.pk, title=locked.title, until=time_said(locked), reason=reason
        )
    return locked


def _refuse_after_a_round(meeting):
    if meeting.rounds.exists():
        raise Refused(["本次会议已经开始过投票，不能改期或取消；没有法定人数的按流会结束。没有改动任何内容。"])


def _tell(meeting, people, kind, matter, **words):
    """A message to each of them; whoever is no longer called has no page to be led to."""
    link = "" if kind == "meeting_left" else reverse("admin:awards_meeting_change", args=[meeting.pk])
    notify(people, kind, matter=matter, link=link, edition=meeting.edition, **words)
