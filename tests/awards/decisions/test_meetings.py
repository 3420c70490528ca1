"""The committee: terms, meetings, attendance, recusals, rounds of the secret ballot, count and release."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from awards.decisions import actions as deciding
from awards.decisions import attendance_actions as attending
from awards.decisions import box, minutes_actions
from awards.decisions import calling_actions as calling
from awards.decisions import committee_actions as committee
from awards.decisions import meeting_actions as sitting
from awards.decisions.meeting_queries import recount, slips_of_receipt
from awards.decisions.tasks import draw_minutes
from awards.models import (
    Application,
    Attendance,
    CommitteeTerm,
    Meeting,
    MeetingPaper,
    Recusal,
    Round,
    Slip,
    Voter,
)
from awards.process import State
from awards.waiting import meetings_to_come
from enterprises.models import AuditEvent, Message
from foshan_quality.lib import clock
from foshan_quality.lib.problems import WrongState
from foshan_quality.permissions import Permission, Role
from tests import given
from tests.steps import check_duty, copy_of, no_trace, refused, refused_by, state_of, trial

SMALL = {"experts": 1, "experts_per_application": "1"}
DAY = given.VOTE.date()


def voting_season(**changes):
    return given.walk_to("voting", **SMALL | {"firms": 1, "members": 3} | changes)


def shortlisted_season(members=3, **changes):
    season = given.walk_to("shortlisted", **SMALL | {"firms": 1} | changes)
    season.members = [given.member() for _ in range(members)]
    return season


def states(season):
    return [application.state for application in season.applications]


def vote(season, *ballots):
    """Each member casts one ballot: the numbers of the candidates approved. Returns the receipts."""
    pks = [application.pk for application in season.applications]
    return [
        sitting.cast_ballot(season.meeting, by=member, approved=[pks[n] for n in wanted])
        for member, wanted in zip(season.members, ballots, strict=True)
    ]


@pytest.fixture(autouse=True)
def day_of_the_meeting():
    with clock.at(given.VOTE):
        yield


def count(season):
    return sitting.count_votes(season.meeting, by=season.secretary)


def release(season):
    return sitting.release_result(season.meeting, by=season.second)


# --- the committee ------------------------------------------------------------------------------------


def appoint(member, first=date(2026, 1, 1), last=None, post="member"):
    return committee.appoint(
        by=given.edition_secretary(),
        member=member,
        from_on=first,
        until_on=last,
        document="佛府函〔2026〕1号",
        post=post,
    )


def test_a_role_makes_no_member_and_a_term_needs_the_role_and_is_the_only_one_of_its_days(db):
    secretary, granted, stranger = given.secretary(), given.person("评委", Role.COMMITTEE), given.person()

    with refused("not_granted"):
        appoint(stranger)
    with refused("backwards"):
        appoint(granted, date(2026, 5, 2), date(2026, 5, 1))
    first = appoint(granted, date(2026, 1, 1), date(2026, 6, 30), post="chair")
    with refused("overlap"):
        appoint(granted, date(2026, 6, 30))
    with refused("second_chair"):
        appoint(given.person("主任", Role.COMMITTEE), date(2026, 6, 30), post="chair")
    second = appoint(granted, date(2026, 7, 1))
    check_duty(Permission.TERM_ENTER, lambda by: committee.end_term(second, by=by, reason="调离"), second)

    def on(*day):
        return list(CommitteeTerm.objects.on(date(*day)))

    assert (on(2025, 12, 31), on(2026, 1, 1), on(2026, 6, 30), on(2026, 7, 1)) == ([], [first], [first], [second])
    ended = committee.end_term(second, by=secretary, reason="调离")
    assert (ended.until_on, on(2026, 7, 8), on(2026, 7, 7)) == (date(2026, 7, 7), [], [second])
    with no_trace(ended), pytest.raises(WrongState):
        committee.end_term(ended, by=secretary, reason="再次")


def test_the_database_keeps_terms_in_order(db):
    term = appoint(given.person("评委", Role.COMMITTEE))

    with refused_by("one_term_from_a_day"):
        copy_of(term, until_on=date(2026, 2, 1))
    with refused_by("one_open_term_a_member"):
        copy_of(term, from_on=date(2026, 3, 1))
    with refused_by("term_runs_forward"):
        copy_of(term, from_on=date(2026, 3, 1), until_on=date(2026, 2, 1))
    with refused_by("term_rests_on_a_document"):
        copy_of(term, from_on=date(2026, 3, 1), until_on=date(2026, 3, 2), document="")
    with refused_by("term_ended_at_and_by"):
        copy_of(term, from_on=date(2026, 3, 1), until_on=date(2026, 3, 2), ended_at=clock.now())


# --- calling and attending ----------------------------------------------------------------------------


def test_everybody_in_term_on_the_day_is_called_and_told(db):
    season = given.walk_to("ranked", firms=1, **SMALL)
    member = given.member()
    given.person("只有角色", Role.COMMITTEE)
    appoint(given.person("前评委", Role.COMMITTEE), date(2020, 1, 1), DAY - timedelta(days=1))

    def call(by=season.secretary):
        return sitting.call_meeting(season.edition, by=by, title="会", held_on=DAY, place="三楼", agenda=["表决"])

    with refused("还没有入围的申报，不能召开评委会。"):
        call()
    deciding.shortlist(season.ranking, by=season.secretary)
    meeting = call()
    with refused("已有一次会议尚未发布结果，请先结束该会议。"):
        call()
    check_duty(Permission.MEETING_RUN, call, season.edition)

    told = Message.objects.get(kind="meeting_called")
    assert (meeting.members, [a.member for a in meeting.attendances.all()]) == (1, [member])
    assert (told.user, "三楼" in told.text, "三楼" in told.copy_text) == (member, True, False)
    assert meetings_to_come({str(meeting.pk)}) == {str(meeting.pk)}


def test_whoever_is_appointed_before_the_day_is_called_to_the_meeting_too(db):
    season = shortlisted_season()
    meeting = given.meeting(season, present=[])

    late = given.member()

    assert meeting.attendances.filter(member=late).exists()
    assert Message.objects.filter(kind="meeting_called", user=late).count() == 1


def test_a_committee_without_terms_cannot_be_called(db):
    season = given.walk_to("shortlisted", firms=1, **SMALL)
    given.person("只有角色", Role.COMMITTEE)

    with refused("no_members"):
        sitting.call_meeting(season.edition, by=season.secretary, title="会", held_on=DAY)


def test_members_sign_in_on_the_day_and_whoever_is_away_needs_a_reason(db):
    season = shortlisted_season()
    first, second, _third = season.members
    meeting = given.meeting(season, present=[])

    with clock.at(given.VOTE - timedelta(days=1)), refused("会议在 2026年7月8日，当天才能办理。没有改动任何内容。"):
        attending.sign_in(meeting, by=first)
    attending.sign_in(meeting, by=first)
    with no_trace(meeting), pytest.raises(WrongState, match="您已经签到"):
        attending.sign_in(meeting, by=first)
    with no_trace(meeting), pytest.raises(PermissionDenied):
        attending.sign_in(meeting, by=season.secretary)

    def mark(by=season.secretary, **marks):
        named = {"first": first, "second": second}
        return attending.take_attendance(meeting, by=by, marks={named[k].pk: v for k, v in marks.items()})

    with refused("reason"):
        mark(second=("absent", " "))
    with refused("never_came"):
        mark(second=("left", "有事"))
    mark(first=("left", "有事"), second=("absent", "出差"))
    check_duty(Permission.MEETING_RUN, lambda by: mark(by, first=("present", "")), meeting)

    rows = meeting.attendances.order_by("pk").values_list("presence", "reason")
    assert list(rows) == [("left", "有事"), ("absent", "出差"), ("expected", "")]
    with refused_by("attends_once"):
        copy_of(Attendance.objects.first())
    with refused_by("away_with_a_reason"):
        meeting.attendances.filter(member=first).update(reason="")
    with refused_by("arrived_when_present"):
        meeting.attendances.filter(member=first).update(arrived_at=None)


@pytest.mark.parametrize(("members", "present", "opens"), [(3, 2, True), (4, 2, False), (4, 3, True)])
def test_the_vote_opens_only_with_the_quorum_of_the_whole_committee(db, members, present, opens):
    season = shortlisted_season(members)
    meeting = given.meeting(season, present=season.members[:present])

    if opens:
        assert sitting.open_vote(meeting, by=season.secretary).state == "voting"
        with trial(), pytest.raises(WrongState):
            sitting.close_meeting(meeting, by=season.secretary)
    else:
        with refused("quorum", untouched=[meeting]):
            sitting.open_vote(meeting, by=season.secretary)


def test_a_meeting_without_quorum_ends_with_minutes_and_another_may_be_called(db):
    season = shortlisted_season()
    meeting = given.meeting(season, present=season.members[:1])

    closed = sitting.close_meeting(meeting, by=season.secretary)
    again = given.meeting(season)
    with refused("全体评委 3 人，出席 3 人，已达到法定人数，不能按流会结束。没有改动。", untouched=[again]):
        sitting.close_meeting(again, by=season.secretary)

    assert (closed.state, closed.papers.get().is_final, states(season)) == ("failed", True, [State.SHORTLISTED])
    with no_trace(closed), pytest.raises(WrongState):
        attending.sign_in(closed, by=season.members[1])


def test_whoever_left_the_committee_before_the_day_counts_no_more(db):
    season = shortlisted_season()
    with clock.at(given.VOTE - timedelta(days=3)):
        meeting = sitting.call_meeting(season.edition, by=season.secretary, title="会", held_on=DAY)
        committee.end_term(season.members[2].committee_terms.get(), by=season.secretary, reason="调离")
    attending.take_attendance(meeting, by=season.secretary, marks={m.pk: ("present", "") for m in season.members})

    opened = sitting.open_vote(meeting, by=season.secretary)

    assert (opened.members, opened.rounds.get().voters.count()) == (2, 2)
    assert [Meeting.objects.visible_to(member).count() for member in season.members] == [1, 1, 0]
    with refused("您不在本轮投票名册上。本轮开始后才到会的，从下一轮起投票。选票没有投出。"):
        sitting.cast_ballot(meeting, by=season.members[2], approved=[])


# --- recusals -----------------------------------------------------------------------------------------


def test_recusals_are_declared_recorded_or_derived_and_leave_the_base(db):
    season = shortlisted_season(4, firms=2)
    first, second, third, _fourth = season.members
    [one, two] = season.applications
    third.committee_terms.update(employer=two.organisation.name)
    meeting = given.meeting(season)

    attending.declare_recusal(meeting, by=first, application=one, reason="亲属任职")
    attending.record_recusal(meeting, by=season.secretary, member=second, application=one, reason="曾任职")
    attending.record_recusal(meeting, by=season.secretary, member=second, application=one, reason="曾任职")
    outsider = given.person("评委", Role.COMMITTEE)
    with refused(f"{outsider}不在本次会议的评委名单上。没有保存。"):
        attending.record_recusal(meeting, by=season.secretary, member=outsider, application=one, reason="曾任职")
    for act in (
        sitting.open_vote,
        lambda m, by: attending.record_recusal(m, by=by, member=first, application=two, reason="x"),
    ):
        check_duty(Permission.MEETING_RUN, lambda by, act=act: act(meeting, by=by), meeting)
    season.meeting = sitting.open_vote(meeting, by=season.secretary)
    with no_trace(meeting), pytest.raises(WrongState):
        attending.declare_recusal(meeting, by=third, application=one, reason="亲属任职")
    with refused("选票中有您应当回避的申报。选票没有投出。"):
        sitting.cast_ballot(meeting, by=first, approved=[one.pk])
    vote(season, [1], [1], [0], [0, 1])
    counted = count(season)

    assert list(Recusal.objects.order_by("application_id", "pk").values_list("source", flat=True)) == [
        "member",
        "secretariat",
        "portal",
    ]
    assert [(r["yes"], r["base"], r["needed"]) for r in counted.result["rows"]] == [(2, 2, 2), (3, 3, 2)]
    with refused_by("recused_once"):
        copy_of(Recusal.objects.first())


def test_whoever_is_recused_on_everything_counts_for_the_quorum_and_has_no_ballot(db):
    season = shortlisted_season()
    meeting, [application] = given.meeting(season), season.applications
    attending.declare_recusal(meeting, by=season.members[0], application=application, reason="亲属任职")

    sitting.open_vote(meeting, by=season.secretary)

    assert Voter.objects.count() == 2


# --- the ballot ---------------------------------------------------------------------------------------


def test_a_ballot_is_cast_once_and_its_receipt_finds_it_after_the_count(db):
    season = voting_season(firms=2)
    [one, two], [first, second, third] = season.applications, season.members

    receipt = sitting.cast_ballot(season.meeting, by=first, approved=[one.pk] * 2, against=[two.pk])
    with no_trace(season.meeting), pytest.raises(WrongState, match="您已经投过票，每人只投一次。原选票不变。"):
        sitting.cast_ballot(season.meeting, by=first, approved=[])
    again = sitting.cast_ballot(season.meeting, by=first, approved=[one.pk], against=[two.pk], receipt=receipt)
    with refused("这个凭证不能使用，请返回重新核对选票。选票没有投出。"):
        sitting.cast_ballot(season.meeting, by=second, approved=[], receipt=receipt)
    for member in (second, third):
        sitting.cast_ballot(season.meeting, by=member, approved=[])
    count(season)

    found = slips_of_receipt(Round.objects.get(), receipt)
    assert again == receipt
    assert [slip.choice for _row, _code, slip in found] == ["aye", "nay"]
    assert slips_of_receipt(Round.objects.get(), box.new_receipt()) == []
    assert list(Slip.objects.order_by("choice").values_list("choice", flat=True)) == [
        "abs",
        "abs",
        "abs",
        "abs",
        "aye",
        "nay",
    ]


def everything_stored():
    """Every row of every table, as somebody with a copy of the database reads it."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        rows = []
        for table in tables:
            cursor.execute(f'SELECT t::text, xmin::text, ctid::text FROM "{table}" t')  # noqa: S608  names from the catalogue
            rows += [(table, *row) for row in cursor.fetchall()]
    return rows


