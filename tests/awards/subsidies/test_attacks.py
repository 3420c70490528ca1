"""Whoever writes straight into the tables, cuts a worker off or hands in a forged file: what still holds."""

import hashlib
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, transaction

from awards.models import (
    Budget,
    Clawback,
    Disbursement,
    Entitlement,
    Honour,
    HonourKind,
    PaymentPlan,
    PayoutNotice,
    ResultFile,
    ResultLine,
    Reversal,
)
from awards.subsidies import actions as paying
from awards.subsidies.batches import layouts, result_actions, treasury
from awards.subsidies.batches.layouts import ANSWER, RETURNED
from awards.subsidies.budgets import budget_problems
from awards.subsidies.clawbacks import actions as clawback_actions
from awards.subsidies.entitlement import TableLine
from awards.subsidies.matters import of_the_same_representative
from awards.subsidies.plans import actions as planning
from awards.subsidies.plans.notices import length_problems
from awards.subsidies.policies import actions as ruling
from awards.subsidies.reconciling import comparison as reconcile
from awards.subsidies.tasks import send_batch
from enterprises.models import Organisation, User
from foshan_quality.lib import clock
from tests import given
from tests.desk import office, record_url
from tests.steps import copy_of, past_triggers, refused, refused_by, state_of

MOVED_BY_STEPS = [Disbursement, Entitlement, PaymentPlan, PayoutNotice, Reversal, ResultFile]


# --- the tables themselves ------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MOVED_BY_STEPS, ids=lambda model: model.__name__)
def test_the_database_knows_the_steps_of_the_acts_and_no_others(model, db):
    """The table's own trigger on a bare copy of it, for every pair of states."""
    states = [state for state, _label in model._meta.get_field("state").choices]
    with connection.cursor() as cursor:
        bare_copy(cursor, model)
        taken = {pair for pair in permutations(states, 2) if is_taken_by_sql(cursor, *pair)}

    assert taken == {(source, step.target) for step in model.workflow.steps.values() for source in step.sources}


def bare_copy(cursor, model):
    """A table `bare` with the columns and the trigger of the model's, and nothing else in the way."""
    table, name = model._meta.db_table, f"{model._meta.model_name}_stays"
    cursor.execute(f"CREATE TEMP TABLE bare ON COMMIT DROP AS SELECT * FROM {table} WITH NO DATA")  # noqa: S608
    cursor.execute(
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = %s", [table, name]
    )
    cursor.execute(cursor.fetchone()[0].replace(f"ON public.{table}", "ON bare"))


def is_taken_by_sql(cursor, old, new):
    try:
        with transaction.atomic():
            cursor.execute("INSERT INTO bare (id, state) VALUES (1, %s)", [old])
            cursor.execute("UPDATE bare SET state = %s", [new])
            cursor.execute("DELETE FROM bare")
    except IntegrityError:
        return False
    return True


@pytest.fixture
def prepared(db):
    firm = given.organisation()
    given.bank_account(firm)
    honour = given.recorded_honour(firm, kind="佛山市政府质量奖", year=2026, announced_on=date(2026, 7, 24))
    maker = given.maker()
    return paying.prepare(paying.entitle(honour, by=maker), by=maker, budget=given.budget())


@pytest.fixture
def approved(prepared):
    return given.approved_payment(prepared)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE awards_disbursement SET amount = amount - 1",
        "UPDATE awards_disbursement SET document = '另一份文件'",
        "UPDATE awards_disbursement SET approved_by_id = prepared_by_id + 1000",
        "UPDATE awards_disbursement SET seen = repeat('0', 64)",
        "UPDATE awards_disbursement SET state = 'prepared'",
        "DELETE FROM awards_disbursement",
    ],
)
def test_what_was_approved_is_never_changed_not_even_by_sql(approved, sql):
    with refused_by("disbursement_stays"), connection.cursor() as cursor:
        cursor.execute(sql)


