"""A real Celery worker on the real Redis, in its own process, on the test's database."""

import os
import signal
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from awards.certificates import actions as certifying
from awards.certificates import signing
from awards.certificates import tasks as certificate_tasks
from awards.models import Certificate, Disbursement, Honour, LedgerTransaction
from awards.subsidies import actions as paying
from awards.subsidies import ledger
from awards.subsidies import tasks as payment_tasks
from awards.subsidies.actions import digest_of
from awards.subsidies.batches import actions as batching
from awards.subsidies.batches import treasury
from awards.subsidies.batches.layouts import ANSWER
from enterprises.audit.queries import broken_row
from enterprises.models import AuditEvent, Message, User
from foshan_quality.lib import clock
from tests import given
from tests.awards.certificates.granted import honours
from tests.workers import NOWHERE, all_done, eventually, redis_url, sending_to, start_worker

pytestmark = pytest.mark.worker

SMALL = {"experts": 1, "members": 1, "experts_per_application": "1"}
MOMENT = given.AFTER_NOTICE + timedelta(days=3)


def issue(firms):
    """Certificates issued in simulated time for so many winners; their jobs go to the broker of the moment."""
    season = given.walk_to("honoured", firms=firms, **SMALL)
    with clock.at(MOMENT):
        return certifying.issue(season.edition, by=season.secretary)


def issue_many(count):
    """The same for honours without a season before them, which costs less."""
    granted = honours(count)
    with clock.at(MOMENT):
        return certifying.issue(granted.edition, by=granted.secretary)


def in_state(state, count):
    return lambda: Certificate.objects.filter(state=state).count() == count


def draws_logged():
    return sorted(AuditEvent.objects.filter(verb="draw").values_list("target_id", flat=True))


def numbers():
    return list(Certificate.objects.order_by("sequence").values_list("pk", "sequence", "number", "code"))


def pdf_names(folder):
    return sorted(path.name for path in (folder / "media").rglob("*.pdf") if path.parts[-3] == "certificates")


# --- certificates -------------------------------------------------------------------------------------


def test_the_worker_draws_what_was_issued_in_the_simulated_moment_it_was_issued_in(worker):
    issued = issue(3)

    assert eventually(in_state("drawn", 3))
    assert {c.drawn_at for c in Certificate.objects.all()} == {MOMENT}
    assert {line.at for line in AuditEvent.objects.filter(verb="draw")} == {MOMENT}
    assert draws_logged() == sorted(str(c.pk) for c in issued)
    assert Message.objects.filter(kind="certificate_ready").count() == 3
    for certificate in Certificate.objects.all():
        assert signing.digest(certificate.pdf.read()) == certificate.digest
    assert broken_row() is None


def test_a_job_that_arrives_four_times_draws_once(worker, broker):
    [certificate] = issue_many(1)
    for _ in range(2):
        certificate_tasks.draw_certificate.delay(certificate.pk)
    assert eventually(in_state("drawn", 1))
    certificate_tasks.draw_certificate.delay(certificate.pk)
    assert eventually(lambda: all_done(broker))

    assert draws_logged() == [str(certificate.pk)]
    assert len([name for name in pdf_names(worker) if name.startswith(certificate.code)]) == 1


def test_real_time_stays_real_for_jobs_sent_in_real_time(worker):
    season = honours()
    before = clock.now()
    certifying.issue(season.edition, by=season.secretary)

    assert eventually(in_state("drawn", 1))
    assert before < Certificate.objects.get().drawn_at < clock.now()


def test_a_killed_worker_loses_and_doubles_nothing(worker, broker, redis_number, tmp_path):
    with sending_to(redis_url(redis_number + 7)) as url:
        issued = issue_many(40)
        with transaction.atomic():
            Certificate.objects.select_for_update().latest("sequence")  # the worker cannot come to the end
            doomed = start_worker(broker=url, folder=worker, log=tmp_path / "doomed.log")
            try:
                assert eventually(lambda: Certificate.objects.filter(state="drawn").exists())
            finally:
                os.killpg(doomed.pid, signal.SIGKILL)
                doomed.wait()
    before, drawn_before = numbers(), Certificate.objects.filter(state="drawn").count()
    with sending_to(broker), clock.at(MOMENT):
        certificate_tasks.sweep()

        assert eventually(in_state("drawn", 40))
    assert drawn_before < 40  # else the kill came too late to prove anything
    assert numbers() == before
    assert [sequence for _pk, sequence, *_ in before] == list(range(1, 41))
    assert draws_logged() == sorted(str(c.pk) for c in issued)
    for certificate in Certificate.objects.all():
        assert signing.digest(certificate.pdf.read()) == certificate.digest
        assert certificate.attempts <= 2
    assert broken_row() is None


def test_a_poisoned_certificate_is_parked_and_the_others_are_drawn(worker, broker):
    season = honours(2)
    poisoned = Honour.objects.earliest("pk")
    with sending_to(NOWHERE), clock.at(MOMENT):
        certifying.issue(season.edition, by=season.secretary)
    Certificate.objects.filter(honour=poisoned).update(printed_name="佛山市\U000e0001公司")
    with sending_to(broker):
        certificate_tasks.sweep()

    assert eventually(lambda: in_state("drawn", 1)() and in_state("parked", 1)())
    parked = Certificate.objects.get(state="parked")
    assert parked.honour_id == poisoned.pk
    assert parked.problem != ""
    Certificate.objects.filter(honour=poisoned).update(printed_name="佛山市某公司")
    certifying.retry(parked, by=season.secretary)
    assert eventually(in_state("drawn", 2))


