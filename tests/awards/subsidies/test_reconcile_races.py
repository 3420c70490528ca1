"""Two comparisons at one instant; the twin switches the guard off and must see the damage."""

from threading import Event

import pytest
from django.db.models import F

from awards.models import Budget, Reconciliation
from awards.subsidies.reconciling import actions as reconcile_actions
from awards.subsidies.reconciling import comparison as reconcile
from enterprises.models import User
from tests import given
from tests.threads import PATIENCE, at_once, until


@pytest.fixture
def books(committed):
    return given.budget()


def an_old_look_and_a_new_one(monkeypatch):
    """One looks while all is well and is slow to say so; meanwhile a difference comes about and another one looks.

    What the newest comparison says in the end.
    """
    robot, looked, told, real = User.objects.robot(), Event(), Event(), reconcile.differences

    def slowly_at_first():
        found = real()
        if not looked.is_set():
            looked.set()
            until(told)
        return found

    def later():
        looked.wait(PATIENCE)
        Budget.objects.update(total=F("total") + 1)
        reconcile_actions.run(by=robot)
        told.set()

    monkeypatch.setattr(reconcile, "differences", slowly_at_first)
    at_once(lambda: reconcile_actions.run(by=robot), later)
    return Reconciliation.objects.order_by("-pk").values_list("difference_count", flat=True).first()


def test_an_older_look_never_hides_a_newer_one(books, monkeypatch):
    assert an_old_look_and_a_new_one(monkeypatch) == 1


def test_twin_without_the_lock_the_older_look_hides_the_difference(books, monkeypatch):
    monkeypatch.setattr(reconcile_actions, "hold_alone", lambda key: None)

    assert an_old_look_and_a_new_one(monkeypatch) == 0
