import pytest
from django.core.exceptions import PermissionDenied

from awards.decisions import actions as deciding
from awards.models import Assignment, Attendance, Ballot, Edition, Meeting, Recusal, ScoreSheet
from awards.process import State
from awards.reviews import actions as reviewing
from enterprises.models import AuditEvent
from foshan_quality.lib import clock
from foshan_quality.lib.problems import WrongState
from foshan_quality.permissions import Permission
from tests import given
from tests.steps import check_duty, check_step, copy_of, no_trace, put, refused, refused_by, state_of

SMALL = {"experts": 1, "experts_per_application": "1"}


def ranked_season(**changes):
    return given.walk_to("ranked", **SMALL | {"firms": 2} | changes)


def voting_season(**changes):
    return given.walk_to("voting", **SMALL | {"firms": 1, "members": 3} | changes)


def states(season):
    return [application.state for application in season.applications]


def vote(season, *ballots):
    """Each member casts one ballot: the numbers of the candidates approved."""
    pks = [application.pk for application in season.applications]
    for member, wanted in zip(season.members, ballots, strict=True):
        deciding.cast_ballot(season.meeting, by=member, approved=[pks[n] for n in wanted])


def count(season):
    with clock.at(given.VOTE):
        return deciding.count_votes(season.meeting, by=season.secretary)


# --- ranking ------------------------------------------------------------------------------------------


def test_the_ranking_keeps_every_place_with_its_marks(db):
    season = ranked_season(experts=2, quota="1", shortlist_per_place="1")
    first, second = season.applications

    assert season.ranking.places == 1
    assert season.ranking.rows == [
        {
            "place": place,
            "application": application.pk,
            "number": application.number,
            "organisation": application.organisation.name,
            "totals": [mean, mean],
            "mean": mean,
            "spread": "0.00",
            "is_tied": False,
            "above_line": place == 1,
            "parts": [
                {
                    "label": "资料评审",
                    "weight": "1",
                    "totals": [mean, mean],
                    "trim_from": None,
                    "dropped": [],
                    "kept": [mean, mean],
                    "mean": mean,
                }
            ],
            "is_given": False,
            "sheets": [
                {"sheet": sheet.pk, "marks": [percentage] * 23, "total": mean}
                for sheet in ScoreSheet.objects.filter(assignment__application=application).order_by("pk")
            ],
            "tie_value": None,
            "is_parted": False,
        }
        for place, application, mean, percentage in [(1, first, "850.00", 85), (2, second, "800.00", 80)]
    ]


def test_nothing_is_ranked_while_a_sheet_is_missing_and_every_case_is_named(db):
    season = given.walk_to("panelled", **SMALL)
    first, second = season.applications

    with pytest.raises(deciding.Refused) as refusal, no_trace(season.edition):
        deciding.make_ranking(season.edition, by=season.secretary)

    assert [(p.code, p.where) for p in refusal.value.problems] == [
        ("unfinished", str(first.pk)),
        ("unfinished", str(second.pk)),
    ]
    assert str(refusal.value).startswith(f"{first.number} 已评 0／应评 1，评分未齐，不能排名。")


def test_a_case_with_too_few_experts_left_is_not_ranked(db):
    season = given.walk_to("scored", firms=1, experts=2, experts_per_application="2")
    reviewing.remove(Assignment.objects.first(), by=season.secretary, reason="利害关系")

    with refused("unfinished", untouched=[season.edition]):
        deciding.make_ranking(season.edition, by=season.secretary)


def test_a_removed_experts_sheet_no_longer_counts(db):
    season = given.walk_to("panelled", firms=1, experts=3, experts_per_application="2")
    for assignment, percentage in zip(Assignment.objects.order_by("pk"), (100, 60, 50), strict=True):
        given.score(assignment, percentage)
    reviewing.remove(Assignment.objects.order_by("pk")[0], by=season.secretary, reason="利害关系")

    ranking = deciding.make_ranking(season.edition, by=season.secretary)

    assert [(row["totals"], row["mean"]) for row in ranking.rows] == [(["600.00", "500.00"], "550.00")]