def test_twin_without_the_trigger_the_digest_still_keeps_what_changed_from_being_sent(approved):
    with past_triggers() as cursor:
        cursor.execute("UPDATE awards_disbursement SET amount = amount * 10")

    with pytest.raises(paying.Refused, match="收款方、账户、金额或依据与复核时不同"):
        given.batched(approved)


def test_nobody_is_approved_by_sql_without_the_booking(prepared):
    by = given.checker()
    facts = {"approved_by": by, "approved_at": clock.now(), "seen": paying.digest_of(prepared)}

    with refused_by("approval_is_booked"):
        Disbursement.objects.update(state="approved", **facts)
    assert given.approved_payment(prepared, by=by).state == "approved"


def test_no_payment_comes_into_the_world_approved(approved):
    twin = Disbursement.objects.get()
    twin.pk, twin.reference, twin.entitlement_id = None, hashlib.md5(b"x").hexdigest(), twin.entitlement_id  # noqa: S324
    with past_triggers() as cursor:
        cursor.execute("UPDATE awards_disbursement SET state = 'cancelled'")

    with refused_by("disbursement_stays"):
        twin.save(force_insert=True)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE awards_entitlement SET amount = 10000000, table_amount = 10000000, owed_amount = 10000000",
        "UPDATE awards_entitlement SET amount = 10000000, reason = '某', authorised_by_id = entered_by_id + 1",
        "UPDATE awards_entitlement SET state = 'entered'",
    ],
)
def test_what_an_honour_entitles_to_stays_as_it_was_entered(approved, sql):
    with refused_by("entitlement_stays"), connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_line_joins_no_answer_that_was_booked(approved):
    payment = given.sent(approved)
    answered(payment, RETURNED)
    line = ResultLine.objects.get()
    line.pk, line.number, line.payment, line.outcome, line.why = None, 9, None, "difference", "某"

    with refused_by("result_line_joins_an_open_file"):
        line.save(force_insert=True)
    with refused_by("resultfile_stays"):
        ResultFile.objects.update(digest="0" * 64)


def test_the_checker_is_shown_payees_of_the_same_representative(approved):
    firm = approved.account.organisation
    kin, other = given.organisation(), given.organisation(legal_representative="别人")
    for one in (kin, other):
        honour = given.recorded_honour(one, kind="佛山市政府质量奖", year=2026, announced_on=date(2026, 7, 24))
        paying.entitle(honour, by=given.maker())

    page = office(given.checker()).get(record_url(approved)).content.decode()

    assert of_the_same_representative(firm) == [kin.name]
    assert f"请核实是否同一人、同一事项</span> {kin.name}</dd>" in page


def test_what_is_owed_back_stays_what_it_is(approved):
    with transaction.atomic():
        clawback_actions.open_clawback(settled(approved), by=given.maker(), document="某决定")

    with refused_by("clawback_stays"):
        Clawback.objects.update(owed=1)


def settled(payment):
    given.sent(payment)
    paying.settle(payment, by=User.objects.robot(), day=clock.today())
    payment.refresh_from_db()
    return payment


def line(payment, result, **changes):
    said = {"batch": payment.batch.number, "reference": str(payment.reference), "amount": f"{payment.amount}"}
    said |= {"result": result, "day": f"{clock.today()}", "note": ""} | changes
    return list(said.values())


def csv_of(*lines):
    return "\r\n".join(",".join(cells) for cells in [ANSWER, *lines]).encode("utf-8-sig")


def answered(payment, result):
    payment.refresh_from_db()
    (treasury.folder("in") / "answer.csv").write_bytes(csv_of(line(payment, result)))
    return result_actions.import_folder(by=User.objects.robot())


