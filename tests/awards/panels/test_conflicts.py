"""A conflict found later: access ends at once, the sheet is set aside, those concerned are told."""

from threading import Event

import pytest
from django.core.exceptions import PermissionDenied

from awards.applications.models import Application
from awards.experts import actions as pooling
from awards.models import Assignment, Interest
from awards.panels import conflict_actions as following
from awards.panels.tasks import find_conflicts
from awards.reviews import actions as reviewing
from enterprises.models import AuditEvent, Membership
from foshan_quality.lib import clock
from foshan_quality.permissions import Relation
from tests import given
from tests.desk import act_url, office, record_url
from tests.steps import no_trace, put, refused
from tests.threads import PATIENCE, at_once, kinds, until, without_row_locks

enter = following.following_conflicts(pooling.enter_interest)


@pytest.fixture
def season(db):
    """One case with three experts; the head is through, the second is at it."""
    season = given.walk_to("panelled", firms=1)
    head, second, _third = season.experts
    with clock.at(given.REVIEW):
        given.score(seat_of(head))
        reviewing.declare_free(seat_of(second), by=second)
        yield season


def seat_of(expert):
    return Assignment.objects.get(expert=expert)


def tie_to(season, **changed):
    firm = season.applications[0].organisation
    facts = {"kind": "shares", "organisation_name": firm.name, "detail": "配偶持股 5%"}
    return facts | changed


def test_an_interest_declared_midway_ends_access_at_once_and_everybody_concerned_is_told(season):
    head, second, third = season.experts

    enter(second.expert, by=second, **tie_to(season))

    seat = seat_of(second)
    reason = f"{second}与申报单位有利害关系：持股。"
    assert (seat.state, seat.recusal_reason, seat.sheets.count()) == ("recused", reason, 1)
    assert not Application.objects.visible_to(second).exists()
    assert second.inbox.filter(kind="seat_ended").exists()
    assert head.inbox.filter(kind="panel_gap").count() == 1
    assert str(second) not in head.inbox.get(kind="panel_gap").text
    assert season.secretary.inbox.get(kind="seat_vacated").text.startswith(f"{second}退出 ")
    assert third.inbox.filter(kind="panel_gap").count() == 0
    line = AuditEvent.objects.get(verb="set_aside")
    assert (line.actor_id, line.before, line.after, line.note) == (second.pk, "sitting", "recused", reason)


def test_a_submitted_sheet_is_set_aside_and_kept_when_staff_enter_the_interest(season):
    head = season.experts[0]

    enter(head.expert, by=season.secretary, **tie_to(season, kind="kinship"))

    sheet = seat_of(head).sheets.get()
    assert (seat_of(head).state, sheet.total, sheet.marks.count()) == ("recused", 700, 23)


def test_an_interest_with_somebody_else_ends_nothing(season):
    second = season.experts[1]

    enter(second.expert, by=second, **tie_to(season, organisation_name="无关单位"))

    assert seat_of(second).state == "sitting"
    assert Interest.objects.count() == 1


def test_a_changed_employer_is_followed(season):
    second, firm = season.experts[1], season.applications[0].organisation
    enrol = following.following_conflicts(lambda record, **given: pooling.enrol_expert(record.user, **given))

    enrol(second.expert, by=season.secretary, employer=firm.name)

    assert seat_of(second).recusal_reason == f"{second}的工作单位就是申报单位。"


def test_a_member_who_joins_the_applicant_has_no_access_and_the_sweep_ends_the_seat(season):
    second, case = season.experts[1], season.applications[0]
    seat = seat_of(second)
    Membership.objects.create(organisation=case.organisation, user=second, role=Relation.READER)

    pages = [office(second).get(url).status_code for url in (record_url(seat), act_url(seat, "recuse"))]
    with no_trace(seat), pytest.raises(PermissionDenied):
        reviewing.save_marks(seat, by=second, marks={}, version=0)
    for _twice in range(2):
        find_conflicts()

    assert pages == [404, 404]
    assert (seat_of(second).state, seat_of(second).recusal_reason) == ("recused", f"{second}是申报单位在本平台的成员。")
    assert AuditEvent.objects.filter(verb="set_aside").count() == 1


def test_nobody_else_follows_conflicts(season):
    second = season.experts[1]

    for by in (season.experts[0], given.person()):
        with pytest.raises(PermissionDenied):
            following.follow_conflicts(second.expert, by=by)
        with pytest.raises(PermissionDenied):
            enter(second.expert, by=by, **tie_to(season))


def test_a_declaration_with_a_known_conflict_is_refused_at_the_case(season):
    third = season.experts[2]
    pooling.enter_interest(third.expert, by=season.secretary, **tie_to(season))

    with refused("shares", untouched=[seat_of(third)]):
        reviewing.declare_free(seat_of(third), by=third)