def test_nothing_in_review_is_nothing_to_rank(db):
    season = given.walk_to("shortlisted", firms=1, **SMALL)

    with refused("没有处于评审中的申报，不能排名。"):
        deciding.make_ranking(season.edition, by=season.secretary)


@pytest.mark.parametrize("act", ["make_ranking", "shortlist", "call_meeting"])
def test_ranking_and_meetings_belong_to_the_review_and_to_the_secretariat(db, act):
    season = ranked_season(firms=1)
    acts = {
        "make_ranking": lambda by: deciding.make_ranking(season.edition, by=by),
        "shortlist": lambda by: deciding.shortlist(season.ranking, by=by),
        "call_meeting": lambda by: deciding.call_meeting(
            season.edition, by=by, title="会", held_on=given.VOTE.date(), members=[]
        ),
    }
    permission = Permission.MEETING_RUN if act == "call_meeting" else Permission.RANKING_MAKE

    check_duty(permission, acts[act], season.edition)
    for state in set(Edition.State) - {Edition.State.REVIEW, Edition.State.PREPARING}:
        put(season.edition, state)
        with no_trace(season.edition), pytest.raises(WrongState):
            acts[act](season.secretary)


# --- shortlist ----------------------------------------------------------------------------------------


def test_the_shortlist_takes_who_is_above_the_line_and_passes_over_the_rest(db):
    season = ranked_season(firms=3, quota="1", shortlist_per_place="3/2")

    deciding.shortlist(season.ranking, by=season.secretary)

    assert states(season) == [State.SHORTLISTED, State.SHORTLISTED, State.NOT_SHORTLISTED]


def test_nobody_below_the_threshold_is_shortlisted_even_when_places_stay_empty(db):
    season = ranked_season(score_threshold="820")

    deciding.shortlist(season.ranking, by=season.secretary)

    assert states(season) == [State.SHORTLISTED, State.NOT_SHORTLISTED]


def test_only_the_newest_ranking_makes_a_shortlist(db):
    season = ranked_season(firms=1)
    newest = deciding.make_ranking(season.edition, by=season.secretary)

    with refused("这不是最新的排名，请用最新排名确定入围。没有改动任何内容。", untouched=season.applications):
        deciding.shortlist(season.ranking, by=season.secretary)
    deciding.shortlist(newest, by=season.secretary)

    assert states(season) == [State.SHORTLISTED]


def test_a_score_changed_after_the_ranking_stops_the_shortlist(db):
    season = ranked_season(firms=1)
    assignment = Assignment.objects.get()
    reviewing.reopen_sheet(assignment, by=season.secretary, reason="复核")
    sheet = assignment.sheets.get()
    marks = {"4.1.2": (0, "", "没有方法。")}
    reviewing.save_marks(assignment, by=assignment.expert, marks=marks, version=sheet.version)

    with refused("unfinished", untouched=season.applications):
        deciding.shortlist(season.ranking, by=season.secretary)
    reviewing.submit_sheet(assignment, by=assignment.expert)
    with refused("评分在排名之后有变化，重新计算的结果与存档不一致。请重新排名。没有改动任何内容。"):
        deciding.shortlist(season.ranking, by=season.secretary)


def test_an_expert_added_after_the_ranking_stops_the_shortlist(db):
    season = ranked_season(firms=1)
    late = given.expert()
    reviewing.set_panel(season.applications[0], by=season.secretary, experts=[late], head=late)

    with refused("unfinished", untouched=season.applications):
        deciding.shortlist(season.ranking, by=season.secretary)


# --- the meeting --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["open_vote", "count"])
def test_a_step_of_the_meeting_goes_from_its_source_and_from_no_other_state(db, name):
    season = voting_season()
    vote(season, [0], [0], [0])
    act = deciding.open_vote if name == "open_vote" else deciding.count_votes

    check_step(season.meeting, Meeting.workflow, name, lambda: act(season.meeting, by=season.secretary))
    check_duty(Permission.MEETING_RUN, lambda by: act(season.meeting, by=by), season.meeting)


