"""Batches: what goes into one file, what stays out and why, and that it is handed over once."""

import hashlib
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from awards.models import Disbursement, LedgerTransaction, PaymentBatch, TreasuryFile
from awards.subsidies import actions as paying
from awards.subsidies import ledger
from awards.subsidies.batches import actions as batching
from awards.subsidies.batches import treasury
from awards.subsidies.batches.claiming import hindrances, readable
from awards.subsidies.models import MAX_ATTEMPTS
from awards.subsidies.tasks import send_batch, sweep
from enterprises.models import AuditEvent, BankAccount, Message, User
from enterprises.organisations import actions as registering
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission
from tests import given
from tests.kept import kept
from tests.steps import check_duty, copy_of, no_trace, past_triggers, put, refused, refused_by, state_of, trial

DAY = date(2026, 7, 24)


@pytest.fixture
def office(db):
    return kept(Office)()


class Office:
    """A maker, a checker, a budget, and payments as many as a test asks for."""

    def __init__(self):
        self.maker, self.checker, self.budget = given.maker(), given.checker(), given.budget("90000000")

    def approved(self, firm=None, **facts):
        """An approved payment to a firm with a recorded honour."""
        firm = firm or given.organisation()
        if not firm.bank_accounts.exists():
            given.bank_account(firm)
        honour = given.recorded_honour(firm, **{"kind": "佛山市政府质量奖", "year": 2026, "announced_on": DAY} | facts)
        entitled = paying.entitle(honour, by=self.maker, reason="已核实，不是同一事项。")
        return given.approved_payment(paying.prepare(entitled, by=self.maker, budget=self.budget), by=self.checker)

    def batch(self, *payments, **how):
        return batching.make_batch(by=self.maker, payments=payments, **how)

    def books(self):
        return {account: amount for account, amount in ledger.balances(self.budget).items() if amount}


def out():
    return {path.name: path.read_bytes() for path in treasury.folder("out").iterdir()}


# --- what goes in ---------------------------------------------------------------------------------------


def test_a_batch_takes_its_payments_books_them_in_transit_and_is_their_sum(office):
    payments = [office.approved() for _ in range(3)]

    batch = office.batch(*payments)

    total = sum(payment.amount for payment in payments)
    assert (batch.number, batch.state, batch.count, batch.total) == (f"{clock.today().year}-0001", "made", 3, total)
    assert [state_of(payment) for payment in payments] == ["sending"] * 3
    assert office.books() == {
        "appropriation": -office.budget.total,
        "available": office.budget.total - total,
        "in_transit": total,
    }
    assert LedgerTransaction.objects.filter(source__endswith=":claim").count() == 3
    assert hashlib.sha256(batch.content).hexdigest() == batch.digest
    assert payments[0].account.number.encode() in batch.content
    event = AuditEvent.objects.latest("seq")
    assert (event.verb, event.details["count"], event.details["digest"]) == ("make_batch", 3, batch.digest)


def test_the_account_numbers_of_a_file_are_not_readable_in_the_database(office):
    batch = office.batch(office.approved())

    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM awards_treasuryfile WHERE id = %s", [batch.file_id])
        stored = bytes(cursor.fetchone()[0])

    assert batch.payments.get().account.number.encode() in PaymentBatch.objects.get().content
    assert batch.payments.get().account.number.encode() not in stored


def test_numbers_run_without_gaps_and_begin_anew_each_year(office):
    first, second = office.batch(office.approved()), office.batch(office.approved())
    with refused("none"):
        office.batch()
    with clock.at(clock.now() + timedelta(days=366)):
        office.budget = given.budget()
        third = office.batch(office.approved())

    year = first.year
    assert [b.number for b in (first, second, third)] == [f"{year}-0001", f"{year}-0002", f"{third.year}-0001"]


def test_the_form_of_the_number_is_a_setting(office, settings):
    settings.TREASURY_BATCH_NUMBER = "FS{year}{serial:06}"

    assert office.batch(office.approved()).number == f"FS{clock.today().year}000001"


def test_what_something_stands_in_the_way_of_is_left_out_with_its_reason_and_the_rest_goes(office):
    free, moved, prepared = office.approved(), office.approved(), office.approved()
    given.bank_account(moved.account.organisation)
    put(prepared, "prepared")

    batch = office.batch(free, moved, prepared)

    moved.refresh_from_db()
    assert [payment.pk for payment in batch.payments.all()] == [free.pk]
    assert (moved.state, moved.problem) == ("approved", "该单位已更换对公账户，请退回经办重新编制。没有拨付。")
    assert state_of(prepared) == "prepared"


