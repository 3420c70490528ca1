"""Who must not judge a case must not visit it, from the moment it is known; and access ends with the season."""

from threading import Event

import pytest
from django.core.exceptions import PermissionDenied

from awards.applications.models import Application
from awards.experts import actions as pooling
from awards.models import Consensus, FeedbackReport, SiteVisit, VisitSeat
from awards.reviews import actions as reviewing
from awards.site_visits import actions as visiting
from awards.site_visits import conflict_actions as following
from awards.site_visits.tasks import find_conflicts
from enterprises.models import AuditEvent, Membership
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission, Relation
from tests import given, phases
from tests.desk import office, press, record_url
from tests.steps import no_trace, put
from tests.threads import PATIENCE, at_once, until

SHARES = {"kind": "shares", "detail": "配偶持股 5%"}


@pytest.fixture
def season(db):
    return phases.shortlisted(experts=3)


@pytest.fixture
def visit(season):
    with clock.at(phases.VISIT):
        yield phases.told(season)


def tie_to(visit):
    return SHARES | {"organisation_name": visit.application.organisation.name}


def sees(visit, expert):
    """What of the case is open to an expert: the visit, the dossier, the record to write in."""
    return (
        SiteVisit.objects.visible_to(expert).exists(),
        Application.objects.visible_to(expert).exists(),
        expert.has_perm(Permission.VISIT_WRITE, visit),
    )


def test_whoever_is_taken_off_the_panel_in_the_office_leaves_the_team(visit, season):
    head = visit.seats.get(is_head=True).expert
    seat = visit.application.assignments.get(expert=head)
    assert sees(visit, head) == (True, True, True)

    press(season.secretary, seat, "remove", reason="发现利害关系。")

    left = visit.seats.get(expert=head)
    assert (left.left_reason, left.is_head, sees(visit, head)) == ("发现利害关系。", False, (False, False, False))
    assert season.secretary.inbox.get(kind="visit_seat_vacated").text.startswith(f"{head}退出 ")
    assert head.inbox.filter(kind="seat_ended").exists()
    assert AuditEvent.objects.get(verb="end_visit_seat").actor_id == season.secretary.pk


def test_access_to_the_visit_is_gone_with_the_seat_on_the_panel_before_anybody_follows(visit, season):
    member = visit.seats.get(is_head=False).expert

    reviewing.remove(visit.application.assignments.get(expert=member), by=season.secretary, reason="发现利害关系。")

    assert sees(visit, member) == (False, False, False)
    assert office(member).get(record_url(visit)).status_code == 404
    with no_trace(visit), pytest.raises(PermissionDenied):
        visiting.add_evidence(visit, by=member, item="4.5.2", seen="试。")
    for _twice in range(2):
        find_conflicts()
    assert VisitSeat.objects.get(expert=member).left_reason == "发现利害关系。"
    assert AuditEvent.objects.filter(verb="end_visit_seat").count() == 1


def test_an_interest_entered_of_a_visitor_who_is_not_on_the_panel_ends_the_seat(season):
    new = given.expert()
    with clock.at(phases.VISIT):
        visit = phases.planned(season, experts=[season.experts[0], new])

        press(season.secretary, new.expert, "interest", organisation_name=tie_to(visit)["organisation_name"], **SHARES)

    assert (visit.seats.get(expert=new).left_reason, sees(visit, new)[0]) == (
        f"{new}与申报单位有利害关系：持股。",
        False,
    )
    assert visit.seats.get(expert=season.experts[0]).left_at is None


def test_only_the_expert_and_whoever_assigns_follows(visit):
    member = visit.seats.get(is_head=False).expert

    for by in (visit.seats.get(is_head=True).expert, given.person()):
        with pytest.raises(PermissionDenied):
            following.follow(member.expert, by=by)


def test_a_visitor_who_joins_the_applicant_sees_nothing_as_a_visitor(visit):
    member = visit.seats.get(is_head=False).expert
    Membership.objects.create(organisation=visit.application.organisation, user=member, role=Relation.READER)

    assert not SiteVisit.objects.visible_to(member).exists()
    assert not member.has_perm(Permission.VISIT_WRITE, visit)


@pytest.mark.parametrize("state", ["publicity", "awarded"])
def test_visit_and_consensus_close_with_the_review_and_the_head_goes_on_with_the_feedback(visit, season, state):
    head = visit.seats.get(is_head=True).expert
    consensus, report = visit.application.consensus, phases.report(season)
    assert Consensus.objects.visible_to(head).exists()
    put(season.edition, state)
    for record in (visit, consensus, report):
        record.application.edition.refresh_from_db()

    pages = [office(head).get(record_url(record)).status_code for record in (visit, consensus, report)]

    assert (pages, sees(visit, head)) == ([302, 302, 200], (False, False, False))
    assert not head.has_perm(Permission.CONSENSUS_LEAD, consensus)
    assert not head.has_perm(Permission.CONSENSUS_ANSWER, consensus)
    assert FeedbackReport.objects.visible_to(head).get() == report


# --- two at once --------------------------------------------------------------------------------------


def setting_a_team_and_declaring(season, visit, new, monkeypatch):
    """The team is set; once conflicts are asked for, and before it is written, one is entered."""
    asked, entered, real = Event(), Event(), visiting._refuse_bad_team

    def hold(*args):
        real(*args)
        asked.set()
        until(entered)

    def declare():
        asked.wait(PATIENCE)
        try:
            enter = following.following_to_visits(pooling.enter_interest)
            return enter(new.expert, by=season.secretary, **tie_to(visit))
        finally:
            entered.set()

    monkeypatch.setattr(visiting, "_refuse_bad_team", hold)
    at_once(lambda: visiting.set_team(visit, by=season.secretary, experts=[new], head=new), declare)
    return VisitSeat.objects.get(expert=new)


@pytest.fixture
def one(committed):
    with clock.at(phases.VISIT):
        season = phases.shortlisted(experts=1, rules={"experts_per_application": "1"})
        yield season, phases.planned(season), given.expert()


def test_a_conflict_entered_while_the_team_is_set_ends_the_seat(one, monkeypatch):
    assert setting_a_team_and_declaring(*one, monkeypatch).left_at


def test_twin_without_the_lock_on_the_expert_somebody_with_a_conflict_visits(one, monkeypatch):
    monkeypatch.setattr(visiting, "lock_experts", lambda users: None)

    assert setting_a_team_and_declaring(*one, monkeypatch).left_at is None
