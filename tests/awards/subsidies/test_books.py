"""The books read at any moment: trial balance and statements agree with each other and with a plain recount."""

import csv
import io
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate

import pypdfium2
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as random
from hypothesis import strategies as st
from openpyxl import load_workbook

from awards.models import Budget, Disbursement, LedgerEntry, LedgerTransaction
from awards.subsidies import actions as paying
from awards.subsidies import ledger
from awards.subsidies.books import statements as books
from awards.subsidies.books.statements import RETURNED, Asked
from awards.subsidies.policies import actions as ruling
from enterprises.models import AuditEvent, User
from foshan_quality.lib import clock
from tests import given
from tests.desk import office, record_url
from tests.kept import kept
from tests.steps import trial

pytestmark = pytest.mark.django_db
ACCOUNTS = ledger.Account.values
BEGIN = datetime(2026, 7, 1, 9, 0, tzinfo=given.SHANGHAI)
BOOKS = "/office/awards/ledgertransaction/"

turns = st.lists(
    st.tuples(
        st.integers(0, 5),  # days later
        st.integers(0, 1),  # which budget
        st.lists(st.sampled_from(ACCOUNTS), min_size=2, max_size=2, unique=True),
        st.integers(1, 10**14 - 1),  # fen
        st.booleans(),  # a reversal of an earlier booking instead, where there is one
    ),
    min_size=1,
    max_size=8,
)


# --- any sequence of bookings -------------------------------------------------------------------------


@random(turns, st.integers(-1, 20), st.integers(0, 20))
@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_booked_the_books_agree_at_every_date(db, walk, first, length):
    since, until = BEGIN + timedelta(days=first), BEGIN + timedelta(days=first + length)
    with trial():
        budgets, booked = booked_at_random(walk)

        for budget in [None, budgets[0]]:
            asked = Asked(budget=budget, since=since, until=until)
            rows = books.trial(asked)[-1].rows
            before = books.trial(Asked(budget=budget, until=since))[-1].rows
            wanted = [(at, account, sum_) for at, of, account, sum_ in booked if budget in (None, of)]

            assert books.trial(asked)[-1].is_balanced
            assert sum(row.closing for row in rows) == 0
            for row, row_before in zip(rows, before, strict=True):
                own = [(at, sum_) for at, account, sum_ in wanted if account == row.account]
                check_account(row, row_before, books.statement(row.account, asked), own, since, until)


def booked_at_random(walk):
    """Book the turns in order of time; the budgets, and (moment, budget, account, signed sum) of every entry."""
    by, at, free, booked = given.maker(), BEGIN, [], []
    budgets = [Budget.objects.create(fund=f"资金{n}", year=2026, total=1, document="某") for n in range(2)]
    for number, (days, which, accounts, fen, is_reversal) in enumerate(walk):
        at += timedelta(days=days)
        with clock.at(at):
            if is_reversal and free:
                booking = ledger.reverse(free.pop(), source=f"r:{number}", memo="m", by=by)
            else:
                facts = {"budget": budgets[which], "debit": accounts[0], "credit": accounts[1]}
                booking = ledger.book(source=f"b:{number}", memo="m", by=by, amount=Decimal(fen).scaleb(-2), **facts)
                free.append(booking)
        booked += [(at, e.budget, e.account, e.amount) for e in booking.entries.select_related("budget")]
    return budgets, booked


def check_account(row, before, statement, own, since, until):
    """Trial balance, statement and recount say the same of one account."""
    inside = [sum_ for at, sum_ in own if since <= at < until]
    opening = sum((sum_ for at, sum_ in own if at < since), Decimal())
    facts = (opening, sum(s for s in inside if s > 0), -sum(s for s in inside if s < 0))
    shown = books.lines(statement.entries)

    assert (row.opening, row.debit, row.credit) == facts
    assert (statement.opening, statement.debit, statement.credit, statement.count) == (*facts, len(inside))
    assert (statement.opening, statement.closing) == (before.closing, row.closing)
    assert [line.running for line in shown] == list(accumulate(inside, initial=opening))[1:]


