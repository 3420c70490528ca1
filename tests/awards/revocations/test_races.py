"""Two at once about the money of a revoked honour, each guard with a twin that switches it off and sees the damage."""

from datetime import date
from decimal import Decimal

import pytest
from django.db.models import Sum

from awards.models import Clawback, Disbursement, EditionRule, Honour, Recovery
from awards.subsidies import ledger
from awards.subsidies.batches import actions as batching
from awards.subsidies.clawbacks import actions as recovering
from foshan_quality.lib import clock
from tests import given
from tests.awards.revocations.test_actions import LATER, Case
from tests.steps import state_of
from tests.threads import Gate, at_once, kinds, slow_inside, without_row_locks

MOST = Decimal("600000.00")


@pytest.fixture
def case(committed):
    return Case()


def enter_twice(case):
    """Two clerks enter 600,000 yuan each of the million that is owed."""
    case.payment("paid")
    case.revoked()
    owed, facts = Clawback.objects.get(), {"amount": MOST, "received_on": date(2026, 9, 10)}
    clerks = [given.maker(), given.maker()]
    with clock.at(LATER):
        return at_once(
            *(
                lambda by=by, n=n: recovering.enter_recovery(owed, by=by, voucher=f"凭证{n}", **facts)
                for n, by in enumerate(clerks)
            )
        )


def confirm_twice(entries):
    """Two people confirm one entry each at one instant."""
    people = [given.checker(), given.checker()]
    with clock.at(LATER):
        return at_once(
            *(lambda e=e, by=by: recovering.confirm_entry(e, by=by) for e, by in zip(entries, people, strict=True))
        )


def test_no_more_is_entered_than_is_owed(case):
    assert kinds(enter_twice(case)) == ["Refused", "done"]


def test_twin_without_the_lock_more_is_entered_than_is_owed_and_the_confirmation_still_refuses(case, monkeypatch):
    with monkeypatch.context() as switched_off:
        without_row_locks(switched_off)
        slow_inside(switched_off, recovering, "_recovery_problems")
        entries = enter_twice(case)

    assert kinds(entries) == ["done", "done"]
    assert kinds(confirm_twice(entries)) == ["Refused", "done"]
    assert Recovery.objects.aggregate(sum=Sum("amount"))["sum"] == Clawback.objects.get().received == MOST


def test_twin_without_any_lock_more_comes_back_than_is_owed(case, monkeypatch):
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, recovering, "_recovery_problems")
    entries = enter_twice(case)
    slow_inside(monkeypatch, recovering, "_book")

    assert kinds(confirm_twice(entries)) == ["done", "done"]
    assert Recovery.objects.aggregate(sum=Sum("amount"))["sum"] > Clawback.objects.get().owed


def revoke_while_sending(case, prepare=lambda: None):
    """One confirms the revocation while another takes the approved payment for sending; no rule holds it before."""
    EditionRule.objects.filter(key="revocation_holds_money").update(value="否")
    payment, maker = case.payment("approved"), given.maker()
    decided = case.decided()
    prepare()
    with clock.at(LATER):
        outcomes = at_once(lambda: case.revoke(decided), lambda: given.batched(payment, by=maker))
    payment.budget.refresh_from_db()
    return kinds(outcomes), state_of(payment), payment.budget.reserved


def test_a_payment_is_stopped_or_sent_and_never_both(case):
    outcomes, state, reserved = revoke_while_sending(case)

    assert (outcomes, state, reserved) in [
        (["WrongState", "done"], "cancelled", 0),
        (["Refused", "done"], "cancelled", 0),
        (["done", "done"], "sending", Decimal("1000000.00")),
    ]
    assert (Honour.objects.in_force().count(), ledger.is_balanced()) == (0, True)


def test_twin_without_lock_and_trigger_a_stopped_payment_is_sent(case, committed, monkeypatch):
    gate = Gate(2)
    for trigger in ("payment_keeps_its_batch", "disbursement_stays"):
        committed.without_trigger(Disbursement, trigger)

    def without_guard():
        without_row_locks(monkeypatch)
        slow_inside(monkeypatch, batching, "_refuse_unwritable", gate=gate)
        slow_inside(monkeypatch, recovering, "_release", gate=gate)

    outcomes, _state, reserved = revoke_while_sending(case, without_guard)

    assert (outcomes, reserved) == (["done", "done"], 0)
    assert ledger.balances()["in_transit"] == Decimal("1000000.00")
