"""The books compared: a clean season gives nothing, and every planted difference is found as what it is."""

import json
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.urls import reverse

from awards.models import Reconciliation
from awards.subsidies import actions as paying
from awards.subsidies import clawback_actions, reconcile, reconcile_actions
from awards.subsidies.reconcile_tasks import reconcile_nightly
from enterprises.models import AuditEvent, User
from foshan_quality.lib import clock
from tests import given
from tests.committed import GUARDED
from tests.desk import act_url, begin, errors, list_url, office, record_url
from tests.kept import kept
from tests.steps import check_duty, copy_of, refused_by, state_of

DAY = date(2026, 9, 15)
EVERY_STATE = ("prepared", "approved", "stopped", "sent", "returned", "paid", "owed")


@kept
def payments(*names):
    """A payment in each of these states, unless told otherwise in every one, by the name of the state."""
    cast = {"maker": given.maker(), "checker": given.checker(), "robot": User.objects.robot()}
    budget = given.budget()
    return {name: payment(name, number, budget, **cast) for number, name in enumerate(names or EVERY_STATE)}


def payment(name, number, budget, *, maker, checker, robot):
    """The payment of an honour of its own, walked to where its name says. What is owed back is so in part."""
    firm = given.organisation()
    given.bank_account(firm, f"62220000{number:08d}")
    honour = given.recorded_honour(firm, kind="佛山市政府质量奖", year=2026, announced_on=date(2026, 7, 24))
    made = paying.prepare(paying.entitle(honour, by=maker), by=maker, budget=budget)
    if name == "prepared":
        return made
    made = paying.approve(made, by=checker, seen=paying.digest_of(made))
    if name == "approved":
        return made
    if name == "stopped":
        return paying.reject(made, by=checker, reason="重新编制")
    made = paying.book_receipt(paying.claim(made, by=robot), by=robot, receipt="回执")
    if name == "sent":
        return made
    if name == "returned":
        return paying.bounce(made, by=robot, day=DAY, reason="账号有误")
    made = paying.settle(made, by=robot, day=DAY)
    if name == "owed":
        with transaction.atomic():
            owed = clawback_actions.open_clawback(made, by=maker, document="某决定", due_on=DAY)
        clawback_actions.book_recovery(owed, by=maker, amount="400000", received_on=DAY, voucher="凭证1")
    return made


PLANTS = {
    "booking_balances": """
        INSERT INTO awards_ledgertransaction (source, memo, booked_at, booked_by_id)
        SELECT 'odd', '没有分录', now(), prepared_by_id FROM awards_disbursement WHERE id = %(paid)s""",
    # the books of two budgets are out by the same sum, while every booking balances
    "trial_balance": """
        INSERT INTO awards_budget (fund, payer, year, total, reserved, document)
        VALUES ('另一项', 'city', 2026, 0, 0, '某文件');
        UPDATE awards_ledgerentry SET budget_id = (SELECT id FROM awards_budget WHERE fund = '另一项')
        WHERE account = 'available' AND disbursement_id IS NULL""",
    "budget_total": "UPDATE awards_budget SET total = total + 1",
    "budget_reserved": "UPDATE awards_budget SET reserved = reserved - 0.01",
    "payment_position": """
        UPDATE awards_ledgerentry SET account = 'in_transit'
        WHERE account = 'paid' AND amount > 0 AND disbursement_id = %(paid)s""",
    "payment_events": """
        UPDATE awards_ledgertransaction SET source = 'correction:1'
        WHERE source = 'disbursement:' || %(paid)s || ':settle'""",
    "entries_belong": """
        UPDATE awards_ledgerentry e SET disbursement_id = CASE e.disbursement_id WHEN %(sent)s THEN %(approved)s
        ELSE %(sent)s END FROM awards_ledgertransaction t WHERE t.id = e.transaction_id AND t.source IN
        ('disbursement:' || %(sent)s || ':approve', 'disbursement:' || %(approved)s || ':approve')""",
    "entitlement_covers": """
        ALTER TABLE awards_entitlement DROP CONSTRAINT special_needs_authority;
        UPDATE awards_entitlement SET amount = amount - 0.01
        WHERE id = (SELECT entitlement_id FROM awards_disbursement WHERE id = %(paid)s)""",
    "payee": """
        UPDATE awards_honour h SET organisation_id = a.organisation_id, year = 1999
        FROM awards_entitlement t, awards_disbursement d, awards_disbursement o, enterprises_bankaccount a
        WHERE h.id = t.honour_id AND t.id = d.entitlement_id AND d.id = %(paid)s
        AND o.id = %(sent)s AND a.id = o.account_id""",
    "two_people": """
        ALTER TABLE awards_disbursement DROP CONSTRAINT two_officers;
        UPDATE awards_disbursement SET prepared_by_id = approved_by_id WHERE id = %(paid)s""",
    "approved_contents": """
        UPDATE enterprises_bankaccount SET bank = '另一家银行'
        WHERE id = (SELECT account_id FROM awards_disbursement WHERE id = %(paid)s)""",
    "answered": "UPDATE awards_disbursement SET answered_on = NULL WHERE id = %(paid)s",
    "honour_grounded": """
        ALTER TABLE awards_honour DROP CONSTRAINT honour_has_ground;
        UPDATE awards_honour h SET source = '' FROM awards_entitlement t, awards_disbursement d
        WHERE h.id = t.honour_id AND t.id = d.entitlement_id AND d.id = %(paid)s""",
    "revoked": """
        UPDATE awards_honour h SET revoked_on = '2026-10-01' FROM awards_entitlement t, awards_disbursement d
        WHERE h.id = t.honour_id AND t.id = d.entitlement_id AND d.id = %(paid)s""",
    "clawback_books": "UPDATE awards_clawback SET received = received - 0.01",
    "audit_trail": "DELETE FROM enterprises_auditevent WHERE verb = 'settle' AND target_id = %(paid)s::text",
}
TOLD_TWICE = {"entries_belong", "trial_balance"}  # two bookings, two budgets