# --- a real season ------------------------------------------------------------------------------------


@pytest.fixture
@kept
def paid():
    """A payment returned, another that arrived, a budget that was changed; each on its own day."""
    firm = given.organisation(name="佛山市甲乙丙有限公司")
    given.bank_account(firm)
    honour = given.recorded_honour(firm, kind="佛山市政府质量奖", year=2026, announced_on=date(2026, 7, 1))
    maker, checker, robot = given.maker(), given.checker(), User.objects.robot()
    with clock.at(BEGIN):
        budget = given.budget("3000000")
        entitled = paying.entitle(honour, by=maker)
    for day, outcome in ((1, "bounce"), (3, "settle")):
        with clock.at(BEGIN + timedelta(days=day)):
            payment = paying.prepare(entitled, by=maker, budget=budget, because="账户已核对")
            payment = given.sent(given.approved_payment(payment, by=checker))
        with clock.at(BEGIN + timedelta(days=day + 1)):
            if outcome == "bounce":
                paying.bounce(payment, by=robot, day=clock.today(), reason="账号有误")
            else:
                paying.settle(payment, by=robot, day=clock.today())
    with clock.at(BEGIN + timedelta(days=6)):
        ruling.change_budget(budget, by=maker, amount="500000", document="佛财〔2026〕12号")
    return Budget.objects.get()


def closings(until=None):
    return {row.account: row.closing for row in books.trial(Asked(until=until))[-1].rows if row.closing}


def test_the_trial_balance_stands_at_every_moment_as_it_stood_then(paid):
    assert closings(BEGIN) == {}
    assert closings(BEGIN + timedelta(days=1, hours=1)) == {
        "appropriation": Decimal("-3000000.00"),
        "available": Decimal("2000000.00"),
        "in_transit": Decimal("1000000.00"),
    }
    assert closings() == {
        "appropriation": Decimal("-3500000.00"),
        "available": Decimal("2500000.00"),
        "paid": Decimal("1000000.00"),
    }


def test_a_statement_names_source_basis_and_payee_of_every_entry(paid):
    shown = books.lines(books.statement("available", Asked()).entries)
    returned, arrived = Disbursement.objects.order_by("pk")

    assert [(line.source, line.debit or -line.credit, line.running, line.payee) for line in shown] == [
        (f"资金预算 {paid.pk} 下达", 3_000_000, 3_000_000, ""),
        (f"拨付单 {returned.pk} 复核通过", -1_000_000, 2_000_000, "佛山市甲乙丙有限公司"),
        (f"拨付单 {returned.pk} 退汇", 1_000_000, 3_000_000, "佛山市甲乙丙有限公司"),
        (f"拨付单 {arrived.pk} 复核通过", -1_000_000, 2_000_000, "佛山市甲乙丙有限公司"),
        (f"资金预算 {paid.pk} 追加或调减", 500_000, 2_500_000, ""),
    ]
    assert [line.basis for line in shown] == [
        "佛财〔2026〕9号",
        *[returned.document] * 3,
        "佛财〔2026〕12号",
    ]


def test_what_was_returned_is_a_view_of_its_own(paid):
    whole = books.statement(RETURNED, Asked())
    later = books.statement(RETURNED, Asked(since=BEGIN + timedelta(days=3)))

    assert (whole.debit, whole.closing, whole.count) == (1_000_000, 1_000_000, 1)
    assert (later.opening, later.closing, later.count) == (1_000_000, 1_000_000, 0)
    assert books.trial(Asked())[-1].returned == 1_000_000


