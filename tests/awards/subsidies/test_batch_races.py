"""Batches made, sent and answered by two at once. Every guard has a twin that switches it off and sees the damage."""

import io
from contextlib import contextmanager

import pytest
from django.core.files.base import File

from awards.models import Disbursement, LedgerTransaction, PaymentBatch, ResultFile, ResultLine
from awards.subsidies import actions as paying
from awards.subsidies import ledger, tasks, telling
from awards.subsidies.batches import actions as batching
from awards.subsidies.batches import result_actions as answering
from awards.subsidies.batches import treasury
from awards.subsidies.tasks import send_batch
from enterprises.models import AuditEvent, User
from tests import given
from tests.awards.subsidies.test_batches import Office, out
from tests.awards.subsidies.test_results import HEADING, Answers
from tests.threads import Gate, at_once, kinds, slow_inside, without_row_locks


@pytest.fixture
def office(committed):
    return Office()


# --- two batches over the same payments -----------------------------------------------------------------


def make_twice(office, payments):
    return at_once(*[lambda: office.batch(*payments)] * 2)


def files_with(payment):
    return [batch.number for batch in PaymentBatch.objects.all() if str(payment.reference).encode() in batch.content]


def test_of_two_batches_at_once_over_the_same_payments_one_is_made(office):
    payments = [office.approved(), office.approved()]

    assert kinds(make_twice(office, payments)) == ["Refused", "done"]
    assert len(files_with(payments[0])) == 1
    assert ledger.is_balanced() is True


def test_twin_without_locks_key_and_trigger_a_payment_is_in_two_files(office, committed, monkeypatch):
    payments = [office.approved(), office.approved()]
    committed.without(LedgerTransaction, "awards_ledgertransaction_source_key")
    committed.without_trigger(Disbursement, "payment_keeps_its_batch")
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, batching, "_refuse_unwritable")

    assert kinds(make_twice(office, payments)) == ["done", "done"]
    assert len(files_with(payments[0])) == 2


def test_without_the_locks_the_database_still_keeps_a_payment_in_one_batch(office, monkeypatch):
    payments = [office.approved()]
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, batching, "_refuse_unwritable")

    assert kinds(make_twice(office, payments)) == ["IntegrityError", "done"]
    assert len(files_with(payments[0])) == 1


def test_two_batches_at_once_have_two_numbers_without_a_gap(office):
    first, second = office.approved(), office.approved()

    assert kinds(at_once(lambda: office.batch(first), lambda: office.batch(second))) == ["done", "done"]
    assert sorted(PaymentBatch.objects.values_list("serial", flat=True)) == [1, 2]


def test_a_recall_that_meets_the_making_of_a_batch_wins_whole_or_not_at_all(office):
    for _ in range(3):
        payment = office.approved()

        made, recalled = at_once(
            lambda p=payment: office.batch(p), lambda p=payment: paying.reject(p, by=office.checker, reason="账户存疑")
        )

        payment.refresh_from_db()
        was_recalled = not isinstance(recalled, Exception)
        assert payment.state == ("cancelled" if was_recalled else "sending")
        assert isinstance(made, Exception) is was_recalled
        assert ledger.is_balanced() is True


# --- two workers on one batch ---------------------------------------------------------------------------


@pytest.fixture
def collected(monkeypatch):
    """The names of the files put there, by a treasury that takes every file away as it comes."""
    names = []

    def take(ready, path):
        names.append(path.name)
        ready.unlink(missing_ok=True)

    monkeypatch.setattr(treasury, "_put", take)
    return names


def send_twice(batch):
    return at_once(*[lambda: send_batch(batch.pk)] * 2)


def test_two_workers_on_one_batch_hand_over_one_file_and_book_it_once(office, collected):
    batch = office.batch(office.approved())

    assert kinds(send_twice(batch)) == ["done", "done"]
    assert collected == [batch.file_name]
    assert AuditEvent.objects.filter(verb="book_batch").count() == 1
    assert LedgerTransaction.objects.filter(source__endswith=":claim").count() == 1


@contextmanager
def everybody(key):
    """Every worker believes to be alone."""
    yield True


def test_twin_without_the_guards_two_files_are_handed_over_and_two_bookings_made(office, collected, monkeypatch):
    batch = office.batch(office.approved())
    monkeypatch.setattr(tasks, "only_one", everybody)
    monkeypatch.setattr(treasury, "_is_over", lambda *paths: False)
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, treasury, "hand_over")
    slow_inside(monkeypatch, telling, "tell_sent")

    assert kinds(send_twice(batch)) == ["done", "done"]
    assert collected == [batch.file_name] * 2
    assert AuditEvent.objects.filter(verb="book_batch").count() == 2


# --- two imports of one answer --------------------------------------------------------------------------