def test_while_the_vote_is_open_a_copy_of_the_database_tells_who_voted_and_nothing_of_what(db):
    """Two worlds that differ in one vote: the same rows are there, and the boxes are as long as when empty."""
    season = voting_season(firms=2)
    empty = len(bytes(Round.objects.get().box))
    told = []

    for approved in ([], [a.pk for a in season.applications]):
        with trial():
            receipt = sitting.cast_ballot(season.meeting, by=season.members[0], approved=approved)
            rows = everything_stored()
            assert receipt not in str(rows)
            assert all(box.code_of(receipt, "1-1", a.number) not in str(rows) for a in season.applications)
            assert len(bytes(Round.objects.get().box)) == empty
            told.append(sorted(row[0] for row in rows))
            line = AuditEvent.objects.first()
            assert (line.verb, line.actor_id) == ("cast_ballot", season.members[0].pk)
            assert (line.note, line.details, line.target_id) == ("", {}, str(season.meeting.pk))

    assert told[0] == told[1]
    assert not Slip.objects.exists()


def test_after_the_count_the_slips_lie_in_the_order_of_their_codes_and_were_written_by_one_act(db):
    season = voting_season(firms=2)
    vote(season, [0, 1], [0], [])
    count(season)

    with connection.cursor() as cursor:
        cursor.execute("SELECT code, xmin::text FROM awards_slip ORDER BY ctid")
        rows = cursor.fetchall()
    closed = Round.objects.get()
    assert [code for code, _xmin in rows] == sorted(code for code, _xmin in rows)
    assert len({xmin for _code, xmin in rows}) == 1
    assert (bytes(closed.box), bytes(closed.salt)) == (b"", b"")
    assert {f.name for f in Slip._meta.fields} == {"code", "round", "application", "choice"}
    assert {f.name for f in Voter._meta.fields} == {"id", "round", "attendance", "recused", "has_voted"}