def test_a_meeting_needs_a_shortlist_and_only_committee_members_attend(db):
    season = ranked_season(firms=1)
    member, stranger, expert = given.member(), given.person(), given.expert()

    def call(*members):
        return deciding.call_meeting(
            season.edition, by=season.secretary, title="会", held_on=given.VOTE.date(), members=list(members)
        )

    with refused("还没有入围的申报，不能召开评委会。"):
        call(member)
    deciding.shortlist(season.ranking, by=season.secretary)
    with refused("not_member", "not_member"):
        call(member, stranger, expert)
    meeting = call(member)
    with refused("已有一次会议尚未计票，请先结束该会议。"):
        call(member)

    assert (meeting.members, meeting.attendances.count()) == (1, 1)


@pytest.mark.parametrize(("committee", "attending", "opens"), [(3, 2, True), (4, 2, False), (4, 3, True)])
def test_the_vote_opens_only_with_the_quorum_of_the_whole_committee(db, committee, attending, opens):
    season = given.walk_to("shortlisted", firms=1, **SMALL)
    members = [given.member() for _ in range(committee)]
    meeting = deciding.call_meeting(
        season.edition, by=season.secretary, title="会", held_on=given.VOTE.date(), members=members[:attending]
    )

    if opens:
        assert deciding.open_vote(meeting, by=season.secretary).state == "voting"
    else:
        with refused("quorum", untouched=[meeting]):
            deciding.open_vote(meeting, by=season.secretary)


def test_recusals_are_recorded_before_the_vote_for_those_who_attend(db):
    season = given.walk_to("shortlisted", firms=1, **SMALL)
    members, [application] = [given.member() for _ in range(3)], season.applications
    meeting = deciding.call_meeting(
        season.edition, by=season.secretary, title="会", held_on=given.VOTE.date(), members=members
    )

    def recuse(member, by=season.secretary):
        return deciding.record_recusal(meeting, by=by, member=member, application=application, reason="曾任职")

    recuse(members[0])
    recuse(members[0])
    outsider = given.member()
    with refused(f"{outsider}没有出席本次会议。"):
        recuse(outsider)
    check_duty(Permission.MEETING_RUN, lambda by: recuse(members[1], by), meeting)
    deciding.open_vote(meeting, by=season.secretary)
    with no_trace(meeting), pytest.raises(WrongState):
        recuse(members[1])

    assert Recusal.objects.count() == 1
    with refused("选票中有您应当回避的申报。选票没有投出。"):
        deciding.cast_ballot(meeting, by=members[0], approved=[application.pk])
    with refused_by("recused_once"):
        copy_of(Recusal.objects.get())


# --- the ballot ---------------------------------------------------------------------------------------


def test_a_ballot_is_cast_once_and_gives_a_receipt(db):
    season = voting_season()

    receipt = deciding.cast_ballot(season.meeting, by=season.members[0], approved=[season.applications[0].pk] * 2)

    assert Ballot.objects.get(pk=receipt).approved == [season.applications[0].pk]
    assert Attendance.objects.filter(has_voted=True).get().member == season.members[0]
    with no_trace(season.meeting), pytest.raises(WrongState, match="您已经投过票，每人只投一次。原选票不变。"):
        deciding.cast_ballot(season.meeting, by=season.members[0], approved=[])
    assert Ballot.objects.count() == 1


def test_neither_ballot_nor_trail_tells_who_voted_how(db):
    season = voting_season()
    receipt = deciding.cast_ballot(season.meeting, by=season.members[0], approved=[season.applications[0].pk])

    line = AuditEvent.objects.first()
    assert (line.verb, line.actor_id) == ("cast_ballot", season.members[0].pk)
    assert (line.note, line.details, line.target_id) == ("", {}, str(season.meeting.pk))
    assert str(receipt) not in str(AuditEvent.objects.values_list())
    assert {field.name for field in Ballot._meta.fields} == {"receipt", "meeting", "approved"}


