"""The minutes of a committee meeting as plain values, for its paper."""

from django.utils.timezone import localtime

from foshan_quality.lib import clock
from foshan_quality.lib.words import paper_date

from .meeting_models import Attendance, CommitteeTerm, Round
from .meeting_queries import attendance_of, recusals_of, rounds_of, slips_by_candidate

SIGNERS = ["主持人", "监票人", "计票人", "记录人"]


def minutes_of(meeting, is_final):
    """What the paper says: agenda, attendance, recusals, quorum, every round with its slips, the result, who signs.

    It names who attended and who was recused, and never who voted how. Five queries and one a round.
    """
    seats, result = attendance_of(meeting), meeting.result or {}
    chairs = [seat for seat in seats if seat.post == CommitteeTerm.Post.CHAIR]
    rows = result.get("rows", [])
    return {
        "title": f"{meeting.title}纪要",
        "meeting": meeting,
        "is_final": is_final,
        "edition": str(meeting.edition),
        "printed_on": paper_date(clock.today()),
        "held_on": paper_date(meeting.held_on),
        "chair": str(chairs[0].member) if chairs else "",
        "seats": [_seat(seat) for seat in seats],
        "present": sum(seat.arrived_at is not None for seat in seats),
        "recusals": recusals_of(meeting),
        "quorum": meeting.edition.settled["quorum"],
        "needed": meeting.edition.settled["votes_needed"],
        "rounds": [_round(vote) for vote in rounds_of(meeting)],
        "result": result,
        "proposed": [row for row in rows if row["proposed"]],
        "vacant": result.get("places", 0),
        "has_failed": meeting.state == meeting.State.FAILED,
        "signers": SIGNERS,
        "basis": [_basis(rule) for rule in _rules(meeting.edition)],
    }


RULES = ("quota", "quorum", "votes_needed", "vote_rounds", "next_round", "another_vote")


def _rules(edition):
    return edition.rules.filter(key__in=RULES).exclude(key="another_vote", value="否")


def _basis(rule):
    document = f"{rule.document}{rule.article}" + ("" if rule.is_confirmed else "（未核定为本市规定）")
    return rule.get_key_display(), rule.value, document


def _seat(seat):
    came = seat.presence in {Attendance.Presence.PRESENT, Attendance.Presence.LEFT}
    return {
        "name": str(seat.member),
        "post": seat.get_post_display(),
        "presence": seat.get_presence_display(),
        "note": seat.reason or (f"{localtime(seat.arrived_at):%H:%M} 签到" if came else ""),
        "came": came,
    }


def _round(vote):
    slips = slips_by_candidate(vote) if vote.state == Round.State.COUNTED else []
    return {"vote": vote, "result": vote.result, "slips": slips}