@pytest.fixture
def answers(committed):
    return Answers()


def book_twice(office):
    """Two files that say the same, booked at one instant."""
    line = office.line(office.first)
    files = [office.read(line), office.read(line, line)]
    return at_once(*(lambda f=f: answering.book_result(f, by=office.maker) for f in files))


def settled():
    return LedgerTransaction.objects.filter(source__contains=":settle").count()


def test_one_answer_in_two_files_at_once_is_booked_once(answers):
    assert kinds(book_twice(answers)) == ["done", "done"]
    assert settled() == 1
    assert ResultLine.objects.filter(outcome="settled").count() == 1


def test_two_files_at_once_that_answer_a_batch_together_close_it(answers):
    files = [answers.read(answers.line(payment)) for payment in (answers.first, answers.second)]

    assert kinds(at_once(*(lambda f=f: answering.book_result(f, by=answers.maker) for f in files))) == ["done", "done"]
    assert PaymentBatch.objects.get().state == "answered"


def test_twin_without_the_lock_on_the_batch_nobody_closes_it(answers, monkeypatch):
    files = [answers.read(answers.line(payment)) for payment in (answers.first, answers.second)]
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, answering, "close_answered", after=True)

    assert kinds(at_once(*(lambda f=f: answering.book_result(f, by=answers.maker) for f in files))) == ["done", "done"]
    assert PaymentBatch.objects.get().state == "sent"


def test_without_the_lock_the_key_alone_stops_the_second_booking(answers, monkeypatch):
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, answering, "_settle")

    assert kinds(book_twice(answers)) == ["IntegrityError", "done"]
    assert settled() == 1


def test_twin_without_lock_and_keys_one_answer_is_booked_twice(answers, committed, monkeypatch):
    committed.without(LedgerTransaction, "awards_ledgertransaction_source_key")
    committed.without(ResultLine, "one_answer_per_payment")
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, answering, "_settle")

    assert kinds(book_twice(answers)) == ["done", "done"]
    assert settled() == 2


def test_two_readings_of_the_folder_at_once_book_once(answers):
    text = HEADING + answers.line(answers.first)
    (treasury.folder("in") / "answer.csv").write_text(text, "utf-8-sig")

    outcomes = at_once(*[lambda: answering.import_folder(by=User.objects.robot())] * 2)

    assert (kinds(outcomes), settled(), list(out())) == (["done", "done"], 1, [f"{answers.number}.csv"])


def test_twin_without_its_guards_the_folder_is_read_and_booked_twice(answers, committed, monkeypatch):
    (treasury.folder("in") / "answer.csv").write_text(HEADING + answers.line(answers.first), "utf-8-sig")
    committed.without(LedgerTransaction, "awards_ledgertransaction_source_key")
    committed.without(ResultLine, "one_answer_per_payment")
    committed.without(ResultFile, "one_result_file")
    monkeypatch.setattr(answering, "only_one", everybody)
    monkeypatch.setattr(answering, "hold_alone", lambda key: None)
    without_row_locks(monkeypatch)
    gathered = Gate(2)
    for name in ("digest_of_bytes", "_judged", "_settle"):
        slow_inside(monkeypatch, answering, name, gate=gathered)

    at_once(*[lambda: answering.import_folder(by=User.objects.robot())] * 2)

    assert (ResultFile.objects.count(), settled()) == (2, 2)


# --- two people with one answer -------------------------------------------------------------------------


def hand_in_twice(office):
    """Two clerks hand in the very same file at one instant."""
    content = (HEADING + office.line(office.first)).encode()
    clerks = [office.maker, given.maker()]
    return at_once(
        *(lambda by=by: answering.hand_in(by=by, upload=File(io.BytesIO(content), "answer.csv")) for by in clerks)
    )


def test_of_one_file_handed_in_by_two_at_once_the_second_is_told_of_the_first(answers):
    assert kinds(hand_in_twice(answers)) == ["Refused", "done"]
    assert ResultFile.objects.count() == 1


def test_without_the_lock_the_key_alone_keeps_one_file_once(answers, monkeypatch):
    monkeypatch.setattr(answering, "hold_alone", lambda key: None)
    slow_inside(monkeypatch, answering, "_judged")

    assert kinds(hand_in_twice(answers)) == ["IntegrityError", "done"]
    assert ResultFile.objects.count() == 1


def test_twin_without_lock_and_key_one_file_is_kept_twice(answers, committed, monkeypatch):
    committed.without(ResultFile, "one_result_file")
    monkeypatch.setattr(answering, "hold_alone", lambda key: None)
    slow_inside(monkeypatch, answering, "digest_of_bytes")
    slow_inside(monkeypatch, answering, "_judged")

    assert kinds(hand_in_twice(answers)) == ["done", "done"]
    assert ResultFile.objects.count() == 2