def test_a_ballot_names_candidates_only_and_no_more_than_the_quota(db):
    season = given.walk_to("voting", firms=2, members=1, quota="1", shortlist_per_place="2", **SMALL)
    pks = [application.pk for application in season.applications]

    for approved, against, words in [
        ([*pks], [], "最多同意 1 家，您选了 2 家。选票没有投出。"),
        ([pks[0] + 1000], [], "选票中有不在候选名单上的申报。选票没有投出。"),
        ([pks[0]], [pks[0]], "同一申报不能既同意又不同意。选票没有投出。"),
    ]:
        with refused(words, untouched=[season.meeting]):
            sitting.cast_ballot(season.meeting, by=season.members[0], approved=approved, against=against)

    assert Voter.objects.filter(has_voted=True).count() == 0


def test_only_those_called_vote_and_only_while_the_vote_is_open(db):
    season = voting_season()
    check_duty(Permission.BALLOT_CAST, lambda by: sitting.cast_ballot(season.meeting, by=by, approved=[]))
    vote(season, [], [], [])
    count(season)

    with no_trace(season.meeting), pytest.raises(WrongState):
        sitting.cast_ballot(season.meeting, by=season.members[0], approved=[])


def test_whoever_comes_late_votes_from_the_next_round_on_and_whoever_leaves_is_not_waited_for(db):
    season = shortlisted_season(4)
    first, second, third, late = season.members
    season.meeting = sitting.open_vote(given.meeting(season, present=[first, second, third]), by=season.secretary)

    attending.sign_in(season.meeting, by=late)
    with refused("您不在本轮投票名册上。本轮开始后才到会的，从下一轮起投票。选票没有投出。"):
        sitting.cast_ballot(season.meeting, by=late, approved=[])
    for member in (first, second):
        sitting.cast_ballot(season.meeting, by=member, approved=[season.applications[0].pk])
    with refused("还有 1 名出席评委没有投票，不能计票。", untouched=[season.meeting]):
        count(season)
    with refused("on_roll"):
        attending.take_attendance(season.meeting, by=season.secretary, marks={first.pk: ("absent", "误登")})
    attending.take_attendance(season.meeting, by=season.secretary, marks={third.pk: ("left", "急事")})
    counted = count(season)

    [row] = counted.result["rows"]
    assert (row["yes"], row["base"], row["needed"], row["proposed"]) == (2, 3, 2, True)
    assert Round.objects.get().result["returned"] == 2


