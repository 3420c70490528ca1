"""A place freed after the notice: the committee may vote again where the rules allow it; nobody moves up by itself."""

from datetime import timedelta

import pytest
from django.urls import reverse

from awards.applications.progress import standing
from awards.applications.queries import standing_of
from awards.decisions import attendance_actions as attending
from awards.decisions import calling_actions as calling
from awards.decisions import meeting_actions as sitting
from awards.decisions.meeting_forms import votable
from awards.models import Edition, Honour
from awards.process import State
from awards.publicity import actions as publicising
from awards.resolutions import actions as resolving
from awards.resolutions.queries import awaiting_a_supplement, waiting
from foshan_quality.lib import clock
from tests import given
from tests.desk import office
from tests.steps import refused, state_of

SMALL = {"firms": 3, "experts": 1, "members": 1, "experts_per_application": "1", "quota": "2"}
AGAIN = given.AFTER_NOTICE + timedelta(days=1)
NO_PLACE = "公示之后没有空出的名额，不需要再次表决。第一次表决空缺的名额保持空缺。没有改动任何内容。"
NO_RULE = "本届规则没有规定公示后空出的名额可以再次表决，名额空缺。没有改动任何内容。"
SECOND_NOTICE = given.AFTER_NOTICE + timedelta(days=2)
AFTER_SECOND = given.AFTER_NOTICE + timedelta(days=20)


def walk(**rules):
    """Three shortlisted for two places; two on notice, one of them struck by an objection."""
    season = given.walk_to("voting", **SMALL, **rules)
    season.kept, season.struck, season.left = season.applications
    with clock.at(given.VOTE):
        _vote(season.meeting, season, [season.kept, season.struck])
    given.WALK["publicised"](season)
    objection = given.objection_to(season.struck, season.notice)
    given.decided(objection, "upheld", by=season.secretary, second=season.second)
    season.edition.refresh_from_db()
    return season


@pytest.fixture
def season(db):
    return walk(another_vote="是")


def _vote(meeting, season, approved):
    sitting.cast_ballot(meeting, by=season.members[0], approved=[application.pk for application in approved])
    return sitting.release_result(sitting.count_votes(meeting, by=season.secretary), by=season.second)


def call(season):
    meeting = sitting.call_meeting(
        season.edition, by=season.secretary, title="再次表决", held_on=clock.today(), starts_at=None
    )
    return attending.take_attendance(meeting, by=season.secretary, marks={season.members[0].pk: ("present", "")})


def states(season):
    return [state_of(application) for application in (season.kept, season.struck, season.left)]


def test_the_freed_place_is_voted_on_publicised_and_approved_on_its_own(season):
    with clock.at(given.AFTER_NOTICE):
        resolving.confirm(given.resolution_of(season), by=season.second)
    with clock.at(AGAIN):
        meeting = sitting.open_vote(call(season), by=season.secretary)
        vote = meeting.rounds.get()
        _vote(meeting, season, [season.left])

    assert (vote.places, [row["application"] for row in vote.candidates]) == (1, [season.left.pk])
    assert states(season) == [State.HONOURED, State.STRUCK, State.PROPOSED]

    season.edition.refresh_from_db()
    with clock.at(SECOND_NOTICE):
        draft = publicising.draft_notice(season.edition, by=season.secretary)
        released = publicising.publish(draft, by=season.second)

        assert [row["application"] for row in released.names] == [season.left.pk]
        assert released.title.endswith("（补充）")
        assert state_of(season.edition) == Edition.State.AWARDED
        assert [reason for _a, reason in waiting(season.edition)] == [f"公示中，至 {released.last_day}"]
        assert list(awaiting_a_supplement(season.edition.resolutions)) == []
        season.left.refresh_from_db()
        assert standing_of(season.left).words == "公示中"
        with refused("window", untouched=[season.edition]):
            given.resolution_of(season, number="佛府〔2026〕21号", names=[season.left.organisation.name])
    with clock.at(AFTER_SECOND):
        assert [reason for _a, reason in waiting(season.edition)] == ["待补充批准"]
        assert awaiting_a_supplement(season.edition.resolutions).count() == 1
        facts = {"number": "佛府〔2026〕21号", "issued_on": AFTER_SECOND.date()}
        entered = given.resolution_of(season, names=[season.left.organisation.name], **facts)
        resolving.confirm(entered, by=season.second)

    assert states(season) == [State.HONOURED, State.STRUCK, State.HONOURED]
    assert Honour.objects.count() == 2


def test_before_its_notice_the_applicant_reads_what_the_first_notice_said(season):
    seen = {standing(state, is_released=True).words for state in (State.SHORTLISTED, State.PROPOSED)}

    assert seen == {standing(State.NOT_PROPOSED, is_released=True).words} == {"未列入拟奖名单"}


def test_a_meeting_that_comes_to_nothing_leaves_everybody_where_they_were(season):
    with clock.at(AGAIN):
        meeting = call(season)

        assert states(season)[2] == State.SHORTLISTED
        page = office(season.secretary).get(reverse("admin:awards_meeting_change", args=[meeting.pk]))
        assert "公示后空出的名额再次表决，最多 1 家" in page.content.decode()
        calling.cancel_meeting(meeting, by=season.secretary, reason="另行安排")
        assert states(season)[2] == State.NOT_PROPOSED
        nobody = sitting.call_meeting(season.edition, by=season.secretary, title="再次表决", held_on=clock.today())
        sitting.close_meeting(nobody, by=season.secretary)

    assert states(season)[2] == State.NOT_PROPOSED


def test_the_place_stays_vacant_where_the_vote_says_no_and_can_be_voted_on_no_more_than_it_is_free(season):
    with clock.at(AGAIN):
        _vote(sitting.open_vote(call(season), by=season.secretary), season, [])
        assert states(season)[2] == State.NOT_PROPOSED
        _vote(sitting.open_vote(call(season), by=season.secretary), season, [season.left])

        with refused(NO_PLACE, untouched=[season.edition]):
            call(season)


def test_without_the_rule_nothing_is_voted_on_again(db):
    season = walk()

    with clock.at(AGAIN), refused(NO_RULE, untouched=[season.edition]):
        call(season)
    assert list(votable()) == []


def test_a_place_the_committee_left_vacant_stays_vacant(db):
    season = given.walk_to("voting", **SMALL, another_vote="是")
    season.kept, *_others = season.applications
    with clock.at(given.VOTE):
        _vote(season.meeting, season, [season.kept])
    given.WALK["publicised"](season)
    season.edition.refresh_from_db()

    with clock.at(AGAIN), refused(NO_PLACE, untouched=[season.edition]):
        call(season)
