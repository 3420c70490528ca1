"""Credit records that come in while something is done. Every guard has a twin that switches it off."""

from threading import Event

import pytest
from django.db import connection, transaction

from awards.applications import screening_actions as screening
from awards.applications.models import Outcome
from awards.models import CreditFinding, Disbursement, Judgement
from awards.standing import actions
from awards.subsidies import actions as paying
from awards.subsidies.actions import digest_of
from enterprises.credit import actions as crediting
from enterprises.credit.queries import report_of
from enterprises.models import AuditEvent, CreditImport, CreditRecord, User
from foshan_quality.lib import clock
from foshan_quality.lib.concurrency import hold_alone
from tests import given
from tests.enterprises.credit.books import book, line, upload
from tests.threads import PATIENCE, at_once, kinds, slow_inside, until, without_row_locks

SMALL = {"firms": 1, "experts": 1, "members": 1, "experts_per_application": "1", "quorum": "1/100"}
TIMES = 5


@pytest.fixture
def autumn(committed):
    with clock.at(given.AFTER_NOTICE):
        yield committed


@pytest.fixture
def case(committed):
    with clock.at(given.SPRING):
        yield given.submitted(given.complete_draft(given.open_edition(), given.organisation()))


def unheld(monkeypatch):
    """Nobody waits for records or judgements that are coming in."""
    for module, name in ((crediting, "hold_alone"), (actions, "hold_alone"), (actions, "hold_together")):
        monkeypatch.setattr(module, name, lambda key: None)


# --- a record imported while a payment is being sent ------------------------------------------------------


class Slowly:
    """The trail for an import that lingers between its last record and its commit."""

    def __init__(self, real):
        self.real, self.is_written, self.is_asked = real, Event(), Event()

    def record(self, **line):
        self.is_written.set()
        until(self.is_asked)
        return self.real.record(**line)


def sent_during_import(monkeypatch):
    """An approved payment is claimed when the import has written a record against its payee and not committed."""
    season, maker = given.walk_to("honoured", **SMALL), given.maker()
    payment = given.prepared_payment(season)
    paying.approve(payment, by=given.checker(), seen=digest_of(payment))
    rows = book(line(of=season.applications[0].organisation))
    batch = crediting.take_in(by=season.secretary, upload=upload(rows))
    seen, trail = report_of(batch).seen, Slowly(crediting.audit)
    monkeypatch.setattr(crediting, "audit", trail)

    def claim():
        trail.is_written.wait(PATIENCE)
        try:
            return given.batched(payment, by=maker)
        finally:
            trail.is_asked.set()

    outcomes = at_once(lambda: crediting.import_file(batch, by=season.secretary, seen=seen), claim)
    payment.refresh_from_db()
    return outcomes, payment


def test_a_payment_waits_for_a_record_that_is_coming_in_and_is_stopped_by_it(autumn, monkeypatch):
    outcomes, payment = sent_during_import(monkeypatch)

    assert kinds(outcomes) == ["Refused", "done"]
    assert (payment.state, CreditRecord.objects.count()) == (Disbursement.State.APPROVED, 1)


def test_twin_without_the_shared_lock_the_payment_is_sent_over_the_record(autumn, monkeypatch):
    unheld(monkeypatch)

    outcomes, payment = sent_during_import(monkeypatch)

    assert kinds(outcomes) == ["done", "done"]
    assert (payment.state, CreditRecord.objects.count()) == (Disbursement.State.SENDING, 1)


def test_an_act_that_waits_too_long_for_an_import_is_told_to_come_again(case):
    is_held, is_over, by = Event(), Event(), given.secretary()
    opinion = screening.propose(case, by=given.secretary(), outcome=Outcome.ACCEPTED)

    def importing():
        with transaction.atomic():
            hold_alone(crediting.KNOWN)
            is_held.set()
            is_over.wait(PATIENCE)

    def accept():
        is_held.wait(PATIENCE)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        try:
            return screening.confirm(case, by=by, proposal=opinion.pk)
        finally:
            is_over.set()

    outcomes = at_once(importing, accept)

    assert kinds(outcomes) == ["WrongState", "done"]
    assert str(outcomes[1]) == "系统正在写入另一批数据，等候已久。没有改动任何内容，请一分钟后再试。"


