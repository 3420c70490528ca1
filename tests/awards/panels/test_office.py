"""Panels and seasons in the office: the grid, a proposal from asking to applying, an expert's own season."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from awards.models import Assignment, Engagement, PanelProposal
from awards.panels.tasks import draw_proposal
from enterprises.models import AuditEvent
from foshan_quality.lib import clock
from tests import given
from tests.desk import act_url, begin, buttons, errors, list_url, nothing_to_declare, office, press, record_url
from tests.steps import put

GRID = "/office/awards/panelproposal/grid/"
LIST = "/office/awards/panelproposal/list/"


@pytest.fixture
def season(db):
    season = given.walk_to("in_review", firms=3)
    with clock.at(given.REVIEW):
        season.experts = [given.expert() for _ in range(4)]
        yield season


def text_of(user, url):
    return office(user).get(url).content.decode()


def queries_of(client, url):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_a_proposal_goes_from_asking_to_seats_through_the_office(season):
    by = season.secretary
    proposal = begin(by, PanelProposal, "propose", edition=season.edition.pk, seed=7)
    assert "正在后台计算" in text_of(by, record_url(proposal))
    draw_proposal(proposal.pk)

    page = text_of(by, record_url(proposal))
    press(by, proposal, "apply", seen=PanelProposal.objects.get().digest)

    assert ("每人件数" in page, "HiGHS" in page, "方案已失效" in page) == (True, True, False)
    assert Assignment.objects.count() == 9
    assert buttons(by, proposal) == []


def test_a_proposal_without_ground_is_said_to_hold_no_more_and_is_refused(season):
    by = season.secretary
    proposal = begin(by, PanelProposal, "propose", edition=season.edition.pk, seed=7)
    draw_proposal(proposal.pk)
    given.expert()

    page = text_of(by, record_url(proposal))
    answer = office(by).post(act_url(proposal, "apply"), {"seen": PanelProposal.objects.get().digest})

    assert "方案已失效" in page
    assert answer.status_code == 409
    assert errors(answer)[0].startswith("方案算出之后")


def test_the_grid_says_who_sits_who_must_not_and_what_lacks(season):
    case = season.applications[0]
    rival = given.expert(employer=case.organisation.name)
    given.reviewing.set_panel(case, by=season.secretary, experts=season.experts[:3], head=season.experts[0])

    page = text_of(season.secretary, GRID)

    assert f"{season.experts[0]}（组长）" in page
    assert f"{case.number} · {rival}：{rival}的工作单位就是申报单位。" in page
    assert page.count("尚未分配") == 2
    assert season.applications[0].number not in text_of(season.secretary, f"{GRID}?only=short")


def test_the_grid_and_a_proposal_cost_the_same_for_one_case_and_for_three(season):
    client = office(season.secretary)
    proposal = begin(season.secretary, PanelProposal, "propose", edition=season.edition.pk, seed=7)
    draw_proposal(proposal.pk)
    pages = [GRID, record_url(proposal), list_url(Engagement), list_url(season.experts[0].expert.__class__)]
    client.get(record_url(proposal))  # content types are read once a process
    three = [queries_of(client, page) for page in pages]
    for case in season.applications[1:]:
        put(case, "refused")
    Engagement.objects.exclude(expert__user=season.experts[0]).update(state="ended", reason="无")

    one = [queries_of(client, page) for page in pages]

    assert one == three == [14, 12, 7, 5]


def test_the_list_goes_out_with_a_line_in_the_trail(season):
    answer = office(season.secretary).get(LIST)

    assert answer["Content-Disposition"].startswith('attachment; filename="panels-')
    assert season.applications[0].number in answer.content.decode()
    assert AuditEvent.objects.latest("seq").verb == "export_panels"


def test_an_expert_answers_signs_and_declares_before_anything_opens(season):
    user = given.pooled()
    begin(
        season.secretary,
        Engagement,
        "invite",
        edition=season.edition.pk,
        experts=[user.expert.pk],
        answer_by="2027-01-31T18:00",
    )
    own = Engagement.objects.get(expert__user=user)
    offered = [buttons(user, own)]
    press(user, own, "accept_invitation", days=5)
    offered.append(buttons(user, own))
    page = text_of(user, act_url(own, "sign_pledge"))
    press(user, own, "sign_pledge", version=1, signed_name=user.name)
    offered.append(buttons(user, own))
    names = text_of(user, act_url(own, "declare_interests"))
    press(user, own, "declare_interests", **nothing_to_declare(season.edition))

    assert offered == [
        ["accept_invitation", "decline_invitation"],
        ["sign_pledge", "interest"],
        ["declare_interests", "interest"],
    ]
    assert "承诺保密。" in page
    assert all(case.organisation.name in names for case in season.applications)
    assert Engagement.objects.cleared().filter(pk=own.pk).exists()


def test_an_interest_declared_on_the_own_page_ends_the_case_at_once(season):
    case, expert = season.applications[0], season.experts[1]
    given.reviewing.set_panel(case, by=season.secretary, experts=season.experts[:3], head=season.experts[0])
    seat = case.assignments.get(expert=expert)
    press(expert, seat, "declare_free")
    own = Engagement.objects.get(expert__user=expert)

    press(expert, own, "interest", kind="kinship", organisation_name=case.organisation.name, detail="配偶任职。")

    assert Assignment.objects.get(pk=seat.pk).state == "recused"
    assert office(expert).get(f"/office/awards/assignment/{seat.pk}/sheet/").status_code == 403


def test_an_expert_is_replaced_from_the_task(season):
    case = season.applications[0]
    given.reviewing.set_panel(case, by=season.secretary, experts=season.experts[:3], head=season.experts[0])
    seat = case.assignments.get(expert=season.experts[1])

    press(season.secretary, seat, "replace", expert=season.experts[3].pk, reason="出国")

    assert set(case.assignments.sitting().values_list("expert", flat=True)) == {
        season.experts[place].pk for place in (0, 2, 3)
    }


def test_my_work_shows_an_expert_what_comes_before_the_cases(season):
    user = given.pooled()
    given.engaged(user, season.edition, is_bound=False)

    page = text_of(user, "/office/")

    assert "保密承诺书待签署" in page
