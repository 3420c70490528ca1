"""What is left of a review that is over: no button that would be refused, a way on for its experts, a full account."""

import pytest
from django.urls import reverse

from awards.decisions import actions as deciding
from awards.models import Application, Consensus, Edition, Interest, ReviewPhase
from awards.reviews import actions as reviewing
from awards.site_visits import actions as visiting
from foshan_quality.lib import clock
from tests import given, phases
from tests.desk import buttons, list_url, office, record_url
from tests.kept import kept

OWN = "/office/own-reviews/"


@pytest.fixture
@kept
def season(db):
    """One case, agreed on, shortlisted and visited; the overall ranking is made."""
    season = phases.shortlisted()
    with clock.at(phases.VISIT):
        visit = phases.visited(season)
        visiting.lock(visit, by=visit.seats.get(is_head=True).expert)
        season.ranking = deciding.make_overall_ranking(season.edition, by=season.secretary)
    return season


def records(season):
    case = season.applications[0]
    return [Consensus.objects.get(), case.site_visit, case.assignments.first(), ReviewPhase.objects.first()]


def test_a_finished_record_offers_only_what_can_still_be_done_and_nothing_of_it_stands_out(season):
    pages = [office(season.secretary).get(record_url(record)) for record in records(season)]

    assert [buttons(season.secretary, record) for record in records(season)] == [
        [],  # shortlisted on what was agreed: it stays
        ["reopen_visit"],
        ["remove"],
        ["close_phase"],
    ]
    assert [page.context_data["main_act"] for page in pages] == [None] * 4
    Edition.objects.update(state="awarded"), Application.objects.update(state="honoured")
    assert [buttons(season.secretary, record) for record in records(season)] == [[]] * 4


def test_a_message_leads_an_expert_to_the_own_record_once_the_review_is_over(season):
    case, expert, stranger = season.applications[0], season.experts[0], given.pooled()
    links = [record_url(record) for record in records(season)[:3]]
    Edition.objects.update(state="awarded")

    ways = [office(expert).get(link, follow=True).redirect_chain for link in links]
    page = office(expert).get(links[0], follow=True).content.decode()

    assert ways == [[(OWN, 302)]] * 3
    assert {office(stranger).get(link).status_code for link in links} == {404}
    assert (case.number in page, "评审已结束" in page, "已按规定收回" in page) == (True, True, True)
    told = [str(case.assignments.get(expert=expert).sheets.get().total), case.organisation.name, str(season.experts[1])]
    assert [words for words in told if words in page] == []
    assert "我参加评审的记录" in office(expert).get(list_url(Consensus)).content.decode()
    assert office(season.secretary).get(OWN).status_code == 403


def test_who_left_a_case_is_led_on_and_who_has_yet_to_submit_is_not(season):
    consensus, member = Consensus.objects.get(), season.experts[1]
    seat = consensus.application.assignments.get(expert=member)
    type(seat).objects.filter(pk=seat.pk).update(state="sitting")

    assert office(member).get(record_url(consensus)).status_code == 404
    reviewing.recuse(seat, by=member, reason="近亲属在该单位任职。")
    assert office(member).get(record_url(consensus)).url == OWN
    assert Interest.objects.count() == 0


def test_a_place_is_explained_with_what_every_phase_made_of_it(season):
    case = season.applications[0]

    url = reverse("admin:awards_ranking_place", args=[season.ranking.pk, case.pk])
    page = office(season.secretary).get(url).content.decode()

    assert "4.1.2 高层领导的作用：各专家 90、50、40，均值 60.00%，定为 60%。核对了附件。" in page
    assert "4.5.2 过程的识别与设计：70%，定为 80%。现场与记录一致。" in page
    assert '80% <span class="quiet">40.00</span>' in page
    for score in (case.consensus.score, case.site_visit.score):
        assert f"<strong>{score}</strong>" in page
    assert "不去掉" in page