def test_a_drawing_that_kills_itself_every_time_is_tried_five_times_and_parked(worker):
    folder, closed = worker / "media" / "certificates", worker / "media" / "certificates.aside"
    season = honours()
    folder.mkdir(parents=True, exist_ok=True)
    folder.rename(closed)
    folder.write_text("a file where the folder should be: nothing can be kept")
    try:
        with clock.at(MOMENT):
            [certificate] = certifying.issue(season.edition, by=season.secretary)
        for attempt in range(1, 6):
            assert eventually(lambda n=attempt: Certificate.objects.get().attempts == n)
            certificate_tasks.sweep()
        assert eventually(in_state("parked", 1))
    finally:
        folder.unlink()
        closed.rename(folder)

    parked = Certificate.objects.get()
    assert (parked.number, parked.problem) == (certificate.number, "试了 5 次都没有完成，请联系系统管理员查看日志。")
    certifying.retry(parked, by=season.secretary)
    assert eventually(in_state("drawn", 1))


def test_issuing_works_while_redis_is_away_and_the_sweep_finishes_later(worker, broker, caplog):
    season = honours(2)
    with sending_to(NOWHERE), clock.at(MOMENT):
        began = time.monotonic()
        issued = certifying.issue(season.edition, by=season.secretary)
        took = time.monotonic() - began

    assert took < 3  # nobody waits for a broker that is away
    assert in_state("queued", 2)()
    assert [r.message for r in caplog.records if "broker away" in r.message] == [
        "broker away; awards.certificates.tasks.draw_certificates waits for the sweep with 2 bundles"
    ]
    with sending_to(broker):
        certificate_tasks.sweep()
        assert eventually(in_state("drawn", 2))
    assert draws_logged() == sorted(str(c.pk) for c in issued)


# --- money --------------------------------------------------------------------------------------------


def prepare_payment():
    maker, organisation = given.maker(), given.organisation()
    given.bank_account(organisation)
    day = given.AFTER_NOTICE.date()
    honour = given.recorded_honour(organisation, kind="佛山市政府质量奖", year=2026, announced_on=day)
    return paying.prepare(paying.entitle(honour, by=maker), by=maker, budget=given.budget())


def approve(payment):
    return paying.approve(payment, by=given.checker(), seen=digest_of(payment))


def payment_is(state):
    return lambda: Disbursement.objects.get().state == state


def made_batch(payment):
    return batching.make_batch(by=payment.prepared_by, payments=[payment])


def test_the_worker_sends_a_batch_exactly_once_however_often_it_is_told(worker):
    payment = approve(prepare_payment())
    batch = made_batch(payment)
    for _ in range(3):
        payment_tasks.send_batch.delay(batch.pk)
    payment_tasks.sweep.delay()

    assert eventually(payment_is("sent"))
    assert (treasury.folder("out") / batch.file_name).read_bytes() == batch.content
    assert list(LedgerTransaction.objects.order_by("pk").values_list("source", flat=True)) == [
        f"budget:{payment.budget_id}",
        f"disbursement:{payment.pk}:approve",
        f"disbursement:{payment.pk}:claim",
    ]
    assert AuditEvent.objects.filter(verb="book_batch").count() == 1
    assert ledger.is_balanced() is True


def test_the_worker_takes_the_answers_in_and_reading_again_changes_nothing(worker):
    payment = approve(prepare_payment())
    batch = made_batch(payment)
    assert eventually(payment_is("sent"))
    line = f"{batch.number},{payment.reference},{payment.amount},已付,2026-09-30,\r\n"

    for lines in (line, line * 2):
        text = f"{','.join(ANSWER)}\r\n{lines}"
        Path(treasury.folder("in"), "answer.csv").write_text(text, "utf-8-sig")
        payment_tasks.import_results.delay()
        assert eventually(lambda: treasury.answer_files() == [])

    assert payment_is("paid")()
    assert LedgerTransaction.objects.filter(source__endswith=":settle").count() == 1
    assert AuditEvent.objects.filter(verb="book_result").count() == 2


def test_a_batch_is_made_while_redis_is_away_and_the_sweep_sends_it_later(worker, broker):
    with sending_to(NOWHERE):
        made_batch(approve(prepare_payment()))

    assert payment_is("sending")()
    with sending_to(broker):
        payment_tasks.sweep()
        assert eventually(payment_is("sent"))
    assert ledger.is_balanced() is True


def test_a_worker_killed_between_file_and_booking_leaves_a_batch_the_next_one_finishes(worker):
    with sending_to(NOWHERE):
        batch = made_batch(approve(prepare_payment()))
    batching.count_attempt(batch, by=User.objects.robot())
    treasury.hand_over(batch.file_name, batch.content)

    payment_tasks.sweep.delay()

    assert eventually(payment_is("sent"))
    assert (treasury.folder("out") / batch.file_name).read_bytes() == batch.content
