from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from awards.models import (
    Budget,
    Disbursement,
    Entitlement,
    Honour,
    LedgerEntry,
    LedgerTransaction,
    SubsidyRule,
)
from awards.subsidies import actions as paying
from awards.subsidies import ledger
from awards.subsidies.actions import digest_of
from enterprises.models import AuditEvent, Message, User
from foshan_quality.permissions import Permission
from tests import given
from tests.steps import (
    check_duty,
    check_step,
    copy_of,
    no_trace,
    put,
    refused,
    refused_by,
    trial,
)

MILLION = Decimal("1000000.00")


@pytest.fixture
def honour(db):
    """The city's own award, held by an organisation with a confirmed account; recorded, not walked to."""
    organisation = given.organisation()
    given.bank_account(organisation)
    return given.recorded_honour(organisation, kind="佛山市政府质量奖", year=2026, announced_on=date(2026, 7, 24))


@pytest.fixture
def maker(db):
    return given.maker()


@pytest.fixture
def checker(db):
    return given.checker()


@pytest.fixture
def robot(db):
    return User.objects.robot()


@pytest.fixture
def budget(db):
    return given.budget("3000000")


@pytest.fixture
def prepared(honour, maker, budget):
    return paying.prepare(paying.entitle(honour, by=maker), by=maker, budget=budget)


@pytest.fixture
def approved(prepared, checker):
    return approve(prepared, checker)


@pytest.fixture
def sent(approved, maker):
    return given.sent(approved, by=maker)


def approve(payment, by):
    return paying.approve(payment, by=by, seen=digest_of(payment))


def books(budget):
    return {account: amount for account, amount in ledger.balances(budget).items() if amount}


def special(honour, maker, **changes):
    facts = {"amount": "10000000", "document": "市政府专题会议纪要", "reason": "获中国质量奖"} | changes
    return paying.entitle(honour, by=maker, **facts)


# --- entitlement --------------------------------------------------------------------------------------


def test_the_table_on_the_day_of_the_announcement_says_what_is_due(honour, maker):
    entitlement = paying.entitle(honour, by=maker)

    rule = SubsidyRule.objects.get(kind=honour.kind, is_special=False, valid_from__lte=honour.announced_on)
    assert (entitlement.amount, entitlement.table_amount, entitlement.document) == (
        rule.amount,
        rule.amount,
        rule.document,
    )
    assert (entitlement.state, entitlement.is_special, entitlement.reason) == ("ready", False, "")


def test_ten_million_by_special_decision_waits_for_a_leader(honour, maker):
    entitlement = special(honour, maker)

    assert (entitlement.amount, entitlement.state, entitlement.is_special) == (Decimal("10000000.00"), "entered", True)
    assert entitlement.amount_in_words == "人民币壹仟万元整"


def test_the_tables_own_amount_is_never_special(honour, maker):
    entitlement = paying.entitle(honour, by=maker, amount=str(MILLION), document="别的文件", reason="别的理由")

    assert (entitlement.state, entitlement.document == "别的文件", entitlement.reason) == ("ready", False, "")


def test_everything_wrong_with_an_entitlement_is_named_at_once(honour, maker):
    paying.entitle(honour, by=maker)
    Honour.objects.update(revoked_on=date(2026, 8, 1), organisation=None)

    with refused("revoked", "twice", "no_organisation", "no_basis"):
        special(honour, maker, document=" ", reason="")


def test_where_the_table_says_nothing_the_payment_is_special_or_none(honour, maker):
    Honour.objects.update(announced_on=None)

    with refused("no_line"):
        paying.entitle(honour, by=maker)
    with refused("no_basis"):
        special(honour, maker, document="")

    assert special(honour, maker).table_amount is None


@pytest.mark.parametrize("amount", [1.5, "0.001", "abc", "", "NaN", "Infinity", "-1", "0", "1e12"])
def test_a_sum_that_is_no_positive_whole_number_of_fen_is_refused(honour, maker, amount):
    with refused("amount", untouched=[honour]):
        special(honour, maker, amount=amount)
    with refused("amount"):
        paying.open_budget(by=maker, fund="资金", year=2026, total=amount, document="文")


@pytest.mark.parametrize("name", ["authorise", "decline"])
def test_a_step_of_an_entitlement_goes_from_its_source_and_from_no_other_state(honour, maker, name):
    entitlement, leader = special(honour, maker), given.leader()
    acts = {
        "authorise": lambda by: paying.authorise(entitlement, by=by),
        "decline": lambda by: paying.decline(entitlement, by=by, reason="不符合"),
    }
    Entitlement.objects.update(authorised_by=leader)

    check_step(entitlement, Entitlement.workflow, name, lambda: acts[name](leader))
    check_duty(Permission.ENTITLEMENT_AUTHORISE, acts[name], entitlement)