# --- the count ----------------------------------------------------------------------------------------


def test_the_count_drafts_and_only_the_release_by_another_moves_the_applications(db):
    season = voting_season(firms=3)
    vote(season, [0, 1], [0, 1], [0])

    season.meeting = meeting = count(season)

    assert states(season) == [State.SHORTLISTED] * 3
    assert {key: meeting.result[key] for key in ("members", "attending", "quorum", "votes_needed", "quota")} == {
        "members": 3,
        "attending": 3,
        "quorum": "2/3",
        "votes_needed": "2/3",
        "quota": 10,
    }
    shown = ("yes", "no", "abstained", "base", "needed", "passed", "proposed")
    assert [tuple(row[key] for key in shown) for row in meeting.result["rows"]] == [
        (3, 0, 0, 3, 2, True, True),
        (2, 0, 1, 3, 2, True, True),
        (0, 0, 3, 3, 2, False, False),
    ]
    with refused("two_people", untouched=[meeting]):
        sitting.release_result(meeting, by=season.secretary)
    check_duty(Permission.MEETING_RUN, lambda by: sitting.release_result(meeting, by=by), meeting)
    released = release(season)
    assert states(season) == [State.PROPOSED, State.PROPOSED, State.NOT_PROPOSED]
    assert (released.state, released.papers.get().is_final) == ("released", True)
    with no_trace(released), pytest.raises(WrongState):
        release(season)