def test_a_statement_is_narrowed_by_year_payee_and_period(paid):
    second_day = {"since": BEGIN + timedelta(days=2), "until": BEGIN + timedelta(days=3)}
    wanted = [({}, 5), ({"year": 2026}, 5), ({"year": 2025}, 0), ({"payee": "甲乙丙"}, 3), ({"payee": "无"}, 0)]

    for asked, count in [*wanted, (second_day, 1)]:
        assert books.statement("available", Asked(**asked)).count == count


# --- pages --------------------------------------------------------------------------------------------

PAGES = {"": 10, "trial/": 5, "statement/available/": 7, "statement/returned/": 6, "payments/": 6}


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_the_books_costs_the_same_at_one_row_and_at_three(paid, page, django_assert_num_queries):
    client = office(given.auditor())
    client.get(f"{BOOKS}{page}")

    with django_assert_num_queries(PAGES[page]):
        assert client.get(f"{BOOKS}{page}").status_code == 200
    more(paid)
    with django_assert_num_queries(PAGES[page]):
        assert client.get(f"{BOOKS}{page}").status_code == 200


def more(budget):
    """Two more of every kind of booking, written straight into the books."""
    by, payment = given.maker(), Disbursement.objects.latest("pk")
    for number in range(2):
        for event in ("approve", "bounce"):
            facts = {"budget": budget, "debit": "available", "credit": "in_transit", "amount": Decimal(1)}
            source = f"disbursement:{payment.pk + 1 + number}:{event}"
            ledger.book(source=source, memo="m", by=by, disbursement=payment, **facts)
        ruling.change_budget(budget, by=by, amount="1", document="某")


def test_the_trial_balance_page_leads_to_statements_of_the_same_period(paid):
    client = office(given.checker())
    page = client.get(f"{BOOKS}trial/", {"since": "2026-07-02", "until": "2026-07-02", "at": "09:00"})

    row = page.context_data["parts"][0]["rows"][3]
    assert row["label"] == "在途"
    assert row["cells"] == ["", "", "1,000,000.00", "", "1,000,000.00", ""]
    statement = client.get(row["url"])
    assert statement.context_data["ends"]["closing"] == "借 1,000,000.00"
    assert record_url(LedgerTransaction.objects.get(source__endswith=":claim", booked_at__day=2)) in (
        statement.content.decode()
    )


def test_a_filter_that_makes_no_sense_is_told_and_nothing_is_handed_out(paid):
    client = office(given.checker())

    for asked in ({"since": "2026-07-02", "until": "2026-07-01"}, {"at": "09:00"}, {"budget": "0"}, {"since": "昨天"}):
        assert client.get(f"{BOOKS}trial/", asked).status_code == 400
        for way in ("trial/paper/", "export/trial/xlsx/"):
            assert client.get(f"{BOOKS}{way}", asked).status_code == 302
    assert not AuditEvent.objects.filter(verb__in=["print_books", "export_books"]).exists()


def test_pages_lead_from_budget_and_payment_to_the_books_and_back(paid):
    client, payment = office(given.maker()), Disbursement.objects.latest("pk")
    settled = payment.entries.filter(transaction__source__endswith=":settle").first().transaction

    assert record_url(settled) in client.get(record_url(payment)).content.decode()
    back = client.get(record_url(settled)).context_data["links"]
    assert back == [(f"来源：拨付单 {payment.pk} 到账", record_url(payment))]
    links = dict(client.get(record_url(paid)).context_data["links"])
    assert client.get(links["台账明细"]).context_data["ends"]["closing"] == "借 2,500,000.00"
    assert client.get(links["试算平衡表"]).status_code == 200


# --- files and papers ---------------------------------------------------------------------------------


def text_of(pdf):
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


def content(answer):
    return b"".join(answer.streaming_content)