def test_stepping_back_tells_head_and_secretariat(season):
    head, second, _third = season.experts
    recuse = following.telling_of_gap(reviewing.recuse)

    recuse(seat_of(second), by=second, reason="曾提供咨询。")

    assert head.inbox.filter(kind="panel_gap").count() == 1
    assert season.secretary.inbox.filter(kind="seat_vacated").count() == 1


def test_an_early_end_of_the_season_ends_every_seat(season):
    second = season.experts[1]
    engagement = second.expert.engagements.get()

    following.with_its_seats(pooling.end_engagement)(engagement, by=season.secretary, reason="健康原因")

    assert (seat_of(second).state, seat_of(second).recusal_reason) == ("recused", "聘请终止：健康原因")


@pytest.mark.parametrize("state", ["publicity", "awarded"])
def test_access_ends_with_the_review_of_the_edition(season, state):
    head, second, _third = season.experts
    seats, case = [seat_of(head), seat_of(second)], season.applications[0]
    put(season.edition, state)

    for seat in seats:
        client = office(seat.expert)
        pages = [record_url(seat), f"/office/awards/assignment/{seat.pk}/sheet/", act_url(seat, "recuse")]
        assert [client.get(url).status_code for url in pages] == [302, 404, 404]  # to the own record
        assert not Assignment.objects.visible_to(seat.expert).exists()
        assert not Application.objects.visible_to(seat.expert).exists()
        assert not seat.expert.has_perm("awards.view_application", case)
        with no_trace(seat), pytest.raises(PermissionDenied):
            reviewing.recuse(seat, by=seat.expert, reason="理由")


# --- two at once --------------------------------------------------------------------------------------


@pytest.fixture
def marked(committed):
    """One case, one expert, every item marked and not submitted."""
    season = given.walk_to("panelled", firms=1, experts=1, experts_per_application="1")
    [seat] = season.applications[0].assignments.all()
    with clock.at(given.REVIEW):
        reviewing.declare_free(seat, by=seat.expert)
        codes = given.Item.objects.filter(category__rubric=season.edition.rubric).values_list("code", flat=True)
        reviewing.save_marks(seat, by=seat.expert, marks=dict.fromkeys(codes, (70, "好", "改")), version=0)
    return season


def submitting_and_declaring(season, monkeypatch):
    """The expert submits; once the seat is looked at, and before it is written, staff enter the conflict."""
    [seat] = season.applications[0].assignments.all()
    looked, entered, points_of = Event(), Event(), reviewing.points_of

    def hold(rubric):
        looked.set()
        until(entered)
        return points_of(rubric)

    def declare():
        looked.wait(PATIENCE)
        try:
            return enter(seat.expert.expert, by=season.secretary, **tie_to(season))
        finally:
            entered.set()

    monkeypatch.setattr(reviewing, "points_of", hold)
    return at_once(lambda: reviewing.submit_sheet(seat, by=seat.expert), declare)


def test_a_conflict_entered_while_the_sheet_is_submitted_ends_the_seat(marked, monkeypatch):
    assert kinds(submitting_and_declaring(marked, monkeypatch)) == ["done", "done"]
    assert Assignment.objects.get().state == "recused"


def test_twin_without_row_locks_the_submission_brings_the_seat_back(marked, monkeypatch):
    without_row_locks(monkeypatch)

    assert kinds(submitting_and_declaring(marked, monkeypatch)) == ["done", "done"]
    assert Assignment.objects.get().state == "submitted"  # with the conflict on record, the sheet counts


def seating_and_declaring(season, monkeypatch, newcomer):
    """An expert is put on a case; once looked at, and before the seat is there, the expert declares the conflict."""
    case, looked, entered, real = season.applications[0], Event(), Event(), reviewing._refuse_bad_panel

    def hold(*args):
        real(*args)
        looked.set()
        until(entered)

    def declare():
        looked.wait(PATIENCE)
        try:
            return enter(newcomer.expert, by=newcomer, **tie_to(season))
        finally:
            entered.set()

    monkeypatch.setattr(reviewing, "_refuse_bad_panel", hold)
    panel = [*season.experts, newcomer]
    seat = lambda: reviewing.set_panel(case, by=season.secretary, experts=panel, head=season.experts[0])  # noqa: E731
    return at_once(seat, declare)


def test_a_conflict_declared_while_the_panel_is_set_ends_the_new_seat(marked, monkeypatch):
    newcomer = given.expert()

    assert kinds(seating_and_declaring(marked, monkeypatch, newcomer)) == ["done", "done"]
    assert seat_of(newcomer).state == "recused"


def test_twin_without_row_locks_neither_sees_the_other(marked, monkeypatch):
    newcomer = given.expert()
    without_row_locks(monkeypatch)

    assert kinds(seating_and_declaring(marked, monkeypatch, newcomer)) == ["done", "done"]
    assert seat_of(newcomer).state == "assigned"  # until the next sweep
