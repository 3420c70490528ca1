"""Acts about who is at a meeting of the committee and who leaves the vote on what."""

from django.db import transaction

from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem
from foshan_quality.lib.words import paper_date
from foshan_quality.permissions import Permission

from .meeting_models import Attendance, Meeting, Recusal, Voter
from .meeting_queries import derived_conflicts

Presence = Attendance.Presence
AWAY = {Presence.ABSENT, Presence.LEFT}


@transaction.atomic
def sign_in(meeting, *, by):
    """A member signs in on the day. Whoever comes while a round is open votes from the next one on."""
    permit(by, Permission.MEETING_ATTEND, meeting)
    locked = lock_meeting(meeting)
    refuse_before_the_day(locked)
    attendance = locked.attendances.get(member=by)
    if attendance.presence == Presence.PRESENT:
        raise WrongState("您已经签到。没有改动。")
    _mark(attendance, Presence.PRESENT, "")
    audit.record(by=by, verb="sign_in", target=locked)
    return locked


@transaction.atomic
def take_attendance(meeting, *, by, marks):
    """Enter who came and who did not: {member's key: (presence, reason)}. Whoever is away needs a reason.

    Late arrivals and members who leave are entered the same way while the meeting lasts. A mark of 未签到 changes
    nothing: the member may have signed in since the page was opened.
    """
    permit(by, Permission.MEETING_RUN, meeting)
    locked = lock_meeting(meeting)
    refuse_before_the_day(locked)
    rows = {a.member_id: a for a in locked.attendances.select_related("member")}
    said = {key: mark for key, mark in marks.items() if mark[0] != Presence.EXPECTED}
    changed = {key: mark for key, mark in said.items() if (rows[key].presence, rows[key].reason) != mark}
    problems = _wrong_marks(locked, rows, changed)
    if problems:
        raise Refused(problems)
    for key, (presence, reason) in changed.items():
        _mark(rows[key], presence, reason)
    told = {str(key): presence for key, (presence, _reason) in changed.items()}
    audit.record(by=by, verb="take_attendance", target=locked, details=told)
    return locked


def _wrong_marks(meeting, rows, changed):
    """Everybody away without a reason, gone without having come, or absent though on the roll of a round."""
    on_roll = set(Voter.objects.filter(round__meeting=meeting).values_list("attendance__member", flat=True))
    problems = []
    for key, (presence, reason) in changed.items():
        row = rows[key]
        if presence in AWAY and not reason.strip():
            text = f"{row.member}{Presence(presence).label}，请写明原因。没有保存。"
            problems.append(Problem("reason", text, f"reason_{key}"))
        if presence == Presence.LEFT and row.arrived_at is None:
            text = f"{row.member}没有签到，不能登记为中途离场。没有保存。"
            problems.append(Problem("never_came", text, f"presence_{key}"))
        if presence == Presence.ABSENT and key in on_roll:
            text = f"{row.member}已在投票名册上，不能改为缺席；离开的登记为中途离场。没有保存。"
            problems.append(Problem("on_roll", text, f"presence_{key}"))
    return problems


def _mark(attendance, presence, reason):
    came = presence in {Presence.PRESENT, Presence.LEFT}
    attendance.presence, attendance.reason = presence, reason if presence in AWAY else ""
    attendance.arrived_at = (attendance.arrived_at or clock.now()) if came else None
    attendance.save(update_fields=["presence", "reason", "arrived_at"])


def lock_meeting(meeting):
    """The meeting locked; refused once it is over."""
    locked = Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    if locked.is_over:
        raise WrongState(f"会议现为“{locked.get_state_display()}”。没有改动任何内容。")
    return locked


def refuse_before_the_day(meeting):
    """Refuse what can only be done when the committee sits."""
    if clock.today() < meeting.held_on:
        raise Refused([f"会议在 {paper_date(meeting.held_on)}，当天才能办理。没有改动任何内容。"])


# --- recusals -----------------------------------------------------------------------------------------


def declare_recusal(meeting, *, by, application, reason):
    """A member leaves the vote on one application by the own word."""
    permit(by, Permission.MEETING_ATTEND, meeting)
    return _recuse(meeting, by, by, application, reason, Recusal.Source.MEMBER)


def record_recusal(meeting, *, by, member, application, reason):
    """The secretariat enters that a member leaves the vote on one application."""
    permit(by, Permission.MEETING_RUN, meeting)
    return _recuse(meeting, by, member, application, reason, Recusal.Source.SECRETARIAT)


@transaction.atomic
def _recuse(meeting, by, member, application, reason, source):
    locked = lock_meeting(meeting)
    if locked.state == Meeting.State.VOTING:
        raise WrongState("投票已经开始，不能再登记回避。没有改动任何内容。")
    attendance = locked.attendances.filter(member=member).first()
    if attendance is None:
        raise Refused([f"{member}不在本次会议的评委名单上。没有保存。"])
    if application.edition_id != locked.edition_id:
        raise Refused(["这份申报不在本次会议的届次。没有保存。"])
    recusal, is_new = Recusal.objects.get_or_create(
        attendance=attendance, application=application, defaults={"reason": reason, "source": source}
    )
    if is_new:
        told, own = {"member": member.pk, "application": application.number}, source == Recusal.Source.MEMBER
        _log(by, "declare_recusal" if own else "record_recusal", locked, reason, told)
    return recusal


def _log(by, verb, meeting, reason, told):
    audit.record(by=by, verb=verb, target=meeting, note=reason, details=told)


def derive_recusals(meeting, people, applications, *, by):
    """Whoever the portal knows to be tied to a candidate leaves the vote on it, without anybody's word."""
    known = set(Recusal.objects.filter(attendance__in=people).values_list("attendance", "application"))
    for (attendance, application), reasons in derived_conflicts(meeting, people, applications).items():
        if (attendance.pk, application.pk) not in known:
            text = " ".join(reason.text for reason in reasons)[:200]
            Recusal.objects.create(
                attendance=attendance, application=application, reason=text, source=Recusal.Source.PORTAL
            )
            told = {"member": attendance.member_id, "application": application.number}
            audit.record(by=by, verb="derive_recusal", target=meeting, note=text, details=told)