def test_where_none_is_left_the_batch_is_refused_and_the_reasons_stay(office):
    payment = office.approved()
    given.bank_account(payment.account.organisation)

    for _ in range(2):
        with pytest.raises(paying.Refused, match="已更换对公账户"):
            office.batch(payment)

    payment.refresh_from_db()
    assert (payment.state, PaymentBatch.objects.count()) == ("approved", 0)
    assert payment.problem.startswith("该单位已更换对公账户")
    assert AuditEvent.objects.filter(verb="hold_back").count() == 1


def test_a_payment_changed_after_its_approval_is_not_sent(office):
    payment = office.approved()
    with past_triggers():
        Disbursement.objects.update(document="另一份文件")

    with pytest.raises(paying.Refused, match="与复核时不同"):
        office.batch(payment)


def test_a_payment_is_in_one_batch(office):
    payment = office.approved()
    office.batch(payment)

    with refused("not_approved", untouched=[payment]):
        office.batch(payment)


def test_payments_of_two_payers_are_two_batches(office):
    city, district = office.approved(), office.approved()
    office.budget = paying.open_budget(
        by=office.maker, fund="区级", year=clock.today().year, total="9000000", document="文", payer="440605"
    )
    with past_triggers():
        Disbursement.objects.filter(pk=district.pk).update(budget=office.budget)

    with refused("payer", untouched=[city, district]):
        office.batch(city, district)


def test_what_the_page_did_not_show_does_not_go(office):
    shown, late = office.approved(), office.approved()
    seen = batching.seen_of([shown])

    with refused("changed", untouched=[shown, late]):
        office.batch(shown, late, seen=seen)

    assert office.batch(shown, seen=seen).count == 1


def test_a_character_outside_gbk_is_named_before_anything_is_claimed(office):
    payment = office.approved(given.organisation("佛山市㐂字机械有限公司"))

    with pytest.raises(paying.Refused) as refusal, no_trace(payment):
        office.batch(payment, encoding="gbk")

    assert str(refusal.value) == (
        "“佛山市㐂字机械有限公司”里的“㐂”写不进 GBK 文件，请改选 UTF-8，"
        "或与财政约定该字的写法后由单位更正。没有编制批次。"
    )
    assert office.batch(payment, encoding="utf-8").count == 1


def test_only_the_maker_makes_batches_and_resends_them(office):
    payment = office.approved()

    check_duty(Permission.BATCH_MAKE, lambda by: batching.make_batch(by=by, payments=[payment]), payment)
    batch = office.batch(payment)
    check_duty(Permission.BATCH_MAKE, lambda by: batching.resend(batch, by=by), batch)
    check_duty(Permission.BATCH_TAKE, lambda by: batching.take_file(batch, by=by), batch)
    check_duty(Permission.DISBURSEMENT_SEND, lambda by: batching.book_batch(batch, by=by, receipt="R"), batch)


# --- many asked at once answer like one -----------------------------------------------------------------


def test_many_at_once_are_judged_like_each_alone(office):
    """Groups, earlier sums, accounts and changes: the questions of the approval, asked together."""
    parent = given.organisation()
    child = given.organisation(parent_code=parent.credit_code, parent_name=parent.name)
    payments = [
        office.approved(),
        office.approved(parent),
        office.approved(child),
        office.approved(given.organisation()),
    ]
    payments.append(
        office.approved(payments[3].account.organisation, year=2027, kind="中国质量奖", announced_on=date(2021, 9, 16))
    )
    joining, named = payments[0].account.organisation, {"parent_code": parent.credit_code, "parent_name": parent.name}
    registering.edit(joining, by=given.owner_of(joining), **named)
    BankAccount.objects.filter(pk=payments[3].account_id).update(mark=payments[1].account.mark)
    honour = payments[2].entitlement.honour
    type(honour).objects.filter(pk=honour.pk).update(revoked_on=DAY)

    together = hindrances(list(readable(Disbursement.objects.order_by("pk"))))

    for payment in Disbursement.objects.order_by("pk"):
        alone = paying.payment_problems(payment.entitlement)
        alone += paying.account_problems(payment, None, paying.account_doubts(payment.account))
        assert [p.text for p in together.get(payment.pk, [])] == [p.text for p in alone]
    assert len(together) >= 3


