"""Every page about a case is reached from where its reader looks, and a dossier put aside can be tried again."""

import pytest

from awards.models import ReadingCopy
from awards.reviews.reading_actions import queue_copy, retry_copy
from awards.workflow import WrongState
from enterprises.models import AuditEvent
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission
from tests import given, phases
from tests.desk import buttons, list_url, office, press, record_url
from tests.steps import check_duty, no_trace


def links(user, record):
    return [url for _label, url in office(user).get(record_url(record)).context_data["links"]]


def test_the_case_leads_to_consensus_visit_and_feedback_and_they_lead_back(db):
    season = phases.shortlisted(experts=3)
    with clock.at(phases.VISIT):
        visit, report = phases.told(season), phases.report(season)
    case, later = visit.application, [visit.application.consensus, visit, report]
    head = visit.seats.get(is_head=True).expert
    member, outsider = season.experts[1], season.experts[2]
    seats = {seat.expert: seat for seat in case.assignments.all()}

    assert [url for url in links(season.secretary, case) if url in map(record_url, later)] == [*map(record_url, later)]
    assert [record_url(case) in links(season.secretary, record) for record in later] == [True] * 3
    for expert, open_to in ((head, later), (member, later[:2]), (outsider, later[:1])):
        assert [url for url in links(expert, seats[expert]) if url in map(record_url, later)] == [
            *map(record_url, open_to)
        ]
        assert [record_url(seats[expert]) in links(expert, record) for record in open_to] == [True] * len(open_to)


@pytest.fixture
def parked(db):
    season = given.walk_to("panelled", firms=1)
    case = season.applications[0]
    queue_copy(case)
    ReadingCopy.objects.update(state="parked", attempts=5)
    return season, case


def test_a_dossier_put_aside_is_shown_to_staff_and_tried_again(parked):
    season, case = parked
    waiting = office(season.secretary).get(list_url(type(case), todo="copy")).context_data["cl"].result_list
    assert ([*waiting], "retry_copy" in buttons(season.secretary, case)) == ([case], True)

    press(season.secretary, case, "retry_copy")

    copy = ReadingCopy.objects.get()
    assert (copy.state, copy.attempts) == ("queued", 0)
    assert AuditEvent.objects.get(verb="retry_reading_copy").actor_id == season.secretary.pk
    assert "retry_copy" not in buttons(season.secretary, case)


def test_only_what_was_put_aside_is_tried_again_and_only_by_whoever_assigns(parked):
    season, case = parked
    check_duty(Permission.REVIEW_ASSIGN, lambda by: retry_copy(case, by=by))
    ReadingCopy.objects.update(state="queued")

    with no_trace(ReadingCopy.objects.get()), pytest.raises(WrongState):
        retry_copy(case, by=season.secretary)