def test_a_tie_on_the_line_is_voted_on_again_over_the_places_left(db):
    season = voting_season(firms=4, quota="2", shortlist_per_place="2", votes_needed="1/3")
    vote(season, [0, 1], [0, 2], [0, 3])
    season.meeting = count(season)
    with refused("due", untouched=[season.meeting]):
        release(season)

    season.meeting = sitting.open_vote(season.meeting, by=season.secretary)
    with refused("最多同意 1 家，您选了 2 家。选票没有投出。"):
        vote(season, [1, 2], [], [])
    with refused("选票中有不在候选名单上的申报。选票没有投出。"):
        vote(season, [0], [], [])
    vote(season, [1], [1], [2])
    season.meeting = count(season)
    with refused("没有需要再次表决的申报，可以由另一人发布结果。没有开始投票。", untouched=[season.meeting]):
        sitting.open_vote(season.meeting, by=season.secretary)
    release(season)

    assert [row["round"] for row in season.meeting.result["rows"]] == [1, 2, 2, 2]
    assert states(season) == [State.PROPOSED, State.PROPOSED, State.NOT_PROPOSED, State.NOT_PROPOSED]


def test_a_tie_in_the_last_round_leaves_the_place_vacant(db):
    season = voting_season(firms=2, quota="1", shortlist_per_place="2", votes_needed="1/3", vote_rounds="1")
    vote(season, [0], [1], [])
    season.meeting = count(season)

    release(season)

    assert states(season) == [State.NOT_PROPOSED, State.NOT_PROPOSED]