def planted(sql, made):
    """What is found when this stands in the tables, past every guard; afterwards it never was."""
    with transaction.atomic(), connection.cursor() as cursor:
        plant(cursor, sql, made)
        found = reconcile.differences()
        transaction.set_rollback(True)
    return [difference.code for difference in found]


def plant(cursor, sql, made):
    """Write it as somebody would who owns the tables: their triggers are off for the moment."""
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute(GUARDED)
    for (table,) in cursor.fetchall():
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    cursor.execute(sql, {name: payment.pk for name, payment in made.items()})


def test_a_clean_season_gives_nothing_and_every_planted_difference_exactly_its_own_finding(db):
    made = payments()

    found = {code: planted(sql, made) for code, sql in PLANTS.items()}

    assert reconcile.differences() == []
    assert found == {code: [code] * (2 if code in TOLD_TWICE else 1) for code in PLANTS}
    assert list(PLANTS) == [check.code for check in reconcile.CHECKS]


def test_a_check_that_cannot_be_carried_out_is_a_difference(db, monkeypatch):
    monkeypatch.setattr(
        reconcile, "statement", lambda code: "SELECT nothing" if code == "payee" else "SELECT 1 LIMIT 0"
    )

    (found,) = reconcile.differences()

    assert (found.code, found.expected, found.found[:5]) == ("payee", "查得完", "没有查完：")


# --- runs ---------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(db):
    """A payment to be approved and one to be sent."""
    return payments("prepared", "approved")


@pytest.fixture
def made(db):
    return payments("paid")


@pytest.fixture
def robot(db):
    return User.objects.robot()


def spoil(made=None, sql="UPDATE awards_budget SET total = total + 1"):
    """Leave a difference in the tables."""
    with transaction.atomic(), connection.cursor() as cursor:
        plant(cursor, sql, made or {})


def test_a_run_is_kept_with_what_it_found_and_stands_in_the_trail(made):
    auditor = given.auditor()
    spoil(made, PLANTS["answered"])

    run = reconcile_actions.run(by=auditor)

    (row,) = run.differences
    assert (run.run_by, run.checks, run.difference_count, run.outcome) == (auditor, len(PLANTS), 1, "差异 1 处")
    assert (row["code"], row["kind"], row["key"]) == ("answered", "awards.disbursement", made["paid"].pk)
    assert row["found"] == "回执 回执，日期 无"
    event = AuditEvent.objects.latest("seq")
    assert (event.verb, event.target_id, event.details) == ("reconcile", str(run.pk), {"differences": 1, "answered": 1})


def test_of_very_many_differences_of_one_kind_the_first_are_listed_and_all_are_counted(db, robot, monkeypatch):
    monkeypatch.setattr(reconcile_actions, "LISTED", 2)
    monkeypatch.setattr(reconcile, "rows", lambda code: [("awards.budget", n, "某", "1", "2") for n in range(3)])
    monkeypatch.setattr(reconcile, "CHECKS", reconcile.CHECKS[:2])

    run = reconcile_actions.run(by=robot)

    assert (run.difference_count, [row["key"] for row in run.differences]) == (6, [0, 1, 0, 1])


def test_running_takes_its_duty(db):
    check_duty("awards.run_reconciliation", lambda user: reconcile_actions.run(by=user))


def test_each_night_the_books_are_compared(db):
    reconcile_nightly()
    reconcile_nightly()

    assert [run.difference_count for run in Reconciliation.objects.all()] == [0, 0]


def test_the_command_tells_every_difference_and_ends_with_one(made, capsys):
    call_command("reconcile")
    clean = capsys.readouterr().out
    spoil(made, PLANTS["answered"])

    with pytest.raises(SystemExit) as end:
        call_command("reconcile")
    told = capsys.readouterr().out
    with pytest.raises(SystemExit):
        call_command("reconcile", "--json")

    assert clean.startswith(f"账目相符：核对 {len(PLANTS)} 项，没有差异")
    assert end.value.code == 1
    assert "差异 1 处" in told
    assert f"（支付流水号 {made['paid'].reference}）（awards.disbursement {made['paid'].pk}）：应为 " in told
    assert [row["code"] for row in json.loads(capsys.readouterr().out)["differences"]] == ["answered"]


