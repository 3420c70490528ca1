"""What is owed back moves by two people: money that came in, sums let off, and where to pay."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from awards.models import Clawback, ClawbackEntry, Recovery
from awards.revocations.queries import clawbacks_of, owes
from awards.subsidies import actions as paying
from awards.subsidies import ledger
from awards.subsidies.clawbacks import actions as recovering
from awards.subsidies.plans.instalments import Part
from enterprises.models import Message
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission
from tests import given
from tests.awards.subsidies.test_instalments import NOW, paid, with_plan
from tests.desk import act_url, office, press, record_url
from tests.steps import check_duty, copy_of, refused, refused_by, state_of

MILLION, HALF = Decimal("1000000.00"), Decimal("500000.00")
DAY = date(2026, 9, 1)
SLIP = {"received_on": DAY, "voucher": "非税0001"}


@pytest.fixture
def entitlement(db):
    firm = given.organisation()
    given.bank_account(firm)
    honour = given.recorded_honour(firm, kind="佛山市政府质量奖", year=2026, announced_on=date(2026, 7, 24))
    with clock.at(NOW):
        yield paying.entitle(honour, by=given.maker())


def withdrawn(entitlement):
    return recovering.withdraw_money(entitlement.honour, by=given.secretary(), document="佛府〔2026〕30号")


@pytest.fixture
def owed(entitlement):
    paid(entitlement, given.budget())
    return withdrawn(entitlement).clawbacks[0]


def books():
    return {account: amount for account, amount in ledger.balances().items() if amount}


# --- several parts ------------------------------------------------------------------------------------


def test_of_several_parts_each_paid_one_is_owed_back_and_the_rest_is_stopped(entitlement):
    quarter = Decimal("250000.00")
    with_plan(entitlement, [Part(DAY + timedelta(days=n), quarter) for n in range(4)])
    budget, robot = given.budget(), given.User.objects.robot()
    with clock.at(NOW + timedelta(days=3)):
        first, second = paid(entitlement, budget), paid(entitlement, budget)
        sent = paid(entitlement, budget, settled=False)
        prepared = paying.prepare(entitlement, by=given.maker(), budget=budget)

        money = withdrawn(entitlement)

        assert [c.disbursement for c in money.clawbacks] == [first, second]
        assert (money.stopped, money.on_its_way) == ([prepared], [sent])
        assert (state_of(prepared), state_of(sent)) == ("cancelled", "sent")
        type(entitlement.honour).objects.update(revoked_on=DAY, revoked_under="佛府〔2026〕30号")
        paying.settle(sent, by=robot, day=DAY)
    assert (Clawback.objects.count(), books()["clawback"], ledger.is_balanced()) == (3, 3 * quarter, True)
    assert owes(clawbacks_of(entitlement.honour)) == ("应在 2026-10-04 前退回奖金 750,000.00 元，尚有 750,000.00 元。")


def test_what_every_payer_has_paid_for_an_honour_is_owed_back(entitlement):
    paid(entitlement, given.budget())
    facts = {"amount": "500000", "document": "某区办法", "reason": "区级配套。", "payer": "440605"}
    matched = paying.authorise(paying.entitle(entitlement.honour, by=given.maker(), **facts), by=given.leader())
    district = paying.open_budget(
        by=given.maker(), fund="区级资金", year=2026, total="900000", document="某文", payer="440605"
    )
    paid(matched, district)

    assert [c.owed for c in withdrawn(entitlement).clawbacks] == [MILLION, HALF]


# --- money that comes back ----------------------------------------------------------------------------


def test_money_that_came_back_is_booked_when_a_second_person_confirms_it(owed):
    both = given.person("两任", given.Role.FINANCE_MAKER, given.Role.FINANCE_CHECKER)
    entry = recovering.enter_recovery(owed, by=both, amount="400000", **SLIP)

    with refused("two_people", untouched=[owed, entry]):
        recovering.confirm_entry(entry, by=both)
    assert books()["clawback"] == MILLION
    check_duty(Permission.CLAWBACK_CONFIRM, lambda by: recovering.confirm_entry(entry, by=by), entry)
    recovering.confirm_entry(entry, by=given.checker())

    owed.refresh_from_db()
    assert (owed.received, owed.outstanding) == (Decimal("400000.00"), Decimal("600000.00"))
    assert (books()["recovered"], books()["clawback"]) == (Decimal("400000.00"), Decimal("600000.00"))
    assert Recovery.objects.get().entry == entry
    assert Message.objects.get(kind="repayment_received").text == (
        "已收到退回的奖金 400,000.00 元，尚应退回 600,000.00 元。"
    )
    with pytest.raises(paying.WrongState):
        recovering.confirm_entry(entry, by=given.checker())


def test_everything_wrong_with_an_entry_is_named_at_once(owed):
    maker = given.maker()
    recovering.enter_recovery(owed, by=maker, amount="400000", **SLIP)

    with refused("too_much", "twice", untouched=[owed]):  # what waits counts
        recovering.enter_recovery(owed, by=maker, amount="600000.01", **SLIP)
    with refused("amount", "future", "voucher", untouched=[owed]):
        recovering.enter_recovery(owed, by=maker, amount=0, received_on=DAY + timedelta(days=1), voucher=" ")
    with refused("amount", "document", "reason", untouched=[owed]):
        recovering.enter_reduction(owed, by=maker, amount="x", decided_on=DAY, document=" ", reason="")
    with refused("pay_to", "document", untouched=[owed]):
        recovering.enter_pay_to(owed, by=maker, pay_to=" ", document="")
    check_duty(Permission.CLAWBACK_BOOK, lambda by: recovering.enter_recovery(owed, by=by, amount="1", **SLIP), owed)


def test_a_dropped_or_rejected_entry_frees_its_voucher(owed):
    maker = given.maker()
    recovering.drop_entry(recovering.enter_recovery(owed, by=maker, amount="1", **SLIP), by=maker, reason="金额有误")
    wrong = recovering.enter_recovery(owed, by=maker, amount="2", **SLIP)
    recovering.reject_entry(wrong, by=given.checker(), reason="与凭证不符")

    assert recovering.enter_recovery(owed, by=maker, amount="3", **SLIP).state == "entered"
    assert (books()["clawback"], Recovery.objects.count()) == (MILLION, 0)


def test_a_sum_is_let_off_by_a_document_and_two_people(owed):
    facts = {"decided_on": DAY, "document": "佛府〔2026〕40号", "reason": "企业破产重整。"}
    entry = recovering.enter_reduction(owed, by=given.maker(), amount="300000", **facts)
    recovering.confirm_entry(entry, by=given.checker())

    owed.refresh_from_db()
    assert (owed.reduced, owed.outstanding) == (Decimal("300000.00"), Decimal("700000.00"))
    assert (books()["reduced"], books()["clawback"]) == (Decimal("300000.00"), Decimal("700000.00"))
    last = recovering.enter_recovery(owed, by=given.maker(), amount="700000", **SLIP)
    recovering.confirm_entry(last, by=given.checker())
    assert (Clawback.objects.outstanding().count(), ledger.is_balanced()) == (0, True)
    assert owes(list(Clawback.objects.all())) == (
        "应退回奖金 1,000,000.00 元，经批准减免 300,000.00 元，已全部结清，没有后续事项。"
    )


# --- what the holder sees -----------------------------------------------------------------------------


def test_the_holder_sees_what_is_owed_until_when_to_where_and_what_came_in(owed):
    firm = owed.disbursement.entitlement.honour.organisation
    url, owner = reverse("organisation_money", args=[firm.pk]), office(given.owner_of(firm))
    before = owner.get(url).content.decode()
    told = recovering.enter_pay_to(owed, by=given.maker(), pay_to="户名某财政局，账号 1234", document="缴款通知 1 号")
    entered = owner.get(url).content.decode()
    recovering.confirm_entry(told, by=given.checker())
    slip = recovering.enter_recovery(owed, by=given.maker(), amount="400000", **SLIP)
    recovering.confirm_entry(slip, by=given.checker())

    page = owner.get(url).content.decode()

    assert "在此之前请不要向任何账户转账" in before
    assert "户名某财政局" not in entered
    assert [t in page for t in ("户名某财政局，账号 1234", "2026-10-01", "600,000.00 元", "非税0001")] == [True] * 4
    assert Message.objects.filter(kind="repayment_pay_to").count() == 1


def test_the_office_enters_and_confirms_with_the_password_again(owed):
    maker, checker = given.maker(), given.checker(password=given.PASSWORD)
    press(maker, owed, "recover", amount="400000", received_on="2026-09-01", voucher="非税0001")
    press(maker, owed, "pay_to", pay_to="某户", document="某文")
    press(maker, owed, "reduce", amount="1", decided_on="2026-09-01", document="某文", reason="某")
    entry = ClawbackEntry.objects.get(kind="received")
    own = office(maker).post(act_url(entry, "confirm_clawback_entry"))
    browser = Client()
    browser.force_login(checker)

    asked = browser.post(act_url(entry, "confirm_clawback_entry"))
    browser.post(asked["Location"], {"password": given.PASSWORD}, follow=True)

    assert own.status_code == 403
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert state_of(entry) == "confirmed"
    assert "非税0001" in office(maker).get(record_url(owed)).content.decode()


# --- what the database refuses ------------------------------------------------------------------------


def test_the_database_refuses_what_one_person_did_and_what_is_not_whole(owed):
    entry = recovering.enter_recovery(owed, by=given.maker(), amount="1", **SLIP)
    rows = ClawbackEntry.objects.filter(pk=entry.pk)

    with refused_by("clawback_entry_two_people"):
        rows.update(confirmed_by=entry.entered_by)
    with refused_by("clawback_entry_is_confirmed"):
        rows.update(state="confirmed")
    with refused_by("one_voucher_entered_once"):
        copy_of(entry)
    for changes in ({"amount": None}, {"day": None}, {"kind": "reduced"}, {"kind": "pay_to", "amount": None}):
        with refused_by("clawback_entry_is_whole"):
            copy_of(entry, **{"document": "另一凭证"} | changes)
    with refused_by("clawback_entry_is_whole"):
        copy_of(entry, document="")
    with refused_by("recovery_was_entered"):
        Recovery.objects.create(clawback=owed, amount=1, received_on=DAY, voucher="1", booked_by=given.checker())


def test_what_was_entered_stays_as_it_is(owed):
    entry = recovering.enter_recovery(owed, by=given.maker(), amount="1", **SLIP)
    rows = ClawbackEntry.objects.filter(pk=entry.pk)

    for changes in ({"amount": 2}, {"document": "别的"}, {"day": date(2026, 8, 1)}, {"text": "x"}):
        with refused_by("clawback_entry_stays"):
            rows.update(**changes)
    recovering.confirm_entry(entry, by=given.checker())
    with refused_by("clawback_entry_stays"):
        rows.update(state="dropped")
    with refused_by("clawback_entry_stays"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM awards_clawbackentry")
