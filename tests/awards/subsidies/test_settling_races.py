"""Two payments of one entitlement at one instant; the twins switch the guards off and see the damage in yuan."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Sum

from awards.models import Disbursement
from awards.subsidies import actions as paying
from awards.subsidies.plans import actions as planning
from awards.subsidies.plans.instalments import Part
from foshan_quality.lib import clock
from tests import given
from tests.threads import at_once, kinds, slow_inside, without_row_locks

TIMES = 20
NOW = datetime(2026, 9, 1, 10, 0, tzinfo=given.SHANGHAI)
HALF, MILLION = Decimal("500000.00"), Decimal("1000000.00")


class Plan:
    """An entitlement of a million in two parts, both due, and two makers."""

    def __init__(self):
        firm = given.organisation()
        given.bank_account(firm)
        honour = given.recorded_honour(firm, kind="佛山市政府质量奖", year=2026, announced_on=date(2026, 7, 24))
        self.makers, self.budget = [given.maker(), given.maker()], given.budget()
        self.entitlement = paying.entitle(honour, by=self.makers[0])
        parts = [Part(date(2026, 8, 1), HALF), Part(date(2026, 8, 2), HALF)]
        plan = planning.enter_plan(self.entitlement, by=self.makers[0], parts=parts, document="某文", reason="某理由")
        planning.confirm_plan(self.entitlement, by=given.checker(), plan=plan.pk)

    def prepare_at_once(self):
        return kinds(
            at_once(*(lambda by=by: paying.prepare(self.entitlement, by=by, budget=self.budget) for by in self.makers))
        )

    def being_paid(self):
        live = Disbursement.objects.exclude(state__in=["returned", "cancelled"])
        return live.aggregate(sum=Sum("amount"))["sum"]

    def clear(self):
        Disbursement.objects.update(state="cancelled")


@pytest.fixture
def plan(committed):
    with clock.at(NOW):
        yield Plan()


@pytest.fixture
def without_the_trigger(committed):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE awards_disbursement DISABLE TRIGGER payments_within_the_entitlement")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE awards_disbursement ENABLE TRIGGER payments_within_the_entitlement")


def test_two_makers_at_once_prepare_two_parts_and_never_one_twice(plan):
    for _ in range(TIMES):
        assert plan.prepare_at_once() == ["done", "done"]
        assert plan.being_paid() == MILLION
        assert Disbursement.objects.exclude(state="cancelled").values("instalment").distinct().count() == 2
        plan.clear()


def test_twin_without_the_lock_the_key_alone_stops_the_same_part(plan, monkeypatch):
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, paying, "payment_problems")

    assert plan.prepare_at_once() == ["IntegrityError", "done"]
    assert plan.being_paid() == HALF


def test_without_lock_and_key_the_trigger_still_keeps_to_the_whole(plan, committed, monkeypatch):
    paying.prepare(plan.entitlement, by=plan.makers[0], budget=plan.budget)
    committed.without(Disbursement, "one_live_payment_per_instalment")
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, paying, "payment_problems")

    assert plan.prepare_at_once() == ["IntegrityError", "done"]
    assert plan.being_paid() == MILLION


def test_twin_without_lock_key_and_trigger_more_than_the_whole_is_paid(
    plan, committed, without_the_trigger, monkeypatch
):
    paying.prepare(plan.entitlement, by=plan.makers[0], budget=plan.budget)
    committed.without(Disbursement, "one_live_payment_per_instalment")
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, paying, "payment_problems")

    assert plan.prepare_at_once() == ["done", "done"]
    assert plan.being_paid() == MILLION + HALF