# --- one record, twice at once ----------------------------------------------------------------------------


def entered_twice(firm):
    by = given.secretary()
    return at_once(*[lambda: given.credit_record(firm, by=by, number="一号")] * 2)


def test_one_document_is_entered_once(autumn):
    for turn in range(1, TIMES + 1):
        assert kinds(entered_twice(given.organisation())) == ["Refused", "done"]
        assert CreditRecord.objects.count() == turn


def test_twin_without_lock_and_key_one_document_is_entered_twice(autumn, monkeypatch):
    autumn.without_index("one_credit_record_per_document")
    unheld(monkeypatch)
    firm = given.organisation()
    slow_inside(monkeypatch, crediting.CreditRecord.objects, "create")

    assert kinds(entered_twice(firm)) == ["done", "done"]
    assert CreditRecord.objects.filter(number="一号").count() == 2


def imported_twice():
    by = given.secretary()
    batch = crediting.take_in(by=by, upload=upload(book(line())))
    seen = report_of(batch).seen
    return at_once(*[lambda: crediting.import_file(batch, by=by, seen=seen)] * 2)


def test_a_double_click_imports_once(autumn):
    for turn in range(1, TIMES + 1):
        assert kinds(imported_twice()) == ["WrongState", "done"]
        assert (CreditImport.objects.count(), CreditRecord.objects.count()) == (turn, turn)


def test_twin_without_locks_and_key_a_double_click_imports_twice(autumn, monkeypatch):
    autumn.without_index("one_credit_record_per_document")
    unheld(monkeypatch)
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, crediting, "report_of")

    assert kinds(imported_twice()) == ["done", "done"]
    assert (CreditImport.objects.count(), CreditRecord.objects.count()) == (1, 2)


def voided_twice(record):
    people = [given.secretary(), given.secretary()]
    return at_once(*(lambda by=by: crediting.void(record, by=by, reason="登记错误") for by in people))


def test_a_record_is_replaced_once(autumn):
    for turn in range(1, TIMES + 1):
        assert kinds(voided_twice(given.credit_record(given.organisation()))) == ["WrongState", "done"]
        assert CreditRecord.objects.newest().count() == turn


def test_twin_without_lock_and_key_a_record_is_replaced_twice(autumn, monkeypatch):
    record = given.credit_record(given.organisation())
    autumn.without(CreditRecord, "enterprises_creditrecord_replaces_id_key")
    unheld(monkeypatch)
    slow_inside(monkeypatch, crediting.CreditRecord.objects, "create")

    assert kinds(voided_twice(record)) == ["done", "done"]
    assert CreditRecord.objects.filter(is_void=True).count() == 2


# --- one finding, twice at once ---------------------------------------------------------------------------


def excluded_twice(found):
    by = given.secretary()
    return at_once(*[lambda: given.excluded(found, by)] * 2)


def test_a_double_click_judges_once(case):
    found = given.finding(case)

    for turn in range(1, TIMES + 1):
        assert kinds(excluded_twice(found)) == ["Refused", "done"]
        assert Judgement.objects.count() == turn


def test_twin_without_locks_and_key_a_double_click_judges_twice(case, committed, monkeypatch):
    found = given.finding(case)
    committed.without(Judgement, "one_judgement_a_person")
    unheld(monkeypatch)
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, Judgement.objects, "create")

    assert kinds(excluded_twice(found)) == ["done", "done"]
    assert Judgement.objects.count() == 2


def rechecked_twice(case):
    given.credit_record(case.organisation)
    robot = User.objects.robot()
    at_once(*[lambda: actions.recheck(by=robot)] * 2)
    return CreditFinding.objects.count(), AuditEvent.objects.filter(verb="raise_findings").count()


def test_two_rechecks_raise_a_finding_once_and_say_so_once(case):
    for turn in range(1, TIMES + 1):
        assert rechecked_twice(case) == (turn, turn)


def test_twin_without_the_lock_the_trail_says_it_twice(case, monkeypatch):
    unheld(monkeypatch)
    slow_inside(monkeypatch, CreditFinding.objects, "bulk_create")

    assert rechecked_twice(case) == (1, 2)