def test_who_entered_a_special_payment_does_not_authorise_it(honour):
    both = given.person("两任", given.Role.FINANCE_MAKER, given.Role.LEADER)
    entitlement = special(honour, both)

    with refused("录入人不能自己授权。没有改动任何内容。", untouched=[entitlement]):
        paying.authorise(entitlement, by=both)
    with refused_by("entitlement_two_people"):
        Entitlement.objects.update(authorised_by=both)


def test_entitlements_and_budgets_are_the_makers_to_enter(honour):
    check_duty(Permission.ENTITLEMENT_ENTER, lambda by: paying.entitle(honour, by=by), honour)
    check_duty(
        Permission.ENTITLEMENT_ENTER,
        lambda by: paying.open_budget(by=by, fund="资金", year=2026, total="1", document="文"),
    )


# --- budget -------------------------------------------------------------------------------------------


def test_a_budget_opens_balanced_books_once(maker):
    budget = paying.open_budget(by=maker, fund="资金", year=2026, total="20000000", document="佛财〔2026〕9号")

    assert books(budget) == {"available": Decimal("20000000.00"), "appropriation": Decimal("-20000000.00")}
    with refused("2026 年“资金”的预算已经录入。没有重复保存。"):
        paying.open_budget(by=maker, fund="资金", year=2026, total="1", document="文")
    with refused_by("one_budget_a_year"):
        copy_of(budget)


# --- preparing ----------------------------------------------------------------------------------------


def test_a_prepared_payment_goes_to_the_account_in_use_and_books_nothing_yet(prepared, honour, budget):
    assert (prepared.state, prepared.amount, prepared.account) == (
        "prepared",
        prepared.entitlement.amount,
        honour.organisation.bank_accounts.get(replaced_at=None),
    )
    assert books(budget)["available"] == budget.total
    budget.refresh_from_db()
    assert budget.reserved == 0


def test_everything_in_the_way_of_a_payment_is_named_at_once(honour, maker, budget):
    entitlement = special(honour, maker)
    honour.organisation.bank_accounts.update(replaced_at=given.SPRING)
    Honour.objects.update(revoked_on=date(2026, 8, 1))

    with refused("not_ready", "revoked", "no_account", untouched=[entitlement]):
        paying.prepare(entitlement, by=maker, budget=budget)


def test_an_account_that_is_no_longer_in_the_registered_name_is_not_paid_to(honour, maker, budget, checker):
    entitlement = paying.entitle(honour, by=maker)
    payment = paying.prepare(entitlement, by=maker, budget=budget)
    honour.organisation.name = "改名后的公司"
    honour.organisation.save()

    with refused("holder", untouched=[payment, budget]):
        approve(payment, checker)
    with refused("holder", "twice"):
        paying.prepare(entitlement, by=maker, budget=budget)


def test_an_entitlement_is_paid_once(prepared, maker, budget):
    with refused("twice", untouched=[prepared]):
        paying.prepare(prepared.entitlement, by=maker, budget=budget)
    with refused_by("one_live_payment_per_entitlement"):
        copy_of(prepared, reference="00000000-0000-0000-0000-000000000001")
    check_duty(Permission.DISBURSEMENT_PREPARE, lambda by: paying.prepare(prepared.entitlement, by=by, budget=budget))


# --- approving ----------------------------------------------------------------------------------------


def test_an_approval_reserves_the_budget_and_books_it_once(approved, checker, budget):
    budget.refresh_from_db()

    assert (approved.state, approved.approved_by, approved.seen) == ("approved", checker, digest_of(approved))
    assert budget.reserved == approved.amount
    assert books(budget) == {
        "appropriation": -budget.total,
        "available": budget.total - approved.amount,
        "committed": approved.amount,
    }