def test_the_questions_for_a_batch_are_as_many_for_one_payment_as_for_five(office, django_assert_num_queries):
    for _ in range(5):
        office.approved()
    with transaction.atomic():
        one, five = (list(readable(Disbursement.objects.order_by("pk")[:n])) for n in (1, 5))
        for payments in (one, five):
            with django_assert_num_queries(9):
                assert hindrances(payments) == {}


# --- sending --------------------------------------------------------------------------------------------


def test_sending_hands_over_the_very_bytes_once_and_tells_the_payees(office):
    batch = office.batch(office.approved(), office.approved())

    for _ in range(3):
        send_batch(batch.pk)

    batch.refresh_from_db()
    assert (batch.state, batch.attempts, batch.receipt) == ("sent", 1, f"FILE-{batch.number}.csv")
    assert out() == {f"{batch.number}.csv": batch.content}
    assert {(p.state, p.receipt) for p in batch.payments.all()} == {("sent", batch.receipt)}
    assert Message.objects.filter(kind="payment_sent").count() == 2
    assert AuditEvent.objects.filter(verb="book_batch").count() == 1


def test_dead_between_file_and_booking_the_next_try_finishes_with_the_same_file(office):
    batch = office.batch(office.approved())
    treasury.hand_over(batch.file_name, batch.content)

    send_batch(batch.pk)

    assert state_of(batch) == "sent"
    assert out() == {batch.file_name: batch.content}


def test_a_claimed_payment_cannot_be_recalled(office):
    payment = office.approved()
    office.batch(payment)

    with no_trace(payment), pytest.raises(paying.WrongState):
        paying.reject(payment, by=office.checker, reason="迟了")


def test_a_treasury_that_stays_away_is_tried_so_often_and_then_left_to_people(office, settings, tmp_path):
    batch = office.batch(office.approved())
    (tmp_path / "treasury").write_text("a file where a folder should be")
    settings.TREASURY_ROOT = tmp_path / "treasury"
    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(treasury.Unavailable):
            send_batch(batch.pk)
    send_batch(batch.pk)

    batch.refresh_from_db()
    assert (batch.state, batch.attempts, batch.is_stuck) == ("made", MAX_ATTEMPTS, True)
    assert batch.problem.startswith("财政目录暂时写不进去：")
    assert list(PaymentBatch.objects.waiting()) == []
    (tmp_path / "treasury").unlink()
    batching.resend(batch, by=office.maker)
    send_batch(batch.pk)

    batch.refresh_from_db()
    assert (batch.state, batch.problem, out()) == ("sent", "", {batch.file_name: batch.content})
    with no_trace(batch), pytest.raises(paying.WrongState):
        batching.resend(batch, by=office.maker)


def test_another_file_of_that_name_is_never_overwritten(office):
    batch = office.batch(office.approved())
    (treasury.folder("out") / batch.file_name).write_bytes(b"other")

    send_batch(batch.pk)

    batch.refresh_from_db()
    assert (batch.is_stuck, batch.problem) == (True, f"财政目录里已有内容不同的 {batch.file_name}")
    assert (batch.attempts, list(PaymentBatch.objects.stuck()), list(PaymentBatch.objects.waiting())) == (
        1,
        [batch],
        [],
    )
    assert out() == {batch.file_name: b"other"}
    again = batching.resend(batch, by=office.maker)
    assert (again.attempts, again.is_stuck, list(PaymentBatch.objects.waiting())) == (0, False, [batch])


def test_a_file_that_is_not_what_was_made_is_neither_sent_nor_given_out(office):
    batch = office.batch(office.approved())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL portal.new_keys = 'on'")
    TreasuryFile.objects.get(pk=batch.file_id)
    other = TreasuryFile(pk=batch.file_id, content=b"other")
    other.save()
    batch = PaymentBatch.objects.get()

    with refused("digest", untouched=[batch]):
        batching.take_file(batch, by=office.maker)
    send_batch(batch.pk)

    batch.refresh_from_db()
    assert (batch.is_stuck, "与编制时的摘要不符" in batch.problem, out()) == (True, True, {})


