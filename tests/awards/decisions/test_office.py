"""Ranking, shortlist and the secret ballot as pages."""

import pytest

from awards.decisions.actions import call_meeting, open_vote, record_recusal
from awards.models import Ballot, Meeting, Ranking
from awards.process import State
from foshan_quality.lib import clock
from tests import given
from tests.desk import act_url, begin_url, buttons, errors, office, press, record_url

pytestmark = pytest.mark.django_db


def ballot_url(meeting):
    return f"/office/awards/meeting/{meeting.pk}/ballot/"


@pytest.fixture
def season(db):
    """The vote is open on two firms, three members attend."""
    return given.walk_to("voting", firms=2)


def test_a_ranking_is_refused_while_a_sheet_is_missing_and_names_the_cases():
    season = given.walk_to("panelled", firms=1)

    answer = office(season.secretary).post(begin_url(Ranking, "make"), {"edition": season.edition.pk})

    number = season.applications[0].number
    assert answer.status_code == 409
    assert errors(answer) == [f"{number} 已评 0／应评 3，评分未齐，不能排名。"]


def test_the_ranking_shows_every_place_and_makes_the_shortlist_once():
    season = given.walk_to("ranked", firms=2)

    page = office(season.secretary).get(record_url(season.ranking)).content.decode()
    assert buttons(season.secretary, season.ranking) == ["shortlist"]
    press(season.secretary, season.ranking, "shortlist", note="")

    assert [a.number in page and a.organisation.name in page for a in season.applications] == [True, True]
    assert " ".join(['<span class="total">850.00</span>'] * 3) in page
    assert {a.state for a in season.applications} == {State.SHORTLISTED}
    assert buttons(season.secretary, season.ranking) == []


def test_the_ballot_is_looked_at_again_before_it_is_cast(season):
    client, chosen = office(season.members[0]), season.applications[0]

    look = client.post(ballot_url(season.meeting), {"approved": [chosen.pk], "look": ""})
    assert "同意 1 家" in look.content.decode()
    assert not Ballot.objects.exists()
    back = client.post(ballot_url(season.meeting), {"approved": [chosen.pk], "change": ""}).content.decode()
    assert f'value="{chosen.pk}" id="choice-{chosen.pk}" checked' in back


def test_the_receipt_is_shown_once_and_a_second_ballot_is_refused(season):
    client = office(season.members[0])
    paper = {"approved": [season.applications[0].pk], "cast": ""}

    cast = client.post(ballot_url(season.meeting), paper)
    again = client.post(ballot_url(season.meeting), paper)

    ballot = Ballot.objects.get()
    assert str(ballot.receipt) in cast.content.decode()
    assert "no-store" in cast["Cache-Control"]
    assert again.status_code == 409
    assert "您已经投过票" in again.content.decode()
    for person in (season.members[0], season.secretary):
        assert str(ballot.receipt) not in office(person).get(record_url(season.meeting)).content.decode()


def test_an_empty_ballot_is_a_vote(season):
    office(season.members[0]).post(ballot_url(season.meeting), {"cast": ""})

    assert Ballot.objects.get().approved == []


def test_the_page_says_who_has_voted_and_never_what(season):
    given_to = season.applications[0]
    office(season.members[0]).post(ballot_url(season.meeting), {"approved": [given_to.pk], "cast": ""})

    page = office(season.secretary).get(record_url(season.meeting))

    seats = {str(seat.member): seat.has_voted for seat in page.context_data["seats"]}
    assert seats == {str(member): member == season.members[0] for member in season.members}
    assert "已投 1／应投 3" in page.content.decode()


def test_a_member_recused_on_a_firm_finds_it_barred_with_the_reason():
    season = given.walk_to("shortlisted", firms=2)
    members = [given.member() for _ in range(3)]
    with clock.at(given.VOTE):
        meeting = call_meeting(
            season.edition, by=season.secretary, title="会议", held_on=given.VOTE.date(), members=members
        )
        barred = season.applications[0]
        record_recusal(meeting, by=season.secretary, member=members[0], application=barred, reason="曾任职")
        open_vote(meeting, by=season.secretary)
    client = office(members[0])

    page = client.get(ballot_url(meeting)).content.decode()
    forced = client.post(ballot_url(meeting), {"approved": [barred.pk], "cast": ""})

    assert f'id="choice-{barred.pk}" disabled' in page
    assert "您已回避，不参加这一项表决：曾任职" in page
    assert forced.status_code == 409
    assert not Ballot.objects.exists()


def test_only_attending_members_vote(season):
    url = ballot_url(season.meeting)

    assert office(season.secretary).get(url).status_code == 403
    assert office(given.member()).get(url).status_code == 404
    assert office(given.expert()).post(url, {"cast": ""}).status_code == 403


def test_votes_are_counted_only_when_all_are_in_and_the_result_is_a_table(season):
    early = office(season.secretary).post(act_url(season.meeting, "count"))
    for member in season.members:
        approved = [a.pk for a in season.applications]
        office(member).post(ballot_url(season.meeting), {"approved": approved, "cast": ""})
    press(season.secretary, season.meeting, "count")

    page = office(season.secretary).get(record_url(season.meeting)).content.decode()

    assert (early.status_code, errors(early)) == (409, ["还有 3 名出席评委没有投票，不能计票。"])
    assert page.count("列为拟奖</span>") == 2
    assert all(str(ballot.receipt) in page for ballot in Ballot.objects.all())


def test_a_vote_below_the_quorum_does_not_open():
    season = given.walk_to("shortlisted", firms=1)
    members = [given.member() for _ in range(3)]
    with clock.at(given.VOTE):
        meeting = call_meeting(
            season.edition, by=season.secretary, title="会议", held_on=given.VOTE.date(), members=members[:1]
        )

    answer = office(season.secretary).post(act_url(meeting, "open_vote"))

    assert answer.status_code == 409
    assert errors(answer) == ["全体评委 3 人，出席 1 人，未达到 2/3 的法定人数，不能投票。"]
    assert Meeting.objects.get().state == Meeting.State.CALLED