def test_who_failed_is_voted_on_again_only_where_the_rules_say_so_and_a_round_may_be_done_without(db):
    season = voting_season(firms=2, next_round="并列和未通过")
    vote(season, [0], [0], [])
    season.meeting = count(season)

    assert season.meeting.result["next"] == [season.applications[1].pk]
    check_duty(
        Permission.MEETING_RUN, lambda by: sitting.end_rounds(season.meeting, by=by, reason="人数不足"), season.meeting
    )
    season.meeting = sitting.end_rounds(season.meeting, by=season.secretary, reason="评委离场，人数不足")
    with refused("没有需要再次表决的申报。没有改动任何内容。", untouched=[season.meeting]):
        sitting.end_rounds(season.meeting, by=season.secretary, reason="再次")
    release(season)

    assert states(season) == [State.PROPOSED, State.NOT_PROPOSED]


def test_a_round_given_up_tells_nobody_what_was_cast_and_is_voted_again(db):
    season = voting_season()
    sitting.cast_ballot(season.meeting, by=season.members[0], approved=[])
    check_duty(Permission.MEETING_RUN, lambda by: sitting.void_round(season.meeting, by=by, reason="x"), season.meeting)

    season.meeting = sitting.void_round(season.meeting, by=season.secretary, reason="误操作")
    again = sitting.open_vote(season.meeting, by=season.secretary)
    vote(season, [0], [0], [0])
    season.meeting = count(season)
    with no_trace(season.meeting), pytest.raises(WrongState):
        sitting.void_round(season.meeting, by=season.secretary, reason="计票后")
    release(season)

    first, second = again.rounds.all()
    assert (first.state, bytes(first.box), second.state, second.number) == ("void", b"", "counted", 2)
    assert states(season) == [State.PROPOSED]


def test_a_candidate_that_leaves_the_shortlist_meanwhile_is_not_proposed_and_nobody_moves_up(db):
    season = voting_season(firms=3, quota="1", shortlist_per_place="3", votes_needed="1/3")
    vote(season, [0], [0], [1])
    season.meeting = count(season)
    Application.objects.filter(pk=season.applications[0].pk).update(state=State.NOT_PROPOSED)

    release(season)

    assert states(season) == [State.NOT_PROPOSED] * 3


def test_a_slip_put_in_later_is_found_by_counting_again_and_stops_the_release(db):
    season = voting_season()
    vote(season, [0], [0], [0])
    season.meeting = count(season)
    counted, [application] = Round.objects.get(), season.applications
    assert recount(counted) == counted.result

    Slip.objects.create(code="f" * 32, round=counted, application=application, choice="nay")

    assert recount(counted) != counted.result
    with refused("recount", untouched=[season.meeting]):
        release(season)


def test_a_box_put_back_or_sealed_under_another_key_does_not_open(db, settings):
    season = voting_season()
    before = bytes(Round.objects.get().box)
    vote(season, [0], [0], [0])
    after = bytes(Round.objects.get().box)

    Round.objects.update(box=before)
    with refused("票箱打不开：密钥已更换，或者票箱被改动。请作废本轮，重新投票。", untouched=[season.meeting]):
        count(season)
    Round.objects.update(box=after)
    settings.SECRET_KEY = "another"
    with refused("票箱打不开：密钥已更换，或者票箱被改动。请作废本轮，重新投票。", untouched=[season.meeting]):
        count(season)


def test_places_stay_vacant_when_nobody_is_approved(db):
    season = voting_season(firms=2)
    vote(season, [], [], [])
    season.meeting = count(season)

    release(season)

    assert states(season) == [State.NOT_PROPOSED, State.NOT_PROPOSED]