def test_the_file_is_given_out_with_the_same_bytes_and_who_took_it_is_in_the_trail(office):
    batch = office.batch(office.approved())

    taken = [batching.take_file(batch, by=by) for by in (office.maker, office.checker)]

    assert taken == [batch.content] * 2
    trail = AuditEvent.objects.filter(verb="take_batch_file").order_by("seq")
    assert list(trail.values_list("actor_id", flat=True)) == [office.maker.pk, office.checker.pk]


def test_the_sweep_wakes_what_waits_and_not_what_is_stuck(office, monkeypatch):
    waiting, stuck = office.batch(office.approved()), office.batch(office.approved())
    PaymentBatch.objects.filter(pk=stuck.pk).update(attempts=MAX_ATTEMPTS)
    monkeypatch.setattr(send_batch, "delay", send_batch)

    sweep()

    assert (state_of(waiting), state_of(stuck)) == ("sent", "made")


def test_a_batch_is_closed_by_its_last_answer(office):
    payments, robot = [office.approved(), office.approved()], User.objects.robot()
    given.sent(*payments)
    paying.settle(payments[0], by=robot, day=DAY)
    before = PaymentBatch.objects.get().state
    paying.bounce(payments[1], by=robot, day=DAY, reason="账号不存在。")

    assert (before, PaymentBatch.objects.get().state) == ("sent", "answered")
    assert ledger.is_balanced() is True


# --- what the database refuses --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"number": "x"},
        {"count": 2},
        {"total": Decimal("1.00")},
        {"digest": "0" * 64},
        {"encoding": "gbk"},
        {"year": 2020},
        {"state": "answered", "sent_at": given.SPRING},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_was_made_stays(office, change):
    office.batch(office.approved())

    with refused_by("batch_is_frozen"):
        PaymentBatch.objects.update(**change)


def test_batches_and_files_are_never_deleted_and_bytes_never_changed(office):
    batch = office.batch(office.approved())

    with refused_by("treasury_file_is_frozen"):
        TreasuryFile.objects.filter(pk=batch.file_id).update(content=b"x")
    with refused_by("treasury_file_is_frozen"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM awards_treasuryfile")
    with refused_by("batch_is_frozen"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM awards_paymentbatch")


def test_a_payment_leaves_no_batch_joins_none_later_and_goes_nowhere_without_one(office):
    batched, other, loose = office.approved(), office.approved(), office.approved()
    batch, second = office.batch(batched), office.batch(other)

    for change in ({"batch": None}, {"batch": second}, {"amount": "1.00"}, {"document": "x"}):
        with refused_by("payment_keeps_its_batch"):
            Disbursement.objects.filter(pk=batched.pk).update(**change)
    for state in ("sending", "sent", "paid", "returned"):
        with refused_by("payment_keeps_its_batch"):
            Disbursement.objects.filter(pk=loose.pk).update(state=state)
        with refused_by("payment_keeps_its_batch"):
            copy_of(loose, state=state, reference="00000000-0000-0000-0000-000000000001")
    with refused_by("batch_adds_up"):
        Disbursement.objects.filter(pk=loose.pk).update(state="sending", batch=batch)
    with refused_by("in_a_batch_when_claimed"):
        Disbursement.objects.filter(pk=batched.pk).update(state="approved")


def test_a_batch_that_is_not_the_sum_of_its_payments_is_refused(office):
    batch = office.batch(office.approved())
    file = TreasuryFile.objects.create(content=b"x")

    with trial():
        copy_of(batch, number="x", serial=9, file=file)
        with pytest.raises(IntegrityError, match="is not the sum of its payments"):
            connection.check_constraints()
    for changes, constraint in [
        ({"number": "x", "file": file}, "one_batch_per_serial"),
        ({"serial": 9, "file": file}, "awards_paymentbatch_number_key"),
        ({"number": "x", "serial": 9}, "awards_paymentbatch_file_id_key"),
        ({"number": "x", "serial": 9, "file": file, "count": 0}, "batch_not_empty"),
        ({"number": "x", "serial": 9, "file": file, "total": 0}, "batch_not_empty"),
        ({"number": "x", "serial": 9, "file": file, "state": "sent"}, "batch_sent_at_a_moment"),
    ]:
        with refused_by(constraint):
            copy_of(batch, **changes)