def test_a_statement_as_csv_has_a_cover_safe_text_and_plain_sums(paid):
    hostile = LedgerEntry.objects.filter(account="available").earliest("pk")
    ledger.book(
        source="x:1",
        memo='=HYPERLINK("http://x")',
        by=given.maker(),
        budget=hostile.budget,
        debit="available",
        credit="paid",
        amount=Decimal("0.01"),
    )
    checker = given.checker()

    answer = office(checker).get(f"{BOOKS}export/available/csv/", {"budget": paid.pk})

    body = content(answer)
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    cover, table = rows[: rows.index([])], rows[rows.index([]) + 1 :]
    assert body.startswith(b"\xef\xbb\xbf")
    assert dict(cover) | {"导出时间": ""} == {
        "名称": "可用额度明细账",
        "资金预算": str(paid),
        "预算年度": "全部",
        "期间": "最早一笔 至 现在",
        "收款单位": "全部",
        "导出人": str(checker),
        "导出时间": "",
        "期初余额（元）": "平 0.00",
        "期末余额（元）": "借 2,500,000.01",
        "行数": "6",
        "借方合计（元）": "4500000.01",
        "贷方合计（元）": "2000000.00",
    }
    assert [row[7:] for row in table[1:3]] == [
        ["3000000.00", "", "借", "3000000.00"],
        ["", "1000000.00", "借", "2000000.00"],
    ]
    assert table[-1][4] == '\'=HYPERLINK("http://x")'
    last = AuditEvent.objects.latest("seq")
    assert (last.verb, last.note, last.details["rows"], last.details["format"]) == (
        "export_books",
        "可用额度明细账",
        6,
        "csv",
    )


def test_payments_and_trial_balance_as_workbooks(paid):
    client = office(given.auditor())

    payments = load_workbook(io.BytesIO(content(client.get(f"{BOOKS}export/payments/xlsx/"))))
    trial_ = load_workbook(io.BytesIO(content(client.get(f"{BOOKS}export/trial/xlsx/"))))

    cover, sheet = payments.worksheets
    assert [cell.value for cell in cover["A"]][-2:] == ["行数", "金额合计（元）"]
    assert [cell.value for cell in cover["B"]][-2:] == [2, 2_000_000]
    reference, holder, number, *_ = next(sheet.iter_rows(min_row=2))
    assert {cell.data_type for cell in (reference, holder, number)} == {"s"}
    assert number.value == "************1234"
    assert (sheet["F2"].data_type, sheet["F2"].value, sheet["K2"].value.date()) == ("n", 1_000_000, date(2026, 7, 3))
    rows = [[cell.value for cell in row] for row in trial_.worksheets[1].iter_rows()]
    assert rows[-1] == ["合计", "合计", 0, 0, 9_500_000, 9_500_000, 3_500_000, 3_500_000]


def test_trial_balance_and_statement_are_printed_with_digest_and_signature_lines(paid):
    client = office(given.checker())

    for page, words in (("trial/", "试算平衡表"), ("statement/available/", "可用额度明细账")):
        text = text_of(client.get(f"{BOOKS}{page}paper/").content)
        last = AuditEvent.objects.latest("seq")
        assert words in text
        assert "复核人（签名）" in text
        assert last.details["digest"] in text
        assert last.verb == "print_books"


def test_what_is_too_long_for_paper_is_sent_to_the_files(paid, monkeypatch):
    monkeypatch.setattr("awards.subsidies.books.papers.MOST_LINES", 2)
    client = office(given.checker())

    answer = client.get(f"{BOOKS}statement/available/paper/", follow=True)

    assert "不宜打印" in answer.content.decode()
    assert answer.context_data["paper"] == ""


def test_the_books_are_for_those_who_may_see_them(paid):
    for somebody in (given.secretary(), given.person("专家", given.Role.EXPERT)):
        for page in (*PAGES, "export/trial/csv/", "trial/paper/", "statement/paid/paper/"):
            assert office(somebody).get(f"{BOOKS}{page}").status_code == 403
    checker = office(given.checker())
    for page in ("statement/other/", "export/other/csv/", "export/trial/pdf/"):
        assert checker.get(f"{BOOKS}{page}").status_code == 404
