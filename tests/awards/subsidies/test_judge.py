"""The storm's judge sees every kind of damage it is asked for."""

import pytest

from awards.benchmarks.owed import owe
from awards.models import Budget, Disbursement
from awards.subsidies import actions as paying
from awards.subsidies.bulk import actions as bulk
from enterprises.models import User
from foshan_quality.lib import clock
from tests import given
from tests.steps import past_triggers
from tests.storm import judge
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
    facts = {"done": done, "numbers": numbers} | changes
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
