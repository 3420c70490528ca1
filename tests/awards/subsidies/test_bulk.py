"""Many payments prepared and approved in one act: each line by the judgement of the single act, none half-done."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from awards.models import Budget, Disbursement, Entitlement, Honour, LedgerTransaction, OutsidePayment
from awards.programmes.models import HonourKind
from awards.subsidies import actions as paying
from awards.subsidies import ledger
from awards.subsidies.actions import digest_of
from awards.subsidies.bulk import actions as bulk
from awards.subsidies.bulk.forms import Listing
from awards.subsidies.facts import ASKED, Read
from enterprises.districts import District
from enterprises.models import AuditEvent, BankAccount
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission
from tests import given
from tests.desk import begin_url, errors, list_url, office
from tests.steps import check_duty, refused

pytestmark = pytest.mark.django_db
MILLION = Decimal("1000000.00")


def entitled(by, organisation=None, year=2026):
    organisation = organisation or given.organisation()
    if not organisation.bank_accounts.exists():
        given.bank_account(organisation)
    honour = given.recorded_honour(organisation, kind="佛山市政府质量奖", year=year, announced_on=date(year, 7, 24))
    return paying.entitle(honour, by=by, reason="已经核实，不是同一事项")


@pytest.fixture
def maker():
    return given.maker()


@pytest.fixture
def checker():
    return given.checker()


@pytest.fixture
def budget():
    return given.budget("9000000")


@pytest.fixture
def three(maker):
    return [entitled(maker) for _ in range(3)]


def prepared(three, maker, budget):
    report = bulk.prepare_many(by=maker, budget=budget, entitlements=three)
    assert report.left_out == []
    return report.done


def seen_of(payments):
    return {payment.pk: digest_of(payment) for payment in payments}


def states():
    return list(Disbursement.objects.order_by("pk").values_list("state", flat=True))


# --- the acts -----------------------------------------------------------------------------------------


def test_many_are_prepared_as_if_one_by_one(three, maker, budget):
    report = bulk.prepare_many(by=maker, budget=budget, entitlements=three)

    assert [(p.entitlement, p.state, p.prepared_by, p.budget) for p in report.done] == [
        (entitlement, "prepared", maker, budget) for entitlement in three
    ]
    assert [p.account for p in report.done] == [e.honour.organisation.bank_accounts.get() for e in three]
    assert report.total_said == "¥3,000,000.00（人民币叁佰万元整）"
    assert AuditEvent.objects.filter(verb="prepare_disbursement", actor_id=maker.pk).count() == 3


def test_what_cannot_be_prepared_is_left_out_with_its_reason_and_the_others_are_done(three, maker, budget):
    first, second, third = three
    second.honour.organisation.bank_accounts.update(replaced_at=given.SPRING)
    paying.prepare(third, by=maker, budget=budget)

    report = bulk.prepare_many(by=maker, budget=budget, entitlements=three)

    assert [p.entitlement for p in report.done] == [first]
    assert [(what, why[-24:]) for what, why in report.left_out] == [
        (str(second), "还没有确认对公账户，请通知该单位登录平台确认。没有办理。"[-24:]),
        (str(third), "该奖补资格已有拨付单，同一资格只付一次。没有保存。"[-24:]),
    ]


def test_many_are_approved_and_the_trail_keeps_the_digest_of_the_list_with_every_line(three, maker, checker, budget):
    done = prepared(three, maker, budget)
    seen = seen_of(done)

    report = bulk.approve_many(by=checker, seen=seen)

    budget.refresh_from_db()
    assert (states(), budget.reserved, report.left_out) == (["approved"] * 3, 3 * MILLION, [])
    details = AuditEvent.objects.filter(verb="approve").order_by("seq").values_list("details", flat=True)
    assert list(details) == [{"seen": seen[p.pk], "among": bulk.digest_of_list(seen)} for p in done]
    assert ledger.balances(budget)["committed"] == 3 * MILLION
    assert ledger.is_balanced() is True


def test_the_maker_and_the_checker_of_one_list_have_one_code(three, maker, checker, budget):
    report = bulk.prepare_many(by=maker, budget=budget, entitlements=three)

    page = office(checker).get(begin_url(Disbursement, "approve_many"))

    assert page.context_data["form"].listing.code == report.code
    assert report.code in page.content.decode()


def test_what_changed_since_it_was_shown_is_left_out_and_named(three, maker, checker, budget):
    done = prepared(three, maker, budget)
    seen = seen_of(done)
    Disbursement.objects.filter(pk=done[1].pk).update(document="另一份文件")
    paying.cancel(done[2], by=maker, reason="录错了")

    report = bulk.approve_many(by=checker, seen=seen)

    assert states() == ["approved", "prepared", "cancelled"]
    assert [(what, "有变化" in why or "状态已经改变" in why) for what, why in report.left_out] == [
        (str(done[1]), True),
        (str(done[2]), True),
    ]


def test_nobody_approves_what_one_prepared_in_a_list_either(three, checker, budget):
    both = given.person("两任", given.Role.FINANCE_MAKER, given.Role.FINANCE_CHECKER)
    own, *others = three
    mine = paying.prepare(own, by=both, budget=budget)
    theirs = prepared(others, given.maker(), budget)

    report = bulk.approve_many(by=both, seen=seen_of([mine, *theirs]))

    assert states() == ["prepared", "approved", "approved"]
    assert report.left_out == [(str(mine), "经办人不能复核自己的拨付单，请由另一名复核人员办理。没有复核。")]


def test_what_the_budget_does_not_hold_is_left_out_by_how_much_and_the_rest_is_approved(three, maker, checker):
    small = given.budget("2000000")

    report = bulk.approve_many(by=checker, seen=seen_of(prepared(three, maker, small)))

    small.refresh_from_db()
    assert (states(), small.reserved) == (["approved", "approved", "prepared"], 2 * MILLION)
    [(_what, why)] = report.left_out
    assert "余额 0.00 元，本单 1,000,000.00 元，超出 1,000,000.00 元" in why


def test_too_many_none_and_people_without_the_duty_are_refused(three, maker, budget, monkeypatch):
    with refused("nothing"):
        bulk.prepare_many(by=maker, budget=budget, entitlements=[])
    monkeypatch.setattr(bulk, "MOST", 2)
    with refused("too_many"):
        bulk.prepare_many(by=maker, budget=budget, entitlements=three)
    check_duty(
        Permission.DISBURSEMENT_PREPARE, lambda by: bulk.prepare_many(by=by, budget=budget, entitlements=three[:1])
    )
    seen = seen_of(Disbursement.objects.all())
    check_duty(Permission.DISBURSEMENT_APPROVE, lambda by: bulk.approve_many(by=by, seen=seen))


def test_a_bundle_that_the_database_breaks_off_leaves_no_trace_of_any_of_its_lines(
    three, maker, checker, budget, monkeypatch
):
    done = prepared(three, maker, budget)
    monkeypatch.setattr(bulk, "BUNDLE", 2)
    really, lines = ledger.book, AuditEvent.objects.count()

    def book(**facts):
        if facts["source"] == f"disbursement:{done[1].pk}:approve":
            raise OperationalError("the connection is gone")
        return really(**facts)

    monkeypatch.setattr(ledger, "book", book)

    report = bulk.approve_many(by=checker, seen=seen_of(done))

    budget.refresh_from_db()
    assert (states(), budget.reserved) == (["prepared", "prepared", "approved"], MILLION)
    assert report.left_out == [(str(payment), bulk.BROKEN_OFF) for payment in done[:2]]
    assert AuditEvent.objects.count() == lines + 1
    assert LedgerTransaction.objects.filter(source__endswith=":approve").count() == 1


# --- one judgement ------------------------------------------------------------------------------------


def test_what_was_read_for_many_is_what_is_asked_for_each(maker, budget):
    parent = given.organisation()
    child = given.organisation(parent_name=parent.name, parent_code=parent.credit_code)
    offside = [given.organisation(parent_name="外地集团", parent_code="91110000100000000X") for _ in range(2)]
    firms = [parent, child, *offside, given.organisation()]
    given.bank_account(firms[4])
    BankAccount.objects.update(replaced_at=clock.now())
    given.bank_account(firms[4], given.bank_account(parent).number)
    elsewhere = {"kind": HonourKind.objects.get(name="佛山市政府质量奖"), "year": 2026, "payer_name": "区级资金"}
    elsewhere |= {"amount": MILLION, "source": "公示", "entered_by": maker, "payer": District.NANHAI}
    OutsidePayment.objects.create(organisation=child, **elsewhere)
    rows = [entitled(maker, firm) for firm in firms]
    payments = [paying.prepare(row, by=maker, budget=budget) for row in rows]
    given.open_edition()
    given.credit_record(offside[0])

    facts = Read.for_payments([payment.pk for payment in payments])

    read = [told(facts, facts.rows[payment.pk].entitlement) for payment in payments]
    asked = [told(ASKED, Disbursement.objects.get(pk=payment.pk).entitlement) for payment in payments]
    assert read == asked
    assert [[f.code for f in found[0][1]] for found in asked] == [
        ["other_payer"],
        ["group", "other_payer"],
        [],
        ["group"],
        [],
    ]
    assert [bool(found[2]) for found in asked] == [True, False, False, False, True]  # doubts about the account
    assert [bool(found[3]) for found in asked] == [False, False, True, False, False]  # credit records


def told(facts, entitlement):
    honour = entitlement.honour
    account, due = facts.account_of(honour.organisation), facts.due_to(entitlement)[1]
    return (due.amount, due.findings), account, facts.doubts_about(account), facts.credit_problems(honour)


def test_reading_costs_the_same_for_any_number_of_lines(maker, checker, budget):
    """Each line writes its row, its booking and its line in the trail."""
    costs, _duties = [], checker.roles
    for count in (2, 4):
        rows = [entitled(maker) for _ in range(count)]
        with CaptureQueriesContext(connection) as preparing:
            done = prepared(rows, maker, budget)
        seen = seen_of(done)
        with CaptureQueriesContext(connection) as approving:
            bulk.approve_many(by=checker, seen=seen)
        costs.append((len(preparing), len(approving)))

    (prepare_two, approve_two), (prepare_four, approve_four) = costs
    assert ((prepare_four - prepare_two) / 2, (approve_four - approve_two) / 2) == (5, 12)


# --- the pages ----------------------------------------------------------------------------------------


def test_the_maker_prepares_all_that_fit_the_budget(three, maker):
    small = given.budget("2500000")
    answers = {"budget": small.pk, "which": "fit"}

    page = office(maker).post(begin_url(Disbursement, "prepare_many"), answers)
    again = office(maker).post(begin_url(Disbursement, "prepare_many"), answers)

    assert [p.entitlement for p in page.context_data["result"].done] == three[:2]
    assert "人民币贰佰万元整" in page.content.decode()
    assert errors(again) == ["该预算没有放得下的奖补资格。没有保存。"]


def test_the_maker_prepares_those_that_were_ticked_and_must_tick_some(three, maker, budget):
    address, answers = begin_url(Disbursement, "prepare_many"), {"budget": budget.pk, "which": "chosen"}

    nothing = office(maker).post(address, answers)
    page = office(maker).post(address, answers | {"entitlements": [three[0].pk, three[2].pk]})

    assert errors(nothing) == ["请选中要编制的奖补资格，或改选“放得下的全部”。没有保存。"]
    assert [p.entitlement for p in page.context_data["result"].done] == [three[0], three[2]]


def test_the_checker_sees_every_line_masked_with_sum_words_and_code(three, maker, checker, budget):
    done = prepared(three, maker, budget)

    page = office(checker).get(begin_url(Disbursement, "approve_many")).content.decode()

    assert all(payment.account.holder in page for payment in done)
    assert all(payment.account.number not in page for payment in done)
    assert all(payment.account.masked_number in page for payment in done)
    assert "¥3,000,000.00" in page
    assert "人民币叁佰万元整" in page


def test_what_is_unticked_draws_the_list_anew_and_only_a_list_shown_as_it_stands_is_approved(
    three, maker, checker, budget
):
    done, address = prepared(three, maker, budget), begin_url(Disbursement, "approve_many")
    form = office(checker).get(address).context_data["form"]

    redrawn = office(checker).post(address, {"seen": form.listing.seen, "payments": [done[0].pk, done[2].pk]})
    shorter = redrawn.context_data["form"]

    assert states() == ["prepared"] * 3
    assert [line.payment for line in shorter.listing.lines] == [done[0], done[2]]
    assert "您去掉了 1 笔，合计和核对码已按剩下的 2 笔重新计算" in errors(redrawn)[0]
    assert shorter.listing.code != form.listing.code
    assert shorter.listing.seen in redrawn.content.decode()

    report = (
        office(checker)
        .post(address, {"seen": shorter.listing.seen, "payments": [done[0].pk, done[2].pk]})
        .context_data["result"]
    )
    assert (states(), report.code) == (["approved", "prepared", "approved"], shorter.listing.code)


def test_nothing_ticked_or_a_field_nobody_filled_in_approves_nothing(three, maker, checker, budget):
    done, address = prepared(three, maker, budget), begin_url(Disbursement, "approve_many")
    seen = office(checker).get(address).context_data["form"].listing.seen

    for answers in ({"seen": seen}, {}, {"seen": "x", "payments": [done[0].pk]}, {"seen": seen, "payments": ["99"]}):
        assert office(checker).post(address, answers).status_code == 200
    assert states() == ["prepared"] * 3


def test_the_list_of_approval_holds_nothing_of_ones_own(three, budget):
    both = given.person("两任", given.Role.FINANCE_MAKER, given.Role.FINANCE_CHECKER)
    prepared(three, both, budget)

    page = office(both).get(begin_url(Disbursement, "approve_many"))

    assert page.context_data["form"].listing.lines == []
    assert "没有等待您复核的拨付单" in page.content.decode()


def test_a_list_is_approved_with_the_password_once(three, maker, budget):
    done, checker = prepared(three, maker, budget), given.checker(password=given.PASSWORD)
    visitor = office(checker)
    handed_in = {"seen": Listing(done).seen, "payments": [payment.pk for payment in done]}

    asked = visitor.post(begin_url(Disbursement, "approve_many"), handed_in)
    before = states()
    visitor.post(asked["Location"], {"password": given.PASSWORD}, follow=True)

    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert (before, states()) == (["prepared"] * 3, ["approved"] * 3)


@pytest.mark.parametrize("name", ["prepare_many", "approve_many"])
def test_the_pages_cost_the_same_at_one_line_and_at_three(name, maker, checker, budget, django_assert_num_queries):
    client = office(maker if name == "prepare_many" else checker)
    address = begin_url(Disbursement, name)
    for _ in range(2):
        rows = [entitled(maker), *([entitled(maker)] if Entitlement.objects.exists() else [])]
        if name == "approve_many":
            prepared(rows, maker, budget)
        with django_assert_num_queries({"prepare_many": 5, "approve_many": 9}[name]):
            client.get(address)


def test_the_list_of_payments_offers_the_acts_to_those_they_are_for(maker, checker):
    offered = {
        person: [act.label for act, _url in office(person).get(list_url(Disbursement)).context_data["list_acts"]]
        for person in (maker, checker, given.auditor())
    }

    assert list(offered.values()) == [["编制拨付单", "批量编制拨付单"], ["批量复核"], []]
    assert Budget.objects.count() + Honour.objects.count() == 0
