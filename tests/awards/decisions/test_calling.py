"""A called meeting put off or called off before anything is voted on."""

from datetime import time, timedelta

import pytest

from awards.decisions import attendance_actions as attending
from awards.decisions import calling_actions as calling
from awards.decisions import committee_actions as committee
from awards.decisions import meeting_actions as sitting
from awards.models import Attendance, Meeting
from enterprises.models import Message
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission, Role
from tests import given
from tests.desk import act_url, office, press, record_url
from tests.steps import check_duty, refused, refused_by

SMALL = {"firms": 1, "experts": 1, "experts_per_application": "1"}
LATER = given.VOTE.date() + timedelta(days=5)
REASON = "主任出差"


@pytest.fixture
def season(db):
    """A meeting called for today; the first member has signed in."""
    season = given.walk_to("shortlisted", **SMALL)
    season.members = [given.member(), given.member()]
    with clock.at(given.VOTE):
        season.meeting = sitting.call_meeting(
            season.edition, by=season.secretary, title="评委会会议", held_on=given.VOTE.date()
        )
        attending.sign_in(season.meeting, by=season.members[0])
        yield season


def postpone(season, held_on=LATER, by=None, **changes):
    return calling.postpone_meeting(
        season.meeting, by=by or season.secretary, held_on=held_on, reason=REASON, **changes
    )


def told(member):
    return Message.objects.filter(user=member).order_by("pk").values_list("kind", flat=True).last()


def test_a_meeting_put_off_tells_its_members_and_forgets_who_had_signed_in(season):
    moved = postpone(season, starts_at=time(14, 30), place="三楼会议室")

    assert (moved.state, moved.held_on, moved.place) == ("called", LATER, "三楼会议室")
    assert set(Attendance.objects.values_list("presence", flat=True)) == {"expected"}
    assert [told(member) for member in season.members] == ["meeting_postponed"] * 2
    assert [move["because"] for move in moved.moves] == [REASON]


def test_members_follow_from_the_terms_on_the_new_day(season):
    leaving, staying = season.members
    leaving.committee_terms.update(until_on=given.VOTE.date())
    newcomer = given.person("评委", Role.COMMITTEE)
    committee.appoint(by=season.secretary, member=newcomer, from_on=LATER, document="佛府函〔2026〕1号")

    postpone(season)

    assert {seat.member for seat in season.meeting.attendances.all()} == {staying, newcomer}
    assert [told(leaving), told(staying), told(newcomer)] == ["meeting_left", "meeting_postponed", "meeting_called"]


def test_what_keeps_a_meeting_from_being_put_off(season):
    with refused("past", untouched=[season.meeting]):
        postpone(season, given.VOTE.date() - timedelta(days=1))
    with refused("same", untouched=[season.meeting]):
        postpone(season, given.VOTE.date())
    season.members[0].committee_terms.update(until_on=given.VOTE.date())
    season.members[1].committee_terms.update(until_on=given.VOTE.date())
    with refused("no_members", untouched=[season.meeting]):
        postpone(season)
    check_duty(Permission.MEETING_RUN, lambda by: postpone(season, by=by), season.meeting)


def test_a_meeting_called_off_says_why_and_makes_room_for_another(season):
    cancelled = calling.cancel_meeting(season.meeting, by=season.secretary, reason=REASON)
    again = sitting.call_meeting(season.edition, by=season.secretary, title="再次会议", held_on=LATER)

    assert (cancelled.state, cancelled.closed_by, again.state) == ("cancelled", season.secretary, "called")
    assert cancelled.papers.count() == 0
    with refused_by("cancelled_meeting_says_why"):
        Meeting.objects.filter(pk=cancelled.pk).update(cancelled_because="")
    check_duty(Permission.MEETING_RUN, lambda by: calling.cancel_meeting(again, by=by, reason=REASON), again)


def test_nothing_is_put_off_or_called_off_once_a_round_was_opened(season):
    attending.sign_in(season.meeting, by=season.members[1])
    sitting.open_vote(season.meeting, by=season.secretary)
    sitting.void_round(season.meeting, by=season.secretary, reason="停电")
    said = "本次会议已经开始过投票，不能改期或取消；没有法定人数的按流会结束。没有改动任何内容。"

    with refused(said, untouched=[season.meeting]):
        postpone(season)
    with refused(said, untouched=[season.meeting]):
        calling.cancel_meeting(season.meeting, by=season.secretary, reason=REASON)


def test_the_office_puts_a_meeting_off_and_calls_it_off(season):
    page = office(season.secretary).get(act_url(season.meeting, "postpone_meeting")).content.decode()
    press(season.secretary, season.meeting, "postpone_meeting", held_on=LATER, place="三楼", reason=REASON)
    moved = office(season.secretary).get(record_url(season.meeting)).content.decode()
    press(season.secretary, season.meeting, "cancel_meeting", reason="机构调整")
    off = office(season.secretary).get(record_url(season.meeting)).content.decode()

    assert f'value="{given.VOTE:%Y-%m-%d}"' in page
    assert f"原因：{REASON}" in moved
    assert ("没有进行表决。原因：机构调整" in off, "生成纪要" in off) == (True, False)