def test_the_maker_does_not_approve_even_with_both_roles(honour, budget):
    both = given.person("两任", given.Role.FINANCE_MAKER, given.Role.FINANCE_CHECKER)
    payment = paying.prepare(paying.entitle(honour, by=both), by=both, budget=budget)

    with refused("two_people", untouched=[payment, budget]):
        approve(payment, both)
    with refused_by("two_officers"):
        Disbursement.objects.update(approved_by=both)


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "999999.99"},
        {"document": "另一文件"},
        {"account__number": "6222000000009999"},
        {"account__bank": "另一银行"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_changed_after_the_checker_looked_is_not_approved(prepared, checker, budget, change):
    seen = digest_of(prepared)
    [(field, value)] = change.items()
    target = prepared.account if field.startswith("account__") else prepared
    setattr(target, field.removeprefix("account__"), value)
    target.save()

    with refused("changed", untouched=[prepared, budget]):
        paying.approve(prepared, by=checker, seen=seen)


def test_an_account_changed_after_the_preparation_is_not_approved(prepared, honour, checker, budget):
    given.bank_account(honour.organisation)

    with refused("account", untouched=[prepared, budget]):
        approve(prepared, checker)


def test_a_payment_over_the_budget_is_refused_to_the_fen(prepared, checker, budget):
    Budget.objects.update(total=prepared.amount - Decimal("0.01"))

    with pytest.raises(paying.Refused) as refusal, no_trace(prepared, budget):
        approve(prepared, checker)

    assert str(refusal.value) == (
        f"预算余额 {prepared.amount - Decimal('0.01'):,} 元，本单 {prepared.amount:,} 元，超出 0.01 元。没有复核。"
    )
    Budget.objects.update(total=prepared.amount)
    assert approve(prepared, checker).state == "approved"


def test_an_honour_revoked_after_the_preparation_is_not_paid(prepared, checker):
    Honour.objects.update(revoked_on=date(2026, 8, 1))

    with refused("revoked", untouched=[prepared]):
        approve(prepared, checker)


# --- the steps ----------------------------------------------------------------------------------------

ACTS = {
    "approve": lambda p, by: approve(p, by),
    "reject": lambda p, by: paying.reject(p, by=by, reason="账户存疑"),
    "cancel": lambda p, by: paying.cancel(p, by=by, reason="重新编制"),
    "settle": lambda p, by: paying.settle(p, by=by, day=date(2026, 9, 30)),
    "bounce": lambda p, by: paying.bounce(p, by=by, day=date(2026, 9, 30), reason="账号不存在。"),
}
DOERS = {"approve": given.checker, "reject": given.checker, "cancel": given.maker}
UNCLAIMED, CLAIMED = ["prepared", "approved", "cancelled"], ["sending", "sent", "paid", "returned"]


@pytest.mark.parametrize("name", ACTS)
def test_a_step_of_a_payment_goes_from_its_sources_and_from_no_other_state(prepared, maker, checker, budget, name):
    doer = DOERS.get(name, User.objects.robot)()
    Budget.objects.update(reserved=prepared.amount)
    Disbursement.objects.update(approved_by=checker, approved_at=given.SPRING, seen=digest_of(prepared))

    check_step(prepared, Disbursement.workflow, name, lambda: ACTS[name](prepared, doer), states=UNCLAIMED)
    put(prepared, "approved")
    given.batched(prepared, by=maker)
    check_step(prepared, Disbursement.workflow, name, lambda: ACTS[name](prepared, doer), states=CLAIMED)
    check_duty(Disbursement.workflow.steps[name].permission, lambda by: ACTS[name](prepared, by), prepared)


def test_a_rejected_approval_is_reversed_and_the_money_is_free_again(approved, checker, maker, budget):
    paying.reject(approved, by=checker, reason="账户存疑")

    budget.refresh_from_db()
    assert (budget.reserved, books(budget)) == (0, {"available": budget.total, "appropriation": -budget.total})
    assert LedgerTransaction.objects.count() == 3
    assert paying.prepare(approved.entitlement, by=maker, budget=budget).state == "prepared"


def test_a_cancelled_payment_makes_room_for_another(prepared, maker, budget):
    paying.cancel(prepared, by=maker, reason="重新编制")

    assert paying.prepare(prepared.entitlement, by=maker, budget=budget).pk != prepared.pk


# --- after the answer ---------------------------------------------------------------------------------


def test_a_returned_payment_frees_the_budget_and_a_new_one_can_be_paid(sent, robot, maker, checker, budget, honour):
    paying.bounce(sent, by=robot, day=date(2026, 9, 30), reason="账号不存在。")

    sent.refresh_from_db()
    budget.refresh_from_db()
    assert (sent.state, sent.problem, budget.reserved) == ("returned", "账号不存在。", 0)
    assert books(budget) == {"available": budget.total, "appropriation": -budget.total}
    given.bank_account(honour.organisation)
    prepared = paying.prepare(sent.entitlement, by=maker, budget=budget)
    paying.look(prepared, by=given.checker(), note="电话核实。")
    second = given.sent(approve(prepared, checker), by=maker)
    assert (second.state, second.reference == sent.reference) == ("sent", False)
    assert second.batch_id != sent.batch_id


def test_the_enterprise_is_told_what_happened_to_its_money(db):
    season = given.walk_to("honoured", firms=1, experts=1, members=1, experts_per_application="1")
    payment = given.sent(approve(given.prepared_payment(season), given.checker()))
    paying.bounce(payment, by=User.objects.robot(), day=date(2026, 9, 30), reason="账号不存在。")

    assert sorted(Message.objects.filter(kind__startswith="payment_").values_list("text", flat=True)) == [
        "奖补资金 1,000,000.00 元已送财政支付。",
        "奖补资金 1,000,000.00 元被退回：账号不存在。 请核对对公账户。",
    ]


# --- the books ----------------------------------------------------------------------------------------


def test_a_source_is_booked_once(budget, maker):
    def book():
        return ledger.book(
            source="x:1", memo="m", by=maker, budget=budget, debit="paid", credit="available", amount=Decimal(1)
        )

    with transaction.atomic():
        book()
    with pytest.raises(ledger.BookedAlready), transaction.atomic():
        book()

    assert LedgerTransaction.objects.filter(source="x:1").count() == 1


@pytest.mark.parametrize(
    "amounts", [[], ["1.00"], ["1.00", "-0.99"], ["1.00", "1.00"], ["0.01", "0.01", "-0.03"]], ids=str
)
def test_the_database_refuses_a_booking_that_does_not_balance(budget, maker, amounts):
    with trial():
        booking = LedgerTransaction.objects.create(source="x:1", memo="m", booked_by=maker)
        LedgerEntry.objects.bulk_create(
            LedgerEntry(transaction=booking, account="paid", budget=budget, amount=Decimal(amount))
            for amount in amounts
        )

        with pytest.raises(IntegrityError, match=r"booking \d+ (does not balance|has no entries)"):
            connection.check_constraints()

    assert ledger.is_balanced() is True


def test_the_books_balance_after_every_turn(prepared, checker, maker, robot, budget):
    seen = [ledger.is_balanced()]
    approve(prepared, checker)
    paying.reject(prepared, by=checker, reason="x")
    seen.append(ledger.is_balanced())
    second = given.sent(approve(paying.prepare(prepared.entitlement, by=maker, budget=budget), checker))
    seen.append(ledger.is_balanced())
    paying.settle(second, by=robot, day=date(2026, 9, 30))
    seen.append(ledger.is_balanced())

    assert seen == [True] * 4
    assert sum(ledger.balances().values()) == 0


# --- what the database refuses ------------------------------------------------------------------------


def test_the_database_refuses_impossible_sums_and_rules(prepared, budget):
    for model, constraint in [
        (Entitlement, "entitlement_positive"),
        (Disbursement, "payment_positive"),
    ]:
        for amount in ("0", "-0.01"):
            with refused_by(constraint):
                model.objects.update(amount=amount)
    with refused_by("one_rule_per_start"):
        copy_of(SubsidyRule.objects.first())
    with refused_by("entry_not_zero"):
        LedgerEntry.objects.create(
            transaction=LedgerTransaction.objects.first(), account="paid", budget=budget, amount=0
        )
    with refused_by("awards_ledgertransaction_source_key"):
        LedgerTransaction.objects.create(source=f"budget:{budget.pk}", memo="m", booked_by=prepared.prepared_by)
    for reserved in (budget.total + Decimal("0.01"), "-0.01"):
        with refused_by("not_over_budget"):
            Budget.objects.update(reserved=reserved)


def test_the_database_refuses_a_special_payment_without_authority(prepared, honour, maker):
    with refused_by("one_entitlement_per_honour"):
        copy_of(prepared.entitlement)
    nothing_owed = {"table_amount": None, "owed_amount": None}
    for changes in ({"amount": "10000000"}, {"amount": "10000000", "reason": "x"}, nothing_owed):
        with refused_by("special_needs_authority"):
            Entitlement.objects.update(**changes)
    for owed in ("1000000.01", None):
        with refused_by("owed_is_the_table_less_deductions"):
            Entitlement.objects.update(state="entered", owed_amount=owed)
    with refused_by("findings_are_explained"):
        Entitlement.objects.update(findings=[{"code": "group"}])


def test_the_database_refuses_a_payment_on_its_way_that_nobody_approved(prepared, checker):
    with refused_by("approved_by_somebody"):
        put(prepared, "approved")
    with refused_by("awards_disbursement_reference_key"):
        copy_of(prepared, state="cancelled")
    claimed = given.batched(approve(prepared, checker))
    for state in CLAIMED:
        put(claimed, state)
        for missing in ({"approved_by": None}, {"approved_at": None}, {"seen": ""}):
            with refused_by("approved_by_somebody"):
                Disbursement.objects.update(**missing)


def test_the_trail_names_maker_and_checker(approved, maker, checker):
    with trial():
        lines = AuditEvent.objects.filter(target_type="awards.disbursement").order_by("seq")

        assert list(lines.values_list("verb", "actor_id")) == [
            ("prepare_disbursement", maker.pk),
            ("approve", checker.pk),
        ]
