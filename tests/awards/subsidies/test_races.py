"""Two honours of one firm at one instant; the twin switches the guard off and must see the damage."""

from datetime import date

import pytest

from awards.models import Entitlement
from awards.subsidies import actions as paying
from tests import given
from tests.threads import at_once, kinds, slow_inside, without_row_locks

TIMES = 5


@pytest.fixture
def honours(committed):
    """The same honour of two years, which brings its sum once."""
    firm = given.organisation()
    return [
        given.recorded_honour(firm, kind="佛山市政府质量奖", year=year, announced_on=date(year, 7, 1))
        for year in (2026, 2030)
    ]


def both(honours):
    maker = given.maker()
    return at_once(*[lambda honour=honour: paying.entitle(honour, by=maker) for honour in honours])


def test_of_two_honours_entered_at_one_instant_the_second_sees_the_first(honours):
    for _ in range(TIMES):
        assert kinds(both(honours)) == ["Refused", "done"]
        Entitlement.objects.update(state="withdrawn")


def test_twin_without_the_lock_on_the_group_both_bring_the_sum(honours, monkeypatch):
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, paying, "as_rows")

    assert kinds(both(honours)) == ["done", "done"]
    assert Entitlement.objects.filter(state="ready").count() == 2