STEPS = {
    "open_vote": lambda s: sitting.open_vote(s.meeting, by=s.secretary),
    "count": lambda s: count(s),
    "void_round": lambda s: sitting.void_round(s.meeting, by=s.secretary, reason="误操作"),
    "end_rounds": lambda s: sitting.end_rounds(s.meeting, by=s.secretary, reason="人数不足"),
    "close_meeting": lambda s: sitting.close_meeting(s.meeting, by=s.secretary),
    "release_result": lambda s: release(s),
    "postpone_meeting": lambda s: calling.postpone_meeting(
        s.meeting, by=s.secretary, held_on=given.VOTE.date(), reason="某"
    ),
    "cancel_meeting": lambda s: calling.cancel_meeting(s.meeting, by=s.secretary, reason="某"),
}


def test_a_released_meeting_takes_no_step_any_more(db):
    season = given.walk_to("proposed", firms=1, members=1, **SMALL)

    assert set(STEPS) == set(Meeting.workflow.steps)
    for act in STEPS.values():
        with no_trace(season.meeting), pytest.raises(WrongState):
            act(season)


# --- minutes ------------------------------------------------------------------------------------------


def test_minutes_are_a_specimen_until_the_release_and_drawn_anew_when_asked_again(db):
    season = voting_season()
    receipts = vote(season, [0], [0], [0])
    season.meeting = count(season)
    check_duty(
        Permission.MEETING_RUN, lambda by: minutes_actions.request_minutes(season.meeting, by=by), season.meeting
    )

    specimen = minutes_actions.request_minutes(season.meeting, by=season.secretary)
    draw_minutes(specimen.pk)
    again = minutes_actions.request_minutes(season.meeting, by=season.secretary)
    assert (again, state_of(specimen)) == (specimen, "queued")
    draw_minutes(specimen.pk)
    release(season)
    final = MeetingPaper.objects.get(is_final=True)
    draw_minutes(final.pk)
    draw_minutes(final.pk)
    minutes_actions.request_minutes(season.meeting, by=season.secretary)

    assert (state_of(specimen), state_of(final)) == ("drawn", "drawn")
    trail = str(list(AuditEvent.objects.values_list("details", "note", "target_name")))
    assert all(receipt not in trail for receipt in receipts)
    with refused_by("one_specimen_and_one_final_minutes"):
        copy_of(final)
    with refused_by("minutes_drawn_with_file"):
        MeetingPaper.objects.update(pdf="")
    with refused_by("minutes_parked_with_reason"):
        MeetingPaper.objects.update(state="parked")


# --- who sees what, and what the database refuses -----------------------------------------------------


def test_members_see_the_meetings_they_were_called_to(db):
    season = voting_season()

    assert list(Meeting.objects.visible_to(season.members[0])) == [season.meeting]
    assert list(Meeting.objects.visible_to(season.secretary)) == [season.meeting]
    assert list(Meeting.objects.visible_to(given.member())) == []
    assert list(Meeting.objects.visible_to(season.experts[0])) == []


def test_the_database_refuses_what_no_act_would_do(db):
    season = voting_season()
    opened = season.meeting.rounds.get()

    with refused_by("one_meeting_at_a_time"):
        copy_of(season.meeting)
    with refused_by("one_round_of_a_number"):
        copy_of(opened, state="void", box=b"", salt=b"", closed_at=clock.now(), void_reason="误")
    with refused_by("one_open_round"):
        copy_of(opened, number=2)
    with refused_by("round_box_is_emptied_when_over"):
        copy_of(opened, number=2, state="void", closed_at=clock.now(), void_reason="误")
    with refused_by("round_counted_with_result_void_with_reason"):
        copy_of(opened, number=2, state="void", closed_at=clock.now(), box=b"", salt=b"")
    with refused_by("one_ballot_a_member_and_round"):
        copy_of(Voter.objects.first())
    with refused_by("meeting_drafted_at_and_by"):
        Meeting.objects.update(drafted_at=clock.now())
    with refused_by("meeting_closed_at_and_by"):
        Meeting.objects.update(closed_at=clock.now())
    vote(season, [0], [0], [0])
    count(season)
    with refused_by("meeting_released_by_another"):
        Meeting.objects.update(state="released", closed_at=clock.now(), closed_by=season.secretary)
