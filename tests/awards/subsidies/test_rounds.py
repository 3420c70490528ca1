"""Two hundred races each: two approvals of one payment, and two draws that together exceed their budget.

Two threads with a connection of their own go through the rounds side by side, and begin each at one instant. The
twins, which switch the guards off and see the damage, are in tests/awards/test_races.py.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import connections, transaction

from awards.benchmarks.owed import owe
from awards.models import Budget, Disbursement, Entitlement, Honour, LedgerTransaction
from awards.subsidies import actions as paying
from awards.subsidies import facts, ledger
from awards.subsidies.actions import digest_of
from awards.subsidies.bulk import actions as bulk
from awards.subsidies.facts import Read
from enterprises.models import AuditEvent, BankAccount
from tests import given
from tests.threads import at_once, kinds, slow_inside, somebody_waits_for_a_lock, without_row_locks
from tests.workers import eventually

ROUNDS = 200


def side_by_side(*runners):
    """Each runner is a list of acts, one for each round; the outcomes, round by round."""
    gate = Barrier(len(runners))

    def run(acts):
        outcomes = []
        try:
            for act in acts:
                gate.wait(30)
                try:
                    outcomes.append(act())
                except Exception as problem:
                    outcomes.append(problem)
            return outcomes
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(runners)) as pool:
        return list(zip(*pool.map(run, runners), strict=True))


class Ahead(Read):
    """What the judgement asks is read before the race, which is about the rows: each approval locks its own."""

    def row_of(self, pk):
        rows = Disbursement.objects.select_for_update(of=("self",))
        return rows.select_related("account", "budget", "entitlement__honour__organisation").get(pk=pk)

    def due_to(self, entitlement):
        return super().due_to(self.entitlements[entitlement.pk])


def approvals(payments, checker, known):
    return [
        lambda payment=p: paying.approve(payment, by=checker, seen=digest_of(payment), facts=known) for p in payments
    ]


@pytest.fixture
def checkers(committed):
    return [given.checker(), given.checker()]


def prepared(count, budgets):
    """So many payments, the budgets in turn, and what their judgement asks."""
    maker = given.maker()
    entitlements = owe(count, by=maker)
    accounts = {a.organisation_id: a for a in BankAccount.objects.all()}
    payments = Disbursement.objects.bulk_create(
        Disbursement(
            entitlement=entitlement,
            budget=budgets[place % len(budgets)],
            account=accounts[entitlement.honour.organisation_id],
            amount=entitlement.amount,
            document=entitlement.document,
            prepared_by=maker,
        )
        for place, entitlement in enumerate(entitlements)
    )
    with transaction.atomic():
        return payments, Ahead.for_payments([payment.pk for payment in payments])


def test_two_approvals_at_once_two_hundred_times_are_one_each_time(checkers):
    payments, known = prepared(ROUNDS, [given.budget("900000000")])

    rounds = side_by_side(*(approvals(payments, checker, known) for checker in checkers))

    assert Counter(tuple(kinds(outcomes)) for outcomes in rounds) == {("WrongState", "done"): ROUNDS}
    budget = Budget.objects.get()
    assert budget.reserved == sum(payment.amount for payment in payments)
    assert LedgerTransaction.objects.filter(source__endswith=":approve").count() == ROUNDS
    assert AuditEvent.objects.filter(verb="approve").count() == ROUNDS
    assert ledger.is_balanced() is True


def test_two_draws_over_the_budget_two_hundred_times_are_never_both_given(checkers):
    budgets = [Budget(fund=f"资金{n}", year=2026, total="1500000", document="文件") for n in range(ROUNDS)]
    payments, known = prepared(2 * ROUNDS, Budget.objects.bulk_create(budgets))
    first, second = payments[:ROUNDS], payments[ROUNDS:]

    rounds = side_by_side(approvals(first, checkers[0], known), approvals(second, checkers[1], known))

    assert Counter(tuple(kinds(outcomes)) for outcomes in rounds) == {("Refused", "done"): ROUNDS}
    assert set(Budget.objects.values_list("reserved", flat=True)) == {payments[0].amount}
    assert LedgerTransaction.objects.filter(source__endswith=":approve").count() == ROUNDS


# --- lists --------------------------------------------------------------------------------------------


@pytest.fixture
def listed(committed):
    """Three payments of one budget and the list of them that two checkers have before them."""
    maker = given.maker()
    report = bulk.prepare_many(by=maker, budget=given.budget("9000000"), entitlements=owe(3, by=maker))
    return {payment.pk: digest_of(payment) for payment in report.done}


def approve_twice(listed):
    checkers = [given.checker(), given.checker()]
    return at_once(*[lambda by=checker: bulk.approve_many(by=by, seen=listed) for checker in checkers])


def test_two_checkers_with_one_list_approve_each_line_once(listed):
    reports = approve_twice(listed)

    assert sorted((len(report.done), len(report.left_out)) for report in reports) == [(0, 3), (3, 0)]
    assert LedgerTransaction.objects.filter(source__endswith=":approve").count() == 3


def test_twin_without_the_locks_and_the_key_a_list_is_booked_twice(listed, committed, monkeypatch):
    committed.without(LedgerTransaction, "awards_ledgertransaction_source_key")
    committed.without_trigger(Disbursement, "disbursement_stays")
    without_row_locks(monkeypatch)
    monkeypatch.setattr(bulk, "BUNDLE", 1)
    slow_inside(monkeypatch, paying, "payment_problems")

    assert [len(report.done) for report in approve_twice(listed)] == [3, 3]
    assert LedgerTransaction.objects.filter(source__endswith=":approve").count() == 6


def prepare_while_the_honour_is_revoked():
    """A bulk act comes to an entitlement that a revocation holds, and waits for it to commit."""
    maker, budget = given.maker(), given.budget()
    [entitlement] = owe(1, by=maker)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Entitlement.objects.select_for_update(of=("self",)).get()
            Honour.objects.update(revoked_on=date(2026, 8, 1), revoked_because="造假", revoked_under="文件")
            waiting = pool.submit(_prepare, maker, budget, entitlement)
            assert eventually(somebody_waits_for_a_lock)
        return waiting.result()


def _prepare(maker, budget, entitlement):
    try:
        return bulk.prepare_many(by=maker, budget=budget, entitlements=[entitlement])
    finally:
        connections.close_all()


def test_a_list_that_waits_for_a_revocation_reads_what_it_left(committed):
    report = prepare_while_the_honour_is_revoked()

    assert report.done == []
    assert "该荣誉已撤销" in report.left_out[0][1]


def test_twin_locking_and_reading_at_one_stroke_a_revoked_honour_is_prepared(committed, monkeypatch):
    def at_one_stroke(model, pks):
        return model.objects.filter(pk__in=pks).order_by("pk").select_for_update(of=("self",))

    monkeypatch.setattr(facts, "_held", at_one_stroke)

    assert len(prepare_while_the_honour_is_revoked().done) == 1
