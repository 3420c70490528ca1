"""What leaders see: every figure equals the list it opens, and nobody else sees any of it."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from awards.dashboard import board, figures, queries
from awards.models import Budget, Disbursement, Entitlement, Honour, Objection
from awards.subsidies import actions as paying
from awards.subsidies.clawbacks.models import Clawback
from enterprises.audit.models import AuditEvent
from enterprises.models import User
from foshan_quality.lib import clock
from foshan_quality.permissions import Role
from tests import given
from tests.kept import kept

pytestmark = pytest.mark.django_db


@pytest.fixture
def leader(client):
    user = given.leader()
    client.force_login(user)
    return user


def page(client, name="dashboard", *args, status=200, **query):
    answer = client.get(reverse(name, args=args, query=query or None))
    assert answer.status_code == status
    return answer.content.decode()


def counted(text):
    """The number a list page says it holds."""
    return int(re.search(r"共 <strong>(\d+)</strong>", text)[1])


def special(*, amount="10000000", by=None):
    """A special payment for a national award, waiting for a leader."""
    organisation, maker = given.organisation(), by or given.maker()
    with clock.at(given.AFTER_NOTICE):
        honour = given.recorded_honour(organisation, source="中国质量奖公告")
        return paying.entitle(honour, by=maker, amount=amount, document="市政府会议纪要〔2021〕9号", reason="佛山首个")


@pytest.fixture
@kept
def settled(db):
    """One payment made, one returned, one only prepared. Named before `leader`: who signs in has written."""
    season, maker, checker = given.walk_to("honoured", firms=3), given.maker(), given.checker()
    budget, robot = given.budget(), User.objects.robot()
    payments = []
    for honour in season.resolution.honours.order_by("pk"):
        given.bank_account(honour.organisation)
        payments.append(paying.prepare(paying.entitle(honour, by=maker), by=maker, budget=budget))
    for payment in payments[:2]:
        given.approved_payment(payment, by=checker)
    given.sent(*payments[:2])
    paying.settle(payments[0], by=robot, day=clock.today())
    paying.bounce(payments[1], by=robot, day=clock.today(), reason="账号有误")


@pytest.fixture
def certified(db):
    return given.walk_to("certified", firms=3)


@pytest.fixture
def publicised(db):
    return given.walk_to("publicised")


@pytest.fixture
def scored(db):
    return given.walk_to("scored", firms=2)


# --- who may look -------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.LEADER, Role.SECRETARIAT}])
def test_nobody_without_the_duty_sees_any_of_it(client, edition, role):
    entitlement = special()
    client.force_login(given.person("别人", role, district_code="440605"))

    addresses = [
        reverse("dashboard"),
        reverse("dashboard_list", args=[edition.pk, "submitted"]),
        reverse("dashboard_payments", args=[2026, "paid"]),
        reverse("entitlement_authorise", args=[entitlement.pk]),
    ]
    assert [client.get(address).status_code for address in addresses] == [403] * 4


def test_the_public_is_asked_to_sign_in(client):
    answer = client.get(reverse("dashboard"))

    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


def test_the_secretariat_sees_the_figures_but_may_not_authorise(client, secretary):
    entitlement = special()
    client.force_login(secretary)

    address = reverse("entitlement_authorise", args=[entitlement.pk])
    assert address not in page(client)
    assert client.get(address).status_code == 403
    assert client.post(address, {"decision": "authorise"}).status_code == 403


# --- figures ------------------------------------------------------------------------------------------


def test_before_the_first_season_the_page_says_so(client, leader):
    text = page(client)

    assert "还没有公告的届次" in text
    assert "还没有录入资金预算" in text


def test_every_figure_is_the_length_of_the_list_it_opens(certified, client, leader):
    said = board.season(certified.edition)

    opened = [(f["value"], counted(client.get(f["url"]).content.decode())) for f in said["figures"]]
    for block in (said["funnel"], said["districts"], said["industries"]):
        opened += [(count, counted(client.get(url).content.decode())) for _label, count, url in block["rows"]]
    assert [pair for pair in opened if pair[0] != pair[1]] == []
    assert [f["value"] for f in said["figures"]] == [3, 3, 3, 3, 0]


def test_open_objections_are_counted_without_naming_the_objector(publicised, client, leader):
    with clock.at(given.NOTICE):
        given.publicising.object_to(
            publicised.notice,
            application=publicised.applications[0],
            objector="金丝雀",
            contact="金丝雀",
            grounds="金丝雀",
        )

    said = {f["slug"]: f["value"] for f in board.season(publicised.edition)["figures"]}
    text = page(client, "dashboard_list", publicised.edition.pk, "objections")

    assert said["objections"] == counted(text) == 1
    assert Objection.objects.get().receipt in text
    assert "金丝雀" not in text + page(client)


def test_a_draft_is_counted_but_not_named(draft, client, leader):
    text = page(client, "dashboard_list", draft.edition.pk, "started")

    assert counted(text) == 1
    assert draft.organisation.name not in text
    assert "尚未提交，不显示名称" in text


def test_the_scores_stay_shut_until_there_is_a_ranking(scored, client, leader):
    shut = page(client)
    given.deciding.make_ranking(scored.edition, by=scored.secretary)
    open_page = page(client)

    assert "评分尚未揭晓" in shut
    assert "850.00" not in shut
    assert "最高 850.00，中位数 825.00，最低 800.00" in open_page


def test_the_chart_is_an_svg_with_a_table_and_nothing_inline(submitted, client, leader):
    text = page(client)

    assert '<svg class="chart"' in text
    assert "<style" not in text
    assert "style=" not in text
    assert "<script>" not in text


def test_an_edition_is_chosen_and_a_strange_one_ignored(edition, secretary, client, leader):
    newer = given.open_edition(by=secretary)

    assert f"<h1>{newer}</h1>" in page(client)
    assert f"<h1>{edition}</h1>" in page(client, edition=edition.pk)
    assert f"<h1>{newer}</h1>" in page(client, edition="x")


def test_an_edition_in_preparation_is_not_there(secretary, client, leader):
    hidden = given.prepared_edition(by=secretary)

    page(client, "dashboard_list", hidden.pk, "submitted", status=404)
    assert str(hidden) not in page(client)


def test_a_figure_that_does_not_exist_is_404(edition, client, leader):
    page(client, "dashboard_list", edition.pk, "secrets", status=404)
    page(client, "dashboard_payments", 1999, "paid", status=404)


# --- money --------------------------------------------------------------------------------------------


def test_who_lost_the_honour_is_marked_among_those_who_won_it(certified, client, leader):
    Honour.objects.filter(pk=Honour.objects.latest("pk").pk).update(revoked_on=date(2026, 9, 1))

    for figure in ("honoured", "certificates"):
        assert page(client, "dashboard_list", certified.edition.pk, figure).count("荣誉已撤销") == 1


def test_every_sum_is_the_sum_of_the_list_it_opens(settled, client, leader):
    said = {s["slug"]: s for s in board.money(2026)["sums"]}

    for slug, kind in figures.PAYMENTS.items():
        text = client.get(said[slug]["url"]).content.decode()
        exact = sum(Disbursement.objects.filter(state__in=kind.states).values_list("amount", flat=True))
        assert f"{exact:,.2f} 元" in text
        assert said[slug]["value"] == figures.wan(exact)
        assert said[slug]["count"] == counted(text)
    assert [str(s["value"]) for s in said.values()] == ["100.00", "100.00", "100.00", "0.00", "0.00"]


def test_what_is_owed_back_and_what_has_come_back_are_the_sums_of_the_lists_they_open(settled, client, leader):
    paid = Disbursement.objects.get(state="paid")
    owed = {"owed": paid.amount, "received": "400000", "due_on": date(2026, 12, 1), "document": "某决定"}
    Clawback.objects.create(disbursement=paid, opened_by=paid.prepared_by, **owed)

    said = {s["slug"]: s for s in board.money(2026)["sums"]}

    for slug, exact in (("owed", "1,000,000.00"), ("recovered", "400,000.00")):
        text = client.get(said[slug]["url"]).content.decode()
        assert f'{figures.RECOVERIES[slug].label}合计 <strong class="number">{exact} 元' in text
        assert "2026-12-01" in text
    assert [str(said[slug]["value"]) for slug in ("owed", "recovered")] == ["100.00", "40.00"]
    assert "100.00" in page(client)


def test_what_is_reserved_is_what_the_books_say(settled):
    listed = figures.total(queries.payments(2026, "reserved"))
    assert listed == Budget.objects.get().reserved == Decimal("1000000.00")


def test_money_is_shown_in_wan_with_two_decimals_and_without_accounts(settled, client, leader):
    text = page(client) + page(client, "dashboard_payments", 2026, "paid")

    assert "奖励资金（万元）" in text
    assert "2,000.00" in text
    assert "1,900.00" in text
    assert "6222000000001234" not in text
    assert not re.search(r"\b1234\b", text)


def test_returned_payments_ask_for_attention(settled, client, leader):
    assert "1 笔拨付被退汇。" in page(client)


# --- queries ------------------------------------------------------------------------------------------


def test_the_page_costs_the_same_at_any_size(edition, client, leader, django_assert_num_queries):
    for size in (1, 3):
        for _ in range(size):
            given.submitted(given.complete_draft(edition, given.organisation()))
            special()
            given.budget()
        with django_assert_num_queries(13):
            page(client)


def test_a_list_costs_the_same_at_any_size(edition, client, leader, django_assert_num_queries):
    for size in (1, 3):
        for _ in range(size):
            given.submitted(given.complete_draft(edition, given.organisation()))
        with django_assert_num_queries(5):
            page(client, "dashboard_list", edition.pk, "submitted")


# --- authorising --------------------------------------------------------------------------------------


def test_a_leader_sees_the_sum_beside_the_table(client, leader):
    text = page(client, "entitlement_authorise", special().pk)

    facts = ["10,000,000.00 元", "人民币壹仟万元整", "2,000,000.00 元", "市政府会议纪要〔2021〕9号", "佛山首个"]
    assert [fact for fact in facts if fact not in text] == []


def test_a_leader_authorises_and_it_is_on_the_trail(client, leader):
    entitlement = special()

    answer = client.post(reverse("entitlement_authorise", args=[entitlement.pk]), {"decision": "authorise"})

    entitlement.refresh_from_db()
    assert answer.url == reverse("dashboard")
    assert (entitlement.state, entitlement.authorised_by) == (Entitlement.State.READY, leader)
    assert AuditEvent.objects.latest("seq").verb == "authorise"


def test_a_leader_declines_with_a_reason(client, leader):
    entitlement = special()
    address = reverse("entitlement_authorise", args=[entitlement.pk])

    silent = client.post(address, {"decision": "decline", "reason": " "})
    entitlement.refresh_from_db()
    state_after_silence = entitlement.state
    client.post(address, {"decision": "decline", "reason": "依据不足"})

    entitlement.refresh_from_db()
    assert "请写明不予授权的理由" in silent.content.decode()
    assert state_after_silence == Entitlement.State.ENTERED
    assert entitlement.state == Entitlement.State.DECLINED
    assert AuditEvent.objects.latest("seq").note == "依据不足"


def test_a_second_decision_comes_too_late_and_changes_nothing(client, leader):
    entitlement = special()
    address = reverse("entitlement_authorise", args=[entitlement.pk])
    client.post(address, {"decision": "authorise"})

    answer = client.post(address, {"decision": "decline", "reason": "改主意"})

    entitlement.refresh_from_db()
    assert answer.status_code == 409
    assert "没有改动任何内容" in answer.content.decode()
    assert entitlement.state == Entitlement.State.READY
    assert "不需要再作决定" in page(client, "entitlement_authorise", entitlement.pk)


def test_without_a_decision_nothing_happens(client, leader):
    entitlement = special()

    answer = client.post(reverse("entitlement_authorise", args=[entitlement.pk]), {"decision": ""})

    entitlement.refresh_from_db()
    assert "有 1 处需要修改" in answer.content.decode()
    assert entitlement.state == Entitlement.State.ENTERED


def test_a_waiting_payment_is_on_the_leaders_page_until_decided(client, leader):
    entitlement = special()
    address = reverse("entitlement_authorise", args=[entitlement.pk])

    before = page(client)
    client.post(address, {"decision": "authorise"})
    client.get(reverse("dashboard"))

    assert address in before
    assert "1 笔专项资金等待授权。" in before
    assert address not in page(client)


def test_the_time_of_the_figures_is_said(edition, client, leader):
    with clock.at(given.SPRING + timedelta(hours=1)):
        assert "数据截至 <time" in page(client)
        assert "2026-03-18 11:00" in page(client)


def test_a_decision_on_money_asks_for_the_password_again(client):
    leader, entitlement = given.leader(password=given.PASSWORD), special()
    client.force_login(leader)
    address = reverse("entitlement_authorise", args=[entitlement.pk])
    read = client.get(address)

    asked = client.post(address, {"decision": "authorise"})
    entitlement.refresh_from_db()
    before = entitlement.state
    client.post(asked["Location"], {"password": given.PASSWORD}, follow=True)

    entitlement.refresh_from_db()
    assert (read.status_code, before) == (200, Entitlement.State.ENTERED)
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert (entitlement.state, entitlement.authorised_by) == (Entitlement.State.READY, leader)
