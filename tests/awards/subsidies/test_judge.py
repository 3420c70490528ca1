"""The storm's judge sees every kind of damage it is asked for."""

from decimal import Decimal

import pytest
from django.db.models import F

from awards.benchmarks.owed import owe
from awards.models import Budget, ClawbackEntry, Disbursement, LedgerTransaction, Reversal
from awards.subsidies import actions as paying
from awards.subsidies.bulk import actions as bulk
from awards.subsidies.clawbacks import actions as recovering
from awards.subsidies.corrections import actions as correcting
from awards.subsidies.policies.actions import change_budget
from enterprises.models import User
from foshan_quality.lib import clock
from tests import given
from tests.steps import past_triggers
from tests.storm import faults, judge
from tests.storm.points import POINTS
from tests.storm.runs import revoke
from tests.workers import database_url


@pytest.fixture
def season(committed):
    """Two payments that the treasury has paid, and what it says of them: done, and its files' numbers."""
    maker, budget = given.maker(), given.budget("9000000")
    entitlements = owe(2, by=maker)
    prepared = bulk.prepare_many(by=maker, budget=budget, entitlements=entitlements).done
    bulk.approve_many(by=given.checker(), seen={payment.pk: paying.digest_of(payment) for payment in prepared})
    payments = list(Disbursement.objects.order_by("pk"))
    given.sent(*payments)
    for payment in payments:
        paying.settle(payment, by=User.objects.robot(), day=clock.today())
    done = [(str(payment.reference), payment.amount, True) for payment in payments]
    return done, [payments[0].batch.number], budget.pk, [entitlement.pk for entitlement in entitlements]


def damage(season, **changes):
    done, numbers, budget, entitlements = season
    facts = {"done": done, "numbers": numbers, "total": Decimal(9_000_000)} | changes
    found, said = judge.damage(database_url(), **facts, budget=budget, entitlements=entitlements)
    assert bool(said) is any(found.values())
    return {verdict: count for verdict, count in found.items() if count}


def test_every_damage_is_seen_and_nothing_where_there_is_none(season, committed):
    done, numbers, _budget, _entitlements = season

    assert damage(season) == {}
    assert damage(season, done=[*done, done[0]]) == {"double": 1}
    assert damage(season, numbers=numbers * 2) == {"double": 1}
    assert damage(season, done=done[1:]) == {"lost": 2}  # the entitlement, and a payment paid in our books alone
    assert damage(season, done=[*done, ("00000000-0000-0000-0000-000000000001", done[0][1], True)]) == {"lost": 1}
    assert damage(season, numbers=[]) == {"lost": 1}
    assert damage(season, total=Decimal(8_000_000)) == {"unbalanced": 3}  # the budget, and two accounts of its books
    committed.without(Disbursement, "two_officers")
    with past_triggers():
        Disbursement.objects.filter(reference=done[0][0]).update(approved_by=given.maker())
    assert damage(season) == {}  # another maker: still two people
    payment = Disbursement.objects.get(reference=done[0][0])
    with past_triggers():
        Disbursement.objects.filter(pk=payment.pk).update(approved_by=payment.prepared_by)
    assert damage(season) == {"single_person": 1}
    with past_triggers():
        Disbursement.objects.filter(pk=payment.pk).update(approved_by=given.checker())
    Budget.objects.update(reserved=payment.amount)
    assert damage(season) == {"unbalanced": 2}  # the budget, and what the books say is available


@pytest.fixture
def recovered(season):
    """Of one of the payments a part came back, under a voucher; a sum added to the budget by mistake was reversed."""
    maker, checker = given.maker(), given.checker()
    payment = Disbursement.objects.first()
    [clawback] = revoke(payment.entitlement.honour_id, by=maker).clawbacks
    facts = {"amount": Decimal(300_000), "received_on": clock.today(), "voucher": "凭证1"}
    recovering.confirm_entry(recovering.enter_recovery(clawback, by=maker, **facts), by=checker)
    change_budget(payment.budget, by=maker, amount="1000000", document="误录")
    mistake = LedgerTransaction.objects.get(source__contains=":change:")
    correcting.confirm_reversal(correcting.propose_reversal(mistake, by=maker, reason="误录"), by=checker)
    return {"vouchers": {"凭证1": Decimal(300_000)}, "mistakes": [mistake.pk]}


def test_every_point_stands_for_a_function_that_is_there():
    functions = [(point.module, point.function) for point in POINTS if point.module]

    assert [place for place in functions if not callable(getattr(faults._owner(place[0]), place[1], None))] == []
    assert len({point.name for point in POINTS}) == len(POINTS)


def test_damage_to_what_came_back_and_to_corrections_is_seen(season, recovered, committed):
    less, more = ({"凭证1": Decimal(amount)} for amount in (200_000, 400_000))

    assert damage(season, **recovered) == {}
    assert damage(season, **recovered | {"vouchers": less}) == {"double": 1, "unbalanced": 2}
    assert damage(season, **recovered | {"vouchers": more}) == {"lost": 1, "unbalanced": 2}
    first = LedgerTransaction.objects.order_by("pk").first().pk
    assert damage(season, **recovered | {"mistakes": [*recovered["mistakes"], first]}) == {"lost": 1}
    committed.without_trigger(ClawbackEntry, "clawback_entry_stays")
    for model, guard, both in (
        (ClawbackEntry, "clawback_entry_two_people", {"confirmed_by": F("entered_by")}),
        (Reversal, "reversal_two_people", {"confirmed_by": F("proposed_by")}),
    ):
        committed.without(model, guard)
        checker = model.objects.get().confirmed_by
        model.objects.update(**both)
        assert damage(season, **recovered) == {"single_person": 1}
        model.objects.update(confirmed_by=checker)
