"""The treasury's answers: booked once whatever comes how often, and listed as differences where they do not fit."""

import io
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.base import File

from awards.models import (
    Clawback,
    Disbursement,
    Honour,
    LedgerTransaction,
    PaymentBatch,
    ResultFile,
    ResultLine,
    TreasuryFile,
)
from awards.subsidies import actions as paying
from awards.subsidies import ledger
from awards.subsidies.batches import result_actions as answering
from awards.subsidies.batches import treasury
from awards.subsidies.tasks import import_results
from enterprises.models import AuditEvent, User
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission
from tests import given
from tests.awards.subsidies.test_batches import Office
from tests.kept import kept
from tests.steps import check_duty, check_step, copy_of, no_trace, refused, refused_by, state_of

HEADING = "批次号,支付流水号,金额,结果,日期,说明\r\n"
UNKNOWN = "00000000-0000-0000-0000-000000000001"
DAY = date(2026, 9, 30)


class Answers(Office):
    """An office with a batch of two that the treasury has, and a third payment that waits."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.waiting = self.approved(), self.approved(), self.approved()
        given.sent(self.first, self.second, by=self.maker)
        self.number = PaymentBatch.objects.get().number
        for payment in (self.first, self.second):
            payment.refresh_from_db()

    def line(self, payment, result="已付", *, day="2026-09-30", note="", **changes):
        facts = {"batch": self.number, "reference": payment.reference, "amount": payment.amount} | changes
        return f"{facts['batch']},{facts['reference']},{facts['amount']},{result},{day},{note}\r\n"

    def read(self, *lines, name="answer.csv", encoding="utf-8"):
        return read("".join([HEADING, *lines]).encode(encoding), self.maker, name)

    def book(self, *lines, **how):
        return answering.book_result(self.read(*lines, **how), by=self.maker)


def read(content, by, name="answer.csv"):
    return answering.read_result(File(io.BytesIO(content), name), by=by)


def outcomes(result):
    return [(line.outcome, line.why) for line in result.lines.all()]


@pytest.fixture
def office(db):
    return kept(Answers)()


def test_reading_says_what_would_be_booked_and_books_nothing(office):
    with no_trace(office.first, office.second):
        before = LedgerTransaction.objects.count()
    result = office.read(office.line(office.first), office.line(office.second, "退汇", note="账号不存在。"))

    assert (result.state, outcomes(result)) == ("read", [("settled", ""), ("returned", "")])
    assert [state_of(p) for p in (office.first, office.second)] == ["sent", "sent"]
    assert LedgerTransaction.objects.count() == before


def test_booking_pays_and_returns_closes_the_batch_and_balances(office):
    result = office.book(office.line(office.first), office.line(office.second, "退汇", note="账号不存在。"))

    office.first.refresh_from_db()
    office.second.refresh_from_db()
    assert (office.first.state, office.first.answered_on) == ("paid", DAY)
    assert (office.second.state, office.second.problem) == ("returned", "账号不存在。")
    assert (result.state, PaymentBatch.objects.get().state) == ("booked", "answered")
    assert office.books()["paid"] == office.first.amount
    assert (office.books().get("in_transit"), ledger.is_balanced()) == (None, True)
    told = AuditEvent.objects.filter(verb="book_result").get()
    assert told.details == {"settled": 1, "returned": 1}


def test_whoever_hands_a_file_in_does_not_book_it(office):
    content = (HEADING + office.line(office.first)).encode()
    result = answering.hand_in(by=office.maker, upload=File(io.BytesIO(content), "answer.csv"))

    with refused("two_people", untouched=[result, office.first]):
        answering.book_result(result, by=office.maker)
    with refused_by("result_by_hand_takes_two"):
        closed = {"closed_at": clock.now(), "closed_by": office.maker}
        ResultFile.objects.filter(pk=result.pk).update(state="booked", **closed)
    with refused_by("resultfile_stays"):
        ResultFile.objects.filter(pk=result.pk).update(needs_two=False)
    booked = answering.book_result(result, by=office.checker)

    assert (booked.state, booked.closed_by, state_of(office.first)) == ("booked", office.checker, "paid")


def test_a_file_handed_in_that_comes_by_the_folder_as_well_is_booked_from_there(office):
    content = (HEADING + office.line(office.first)).encode()
    result = answering.hand_in(by=office.maker, upload=File(io.BytesIO(content), "answer.csv"))
    (treasury.folder("in") / "answer.csv").write_bytes(content)

    import_results()

    result.refresh_from_db()
    assert (result.state, result.closed_by, state_of(office.first)) == ("booked", User.objects.robot(), "paid")


def test_the_same_file_again_is_the_file_that_was_read(office):
    result = office.book(office.line(office.first))

    with no_trace(office.first):
        again = office.read(office.line(office.first), name="other.csv")

    assert again == result
    with no_trace(result), pytest.raises(paying.WrongState):
        answering.book_result(again, by=office.maker)


def test_the_same_lines_in_another_file_partly_and_out_of_order_are_repetitions(office):
    office.book(office.line(office.second))
    result = office.book(office.line(office.second), office.line(office.first), office.line(office.first))

    assert [outcome for outcome, _why in outcomes(result)] == ["repeated", "settled", "repeated"]
    assert LedgerTransaction.objects.filter(source__endswith=":settle").count() == 2
    assert PaymentBatch.objects.get().state == "answered"


def test_what_does_not_fit_is_listed_and_nothing_of_it_is_booked(office):
    first = office.first
    result = office.book(
        office.line(first, reference=UNKNOWN),
        office.line(first, reference=str(first.reference).upper()),
        office.line(first, batch="2026-9999"),
        office.line(first, batch=""),
        office.line(first, amount=first.amount - Decimal("0.01")),
        office.line(first, day="30.9.2026"),
        office.line(first, day="2026-02-30"),
        office.line(first, "可能已付"),
        office.line(first, amount="十万"),
        office.line(first, amount='"1,000,000.00"'),
        f"{office.number},{first.reference}\r\n",
        office.line(office.waiting, batch=""),
        office.line(office.waiting),
    )

    unread = "金额、结果或日期读不懂"
    assert outcomes(result) == [
        ("difference", why)
        for why in [
            "没有这个支付流水号",
            "没有这个支付流水号",
            "没有批次 2026-9999",
            f"这笔支付在批次 {office.number}",
            f"金额不符，应为 {first.amount:,}",
            *[unread] * 5,
            "栏数不对",
            "拨付单现为“已复核”，还没有送达财政",
            "这笔支付不在任何批次里",
        ]
    ]
    assert [state_of(p) for p in (first, office.waiting)] == ["sent", "approved"]
    assert not LedgerTransaction.objects.filter(source__endswith=":settle").exists()


def test_a_contradiction_is_a_difference_within_a_file_and_against_the_books(office):
    result = office.book(office.line(office.first), office.line(office.first, "退汇", note="后来退了"))
    other = office.book(office.line(office.first, "退汇", note="又退了"))

    assert outcomes(result) == [("settled", ""), ("difference", "结果与已登记的“已付”矛盾")]
    assert outcomes(other) == [("difference", "结果与已登记的“已付”矛盾")]
    assert state_of(office.first) == "paid"


def test_what_changed_between_reading_and_booking_is_judged_anew(office):
    read_first = office.read(office.line(office.first), office.line(office.second, "退汇"))
    office.book(office.line(office.second), office.line(office.first))

    result = answering.book_result(read_first, by=office.maker)

    assert outcomes(result) == [("repeated", ""), ("difference", "结果与已登记的“已付”矛盾")]
    assert LedgerTransaction.objects.filter(source__endswith=":settle").count() == 2


def test_money_of_an_honour_revoked_on_its_way_is_owed_back(office):
    Honour.objects.filter(pk=office.first.entitlement.honour_id).update(revoked_on=DAY, revoked_under="某〔2026〕1号")

    office.book(office.line(office.first), office.line(office.second))

    owed = Clawback.objects.get()
    assert (owed.disbursement, owed.owed, owed.document) == (office.first, office.first.amount, "某〔2026〕1号")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_the_encodings_of_the_treasury_are_recognised(office, encoding):
    result = office.book(office.line(office.first, "退汇", note="户名不符。"), encoding=encoding)

    assert result.lines.get().note == "户名不符。"
    assert state_of(office.first) == "returned"


def test_an_xml_answer_is_read_like_a_table(office):
    text = (
        '<?xml version="1.0" encoding="GBK"?>\n<BatchResult><Result>'
        f"<BatchNumber>{office.number}</BatchNumber><Reference>{office.first.reference}</Reference>"
        f"<Amount>{office.first.amount}</Amount><Outcome>已付</Outcome><Date>2026-09-30</Date><Note/>"
        "</Result></BatchResult>"
    )

    answering.book_result(read(text.encode("gbk"), office.maker, "answer.xml"), by=office.maker)

    assert state_of(office.first) == "paid"


def test_a_file_that_cannot_be_read_as_a_whole_is_kept_with_its_reason(office):
    result = read(b"\xff\xfe\x00", office.maker)

    assert (result.state, outcomes(result)) == ("unreadable", [("difference", "文件既不是 UTF-8 也不是 GBK 编码")])
    with no_trace(result), pytest.raises(paying.WrongState):
        answering.book_result(result, by=office.maker)
    assert answering.take_result(result, by=office.checker) == b"\xff\xfe\x00"


def test_a_file_set_aside_may_come_again(office):
    result = answering.drop_result(office.read(office.line(office.first)), by=office.maker, reason="传错了")

    assert state_of(result) == "dropped"
    assert office.read(office.line(office.first)) != result


def test_the_folder_is_read_by_the_same_reading_and_a_bad_file_holds_up_no_other(office):
    folder = treasury.folder("in")
    (folder / "1.csv").write_bytes(b"\xff")
    (folder / "2.csv").write_text(HEADING + office.line(office.first), "utf-8-sig")
    (folder / "3.csv").write_text(HEADING + office.line(office.first), "utf-8-sig")

    import_results()
    import_results()

    assert [result.state for result in ResultFile.objects.order_by("pk")] == ["unreadable", "booked"]
    assert (treasury.answer_files(), len(list(treasury.folder("in/done").iterdir()))) == ([], 3)
    assert ResultFile.objects.last().read_by == User.objects.robot()


def test_a_difference_stays_with_who_settled_it_and_how(office):
    [line] = office.book(office.line(office.first, amount="1.00")).lines.all()

    with refused("note", untouched=[line]):
        answering.resolve_difference(line, by=office.maker, note=" ")
    answering.resolve_difference(line, by=office.maker, note="财政更正后另发文件。")

    line.refresh_from_db()
    assert (line.outcome, line.resolved_by, line.resolution) == ("difference", office.maker, "财政更正后另发文件。")
    with no_trace(line), pytest.raises(paying.WrongState):
        answering.resolve_difference(line, by=office.maker, note="又一次")


def test_the_steps_of_a_result_and_whose_they_are(office):
    result = office.read(office.line(office.first))

    check_step(
        result,
        ResultFile.workflow,
        "book_result",
        lambda: answering.book_result(result, by=office.maker),
        states=["read"],
    )
    check_step(
        result,
        ResultFile.workflow,
        "drop_result",
        lambda: answering.drop_result(result, by=office.maker, reason="错"),
        states=["read"],
    )
    for act in (
        lambda by: office.read and read(b"x", by),
        lambda by: answering.book_result(result, by=by),
        lambda by: answering.drop_result(result, by=by, reason="错"),
        lambda by: answering.import_folder(by=by),
        lambda by: answering.resolve_difference(result.lines.get(), by=by, note="x"),
    ):
        check_duty(Permission.RESULT_IMPORT, act, result)
    check_duty(Permission.BATCH_TAKE, lambda by: answering.take_result(result, by=by), result)


def test_the_database_refuses_a_second_answer_and_half_a_resolution(office):
    result = office.book(office.line(office.first), office.line(office.second, amount="1.00"))
    settled, difference = result.lines.all()

    with refused_by("one_answer_per_payment"):
        copy_of(settled, number=9)
    with refused_by("one_result_per_line"):
        copy_of(difference)
    with refused_by("one_result_file"):
        copy_of(result, file=TreasuryFile.objects.create(content=b"x"))
    with refused_by("booked_line_has_its_payment"):
        copy_of(difference, number=9, outcome="settled", payment=None)
    with refused_by("difference_says_why"):
        copy_of(difference, number=9, why="")
    with refused_by("difference_resolved_with_a_note"):
        ResultLine.objects.filter(pk=difference.pk).update(resolution="x")
    with refused_by("result_open_until_closed"):
        ResultFile.objects.update(closed_at=None)
    for change in ({"outcome": "repeated"}, {"text": "x"}, {"amount": "2.00"}):
        with refused_by("result_line_is_frozen"):
            ResultLine.objects.filter(pk=settled.pk).update(**change)
    assert Disbursement.objects.filter(state="paid").count() == 1