@pytest.mark.parametrize("what", ["renamed", "another's"])
def test_between_approval_and_batch_the_account_must_still_be_the_holders(approved, what):
    if what == "renamed":
        Organisation.objects.filter(pk=approved.account.organisation_id).update(name="佛山市另一名称有限公司")
    else:
        Honour.objects.update(organisation=given.organisation())

    with pytest.raises(paying.Refused, match="以登记名称开立的对公账户"):
        given.batched(approved)


def test_between_approval_and_batch_the_payer_must_still_be_the_one_that_owes(approved):
    Budget.objects.update(payer="440604")

    with pytest.raises(paying.Refused, match="应由市级财政支付，不能用禅城区财政的预算"):
        given.batched(approved)


# --- cut off --------------------------------------------------------------------------------------------


def cut_off(monkeypatch, name):
    """The worker dies in this function of the treasury, before it does anything."""

    def die(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(treasury, name, die)


@pytest.mark.parametrize("is_taken", [False, True])
def test_dead_after_the_file_was_put_there_it_is_not_put_there_again_taken_or_not(approved, is_taken):
    payment = given.batched(approved)
    treasury.hand_over(payment.batch.file_name, payment.batch.content)
    if is_taken:
        (treasury.folder("out") / payment.batch.file_name).unlink()

    send_batch(payment.batch_id)

    lying = [path.name for path in treasury.folder("out").iterdir()]
    assert (state_of(payment), lying) == ("sent", [] if is_taken else [payment.batch.file_name])


def test_twin_without_the_note_a_taken_file_is_put_there_again(approved, monkeypatch):
    payment = given.batched(approved)
    treasury.hand_over(payment.batch.file_name, payment.batch.content)
    (treasury.folder("out") / payment.batch.file_name).unlink()
    monkeypatch.setattr(treasury, "_is_over", lambda path, *others: path.exists())

    send_batch(payment.batch_id)

    assert (treasury.folder("out") / payment.batch.file_name).exists()


@pytest.mark.parametrize("name", ["_write", "_put"])
def test_dead_before_the_file_was_put_there_the_next_try_puts_it_there(monkeypatch, name):
    with monkeypatch.context() as dying:
        cut_off(dying, name)
        with pytest.raises(KeyboardInterrupt):
            treasury.hand_over("2026-0001.csv", b"one")

    treasury.hand_over("2026-0001.csv", b"one")

    assert [path.read_bytes() for path in treasury.folder("out").iterdir()] == [b"one"]


def test_an_answer_cut_off_in_the_middle_is_booked_whole_the_next_time_or_not_at_all(approved, monkeypatch):
    payment = given.sent(approved)
    with monkeypatch.context() as dying:
        dying.setattr(result_actions, "close_answered", lambda *args, **kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            answered(payment, RETURNED)
    assert (state_of(payment), ResultFile.objects.get().state) == ("sent", "read")

    result_actions.import_folder(by=User.objects.robot())

    assert (state_of(payment), ResultFile.objects.get().state) == ("returned", "booked")


# --- forged and broken files ----------------------------------------------------------------------------


@pytest.mark.parametrize("amount", ["1,000,000.00", "-1000000.00", "1e6", "１０００", "1000000.000", " ", "NaN", "+1"])
def test_a_sum_is_read_only_as_plain_figures(amount):
    [read] = layouts.answers(csv_of(["1", "2", f'"{amount}"', "已付", "2026-09-30", ""]))

    assert (read.amount, read.problem) == (None, "金额、结果或日期读不懂")


def test_a_note_of_any_length_is_kept_short_and_shows_no_account():
    [read] = layouts.answers(
        csv_of(["1", "2", "1", "退汇", "2026-09-30", "账号 6222 0000 0000 1234 不符" + "长" * 900])
    )

    assert read.note.startswith("账号 ****1234 不符长")
    assert len(read.note) == layouts.NOTE


def test_a_result_within_a_result_is_no_line_however_deep():
    deep = "<a>" * 20_000 + "</a>" * 20_000

    [read] = layouts.answers(f"<BatchResult><Result><Note>{deep}</Note></Result></BatchResult>".encode())

    assert read.problem == "栏数不对"


def test_broken_gbk_is_not_read():
    with pytest.raises(layouts.Unreadable, match="既不是 UTF-8 也不是 GBK"):
        layouts.answers(",".join(ANSWER).encode("gbk") + b"\r\n\xff\xff")


def test_a_day_to_come_is_a_difference(approved):
    payment = given.sent(approved)
    (treasury.folder("in") / "a.csv").write_bytes(
        csv_of(line(payment, "已付", day=f"{clock.today() + timedelta(days=1)}"))
    )

    result_actions.import_folder(by=User.objects.robot())

    [difference] = ResultLine.objects.all()
    assert (difference.outcome, difference.why[-4:], state_of(payment)) == ("difference", "晚于今天", "sent")


def test_files_nobody_foresaw_hold_up_no_other_and_are_seen(approved, monkeypatch):
    payment, read = given.sent(approved), layouts.answers
    monkeypatch.setattr(result_actions, "MOST_BYTES", 1000)
    monkeypatch.setattr(layouts, "answers", lambda content: {}[0] if content == b"poison" else read(content))
    (treasury.folder("in") / "0.csv").write_bytes(b"poison")
    (treasury.folder("in") / "1.csv").mkdir()
    (treasury.folder("in") / "2.csv").write_bytes(b"x" * 1001)

    answered(payment, RETURNED)

    found = {result.name: result.state for result in ResultFile.objects.all()}
    assert found == {"0.csv": "unreadable", "2.csv": "unreadable", "answer.csv": "booked"}
    assert (state_of(payment), treasury.answer_files(), reconcile.differences()) == ("returned", [], [])


def test_the_same_answer_under_another_name_and_with_its_line_twice_is_one_answer(approved):
    payment = given.sent(approved)
    twice = csv_of(line(payment, RETURNED), line(payment, RETURNED))
    for name in ("a.csv", "b.csv"):
        upload = ContentFile(twice, name)
        result = result_actions.read_result(upload, by=User.objects.robot())
        if result.state == "read":
            result_actions.book_result(result, by=User.objects.robot())

    assert list(ResultLine.objects.values_list("outcome", flat=True)) == ["returned", "repeated"]
    assert Budget.objects.get().reserved == 0


# --- the year's budget ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "carried_until", "day", "is_free"),
    [
        (2026, None, date(2026, 12, 31), True),
        (2026, None, date(2027, 1, 1), False),
        (2026, date(2027, 6, 30), date(2027, 6, 30), True),
        (2026, date(2027, 6, 30), date(2027, 7, 1), False),
        (2027, None, date(2026, 12, 31), False),
    ],
)
def test_a_budget_pays_in_its_year_and_then_only_as_it_was_carried_over(year, carried_until, day, is_free):
    assert (budget_problems("某资金", year, carried_until, day) == []) is is_free


@pytest.fixture
def across_the_year(db):
    """A ready entitlement, its budget of this year, and a moment of the next one."""
    firm = given.organisation()
    given.bank_account(firm)
    honour = given.recorded_honour(firm, kind="佛山市政府质量奖", year=2026, announced_on=date(2026, 7, 24))
    year = clock.today().year
    return paying.entitle(honour, by=given.maker()), given.budget(), datetime(year + 1, 1, 4, 9, tzinfo=given.SHANGHAI)


def test_at_the_end_of_the_year_nothing_more_is_paid_from_its_budget(across_the_year):
    entitlement, budget, january = across_the_year
    maker, checker = given.maker(), given.checker()
    payment = paying.prepare(entitlement, by=maker, budget=budget)
    with clock.at(january), refused("budget_year", untouched=[payment]):
        paying.approve(payment, by=checker, seen=paying.digest_of(payment))
    given.approved_payment(payment, by=checker)

    with clock.at(january):
        with pytest.raises(paying.Refused, match="只用于"):
            given.batched(payment)
        ruling.carry_over(budget, by=maker, until=january.date() + timedelta(days=9), document="佛财〔2027〕1号")
        assert given.batched(payment).state == "sending"
        with clock.at(january + timedelta(days=10)), refused("budget_year", "twice", untouched=[payment]):
            budget.refresh_from_db()
            paying.prepare(entitlement, by=maker, budget=budget)


def test_a_budget_is_carried_over_beyond_its_year_by_a_document(across_the_year):
    _entitlement, budget, january = across_the_year

    with refused("days", "document", untouched=[budget]):
        ruling.carry_over(budget, by=given.maker(), until=date(budget.year, 12, 31), document=" ")
    with refused_by("carried_under_a_document"):
        Budget.objects.update(carried_until=january.date())


# --- the length of a notice -----------------------------------------------------------------------------


def demanding(days, *, in_workdays=False):
    return TableLine(
        Decimal(1),
        "某",
        date(2026, 1, 1),
        None,
        notice_basis="某办法第九条",
        notice_days=days,
        notice_in_workdays=in_workdays,
    )


WEEK = {date(2026, 9, 1) + timedelta(days=n): n not in {4, 5} for n in range(8)}  # a Tuesday and seven days more


@pytest.mark.parametrize(
    ("line", "last", "codes"),
    [
        (None, date(2026, 9, 1), []),
        (demanding(None), date(2026, 9, 1), []),
        (demanding(7), date(2026, 9, 6), ["too_short"]),
        (demanding(7), date(2026, 9, 7), []),
        (demanding(5, in_workdays=True), date(2026, 9, 6), ["too_short"]),
        (demanding(5, in_workdays=True), date(2026, 9, 7), []),
        (demanding(5, in_workdays=True), date(2026, 9, 20), ["calendar"]),
    ],
)
def test_a_notice_before_payment_stands_as_long_as_the_table_demands(line, last, codes):
    assert [p.code for p in length_problems(line, date(2026, 9, 1), last, WEEK)] == codes


def test_a_notice_that_is_too_short_is_neither_entered_nor_confirmed(db):
    kind = HonourKind.objects.get(name="佛山市政府质量奖")
    facts = {"document": "某办法", "amount": "800000", "valid_from": date(2026, 1, 1), "notice_days": 5}
    with refused("notice_days"):
        ruling.enter_rule(by=given.maker(), kind=kind, **facts)
    facts |= {"needs_notice": True, "notice_basis": "某办法第九条", "notice_in_workdays": True}
    rule = ruling.confirm_rule(ruling.enter_rule(by=given.maker(), kind=kind, **facts), by=given.checker())
    honour = given.recorded_honour(
        given.organisation(), kind="佛山市政府质量奖", year=2026, announced_on=date(2026, 7, 24)
    )
    entitlement = paying.entitle(honour, by=given.maker())
    days = {"document": "公示", "first_day": date(2026, 9, 1), "last_day": date(2026, 9, 5)}

    with refused("too_short", untouched=[entitlement]):
        planning.enter_payout_notice(entitlement, by=given.maker(), **days)
    with past_triggers() as cursor:
        cursor.execute("UPDATE awards_subsidyrule SET notice_days = NULL WHERE id = %s", [rule.pk])
    notice = planning.enter_payout_notice(entitlement, by=given.maker(), **days)
    with past_triggers() as cursor:
        cursor.execute("UPDATE awards_subsidyrule SET notice_days = 5 WHERE id = %s", [rule.pk])
    with refused("too_short", untouched=[notice]):
        planning.confirm_payout_notice(entitlement, by=given.checker(), notice=notice.pk)
    with pytest.raises(IntegrityError, match=r"a line of the table stays"), transaction.atomic():
        type(rule).objects.filter(pk=rule.pk).update(notice_days=1)
    with refused_by("notice_days_of_a_notice"):
        copy_of(rule, needs_notice=False, amount=1)