def test_the_database_refuses_a_run_whose_count_and_list_disagree(db, robot):
    run = reconcile_actions.run(by=robot)

    with refused_by("differences_are_listed"):
        copy_of(run, difference_count=1)


# --- the stop -----------------------------------------------------------------------------------------


def release(waiting):
    """Everything that lets money go, each tried once: what became of it."""
    robot, checker = User.objects.robot(), given.checker()
    acts = {
        "approve": lambda: paying.approve(waiting["prepared"], by=checker, seen=paying.digest_of(waiting["prepared"])),
        "claim": lambda: paying.claim(waiting["approved"], by=robot),
    }
    return {name: outcome(act) for name, act in acts.items()}


def outcome(act):
    try:
        with transaction.atomic():
            act()
    except paying.Refused as refusal:
        return [problem.code for problem in refusal.problems]
    return "done"


STOPPED = {"approve": ["reconcile"], "claim": ["reconcile"]}
RELEASED = {"approve": "done", "claim": "done"}


def test_while_the_books_do_not_agree_no_money_is_released_and_a_clean_run_lifts_that(waiting, robot):
    spoil()
    reconcile_actions.run(by=robot)

    stopped = release(waiting)
    spoil(sql="UPDATE awards_budget SET total = total - 1")
    reconcile_actions.run(by=robot)

    assert stopped == STOPPED
    assert release(waiting) == RELEASED


def test_twin_without_the_stop_a_release_goes_out_while_a_difference_stands(waiting, robot, monkeypatch):
    monkeypatch.setattr(paying, "stop_problems", list)
    spoil()
    reconcile_actions.run(by=robot)

    assert release(waiting) == RELEASED


@pytest.mark.parametrize(("hours", "answer"), [(29, RELEASED), (31, STOPPED)])
def test_a_comparison_too_long_ago_stops_releases_as_well(waiting, robot, settings, hours, answer):
    settings.RECONCILE_MAX_AGE_HOURS = 30
    with clock.at(clock.now() - timedelta(hours=hours)):
        reconcile_actions.run(by=robot)

    assert release(waiting) == answer


# --- pages --------------------------------------------------------------------------------------------


def banner(page):
    """What the page says of a stop: the sentence and the address it leads to."""
    told = page.context["money_stop"]
    return told and (told["stop"].text, told["url"])


def test_finance_and_the_auditor_compare_at_once_and_read_what_was_found(made):
    auditor = given.auditor()
    spoil(made, PLANTS["answered"])

    run = begin(auditor, Reconciliation, "run")
    page = office(auditor).get(record_url(run))

    ((check, (row,)),) = page.context_data["findings"]
    assert (run.run_by, check.code) == (auditor, "answered")
    assert row["url"] == reverse("admin:awards_disbursement_change", args=[made["paid"].pk])
    assert check.remedy in page.text
    assert f'href="{row["url"]}"' in page.text


def test_the_red_banner_stands_on_the_pages_of_all_who_have_to_do_with_money_until_a_clean_run(db, robot):
    spoil_budget = given.budget()
    spoil()
    run = reconcile_actions.run(by=robot)
    people = [given.maker(), given.checker(), given.auditor(), given.secretary()]
    leader, expert = given.leader(), given.expert()
    in_office, for_leaders = record_url(run), reverse("dashboard_reconciliation", args=[run.pk])

    told = [banner(office(person).get(reverse("admin:index"))) for person in people]
    at_the_board = banner(office(leader).get(reverse("dashboard")))
    elsewhere = banner(office(expert).get(reverse("admin:index"))), banner(office(leader).get(reverse("home")))
    spoil(sql="UPDATE awards_budget SET total = total - 1")
    reconcile_actions.run(by=robot)

    assert [url for _text, url in told] == [in_office] * 4
    assert at_the_board[1] == for_leaders
    assert all("发现 1 处差异，已停止复核和送财政。" in text for text, _url in (*told, at_the_board))
    assert elsewhere == (None, None)
    assert str(spoil_budget.year) in office(leader).get(for_leaders).text
    assert banner(office(people[0]).get(reverse("admin:index"))) is None


def test_the_checker_is_told_that_nothing_was_approved_and_whom_to_turn_to(waiting, robot):
    spoil()
    reconcile_actions.run(by=robot)
    payment, checker = waiting["prepared"], given.checker()

    page = office(checker).post(act_url(payment, "approve"), {"seen": paying.digest_of(payment)})

    (said,) = errors(page)
    assert "发现 1 处差异，已停止复核和送财政。没有办理，也没有送出。" in said
    assert "请资金人员或审计管理员在“账目核对”点“立即核对”" in said
    assert state_of(payment) == "prepared"


def test_the_list_and_a_run_cost_the_same_at_any_size(db, robot, django_assert_num_queries):
    given.budget()
    maker = given.maker()
    client = office(maker)
    spoil()
    for size in (1, 3):
        while Reconciliation.objects.count() < size:
            reconcile_actions.run(by=robot)

        with django_assert_num_queries(5):
            client.get(list_url(Reconciliation))
        with django_assert_num_queries(5):
            client.get(record_url(Reconciliation.objects.first()))