def test_a_ballot_names_candidates_only_and_no_more_than_the_quota(db):
    season = given.walk_to("voting", firms=2, members=1, quota="1", shortlist_per_place="2", **SMALL)
    pks = [application.pk for application in season.applications]

    for approved, words in [
        ([*pks], "最多同意 1 家，您选了 2 家。选票没有投出。"),
        ([pks[0] + 1000], "选票中有不在候选名单上的申报。选票没有投出。"),
    ]:
        with refused(words, untouched=[season.meeting]):
            deciding.cast_ballot(season.meeting, by=season.members[0], approved=approved)

    assert Ballot.objects.count() == 0


def test_only_those_who_attend_vote_and_only_while_the_vote_is_open(db):
    season = voting_season()
    check_duty(Permission.BALLOT_CAST, lambda by: deciding.cast_ballot(season.meeting, by=by, approved=[]))
    with no_trace(season.meeting), pytest.raises(PermissionDenied):
        deciding.cast_ballot(season.meeting, by=given.member(), approved=[])

    for state in ("called", "counted"):
        put(season.meeting, state)
        with no_trace(season.meeting), pytest.raises(WrongState):
            deciding.cast_ballot(season.meeting, by=season.members[0], approved=[])


# --- the count ----------------------------------------------------------------------------------------


def test_nothing_is_counted_before_everybody_voted(db):
    season = voting_season()
    deciding.cast_ballot(season.meeting, by=season.members[0], approved=[])

    with refused("还有 2 名出席评委没有投票，不能计票。", untouched=[season.meeting]):
        count(season)


def test_the_count_moves_every_candidate_on_and_keeps_its_arithmetic(db):
    season = voting_season(firms=3)
    vote(season, [0, 1], [0, 1], [0])

    meeting = count(season)

    assert states(season) == [State.PROPOSED, State.PROPOSED, State.NOT_PROPOSED]
    assert {key: meeting.result[key] for key in ("members", "attending", "quorum", "votes_needed", "quota")} == {
        "members": 3,
        "attending": 3,
        "quorum": "2/3",
        "votes_needed": "2/3",
        "quota": 10,
    }
    assert [(r["yes"], r["base"], r["needed"], r["passed"], r["proposed"]) for r in meeting.result["rows"]] == [
        (3, 3, 2, True, True),
        (2, 3, 2, True, True),
        (0, 3, 2, False, False),
    ]


def test_candidates_tied_across_the_line_wait_for_a_second_round_over_the_places_left(db):
    season = voting_season(firms=3, quota="2", shortlist_per_place="2", votes_needed="1/3")
    vote(season, [0, 1], [0, 2], [0])
    count(season)
    after_first = states(season)
    with clock.at(given.VOTE):
        season.meeting = deciding.call_meeting(
            season.edition, by=season.secretary, title="第二轮", held_on=given.VOTE.date(), members=season.members
        )
        deciding.open_vote(season.meeting, by=season.secretary)

    with refused("最多同意 1 家，您选了 2 家。选票没有投出。"):
        vote(season, [1, 2], [], [])
    vote(season, [1], [1], [2])
    count(season)

    assert after_first == [State.PROPOSED, State.SHORTLISTED, State.SHORTLISTED]
    assert states(season) == [State.PROPOSED, State.PROPOSED, State.NOT_PROPOSED]


def test_places_stay_vacant_when_nobody_is_approved(db):
    season = voting_season(firms=2)
    vote(season, [], [], [])

    count(season)

    assert states(season) == [State.NOT_PROPOSED, State.NOT_PROPOSED]
    assert state_of(season.meeting) == "counted"


# --- who sees what, and what the database refuses -----------------------------------------------------


def test_members_see_the_meetings_they_attend(db):
    season = voting_season()

    assert list(Meeting.objects.visible_to(season.members[0])) == [season.meeting]
    assert list(Meeting.objects.visible_to(season.secretary)) == [season.meeting]
    assert list(Meeting.objects.visible_to(given.member())) == []
    assert list(Meeting.objects.visible_to(season.experts[0])) == []


def test_the_database_refuses_two_meetings_at_a_time_and_doubled_seats(db):
    season = voting_season()

    with refused_by("one_meeting_at_a_time"):
        copy_of(season.meeting)
    with refused_by("attends_once"):
        copy_of(Attendance.objects.first())
