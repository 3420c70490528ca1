"""Two of one firm answer at once: one answer stands. The twin switches the guard off and sees the damage."""

from datetime import timedelta

import pytest

from awards.models import Statement
from awards.publicity import statement_actions as stating
from enterprises.models import AuditEvent
from foshan_quality.lib import clock
from tests import given
from tests.threads import at_once, kinds, slow_inside, without_row_locks

SMALL = {"firms": 1, "experts": 1, "members": 1, "experts_per_application": "1"}


@pytest.fixture
def asked(committed):
    season = given.walk_to("publicised", **SMALL)
    [application] = season.applications
    with clock.at(given.NOTICE + timedelta(days=1)):
        objection = given.objection_to(application, season.notice)
        statement = stating.ask_for_statement(objection, by=season.secretary, facts="抽检", due_on=clock.today())
        people = [given.owner_of(application.organisation), given.colleague_of(application.organisation)]
        yield statement, people


def answers(statement, people):
    return [lambda who=who: stating.give_statement(statement, by=who, answer=who.name) for who in people]


def test_two_answers_at_once_leave_one_and_tell_the_other(asked):
    outcomes = at_once(*answers(*asked))

    given_by = Statement.objects.get().answered_by
    assert kinds(outcomes) == ["WrongState", "done"]
    assert AuditEvent.objects.get(verb="give_statement").actor_id == given_by.pk


def test_twin_without_the_lock_the_second_answer_wipes_out_the_first(asked, monkeypatch):
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, stating, "_refuse_unless_waiting")

    outcomes = at_once(*answers(*asked))

    assert kinds(outcomes) == ["done", "done"]
    assert AuditEvent.objects.filter(verb="give_statement").count() == 2
