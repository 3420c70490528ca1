"""The books compared: a clean season gives nothing, and every planted difference is found as what it is."""

import json
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.urls import reverse

from awards.models import LedgerTransaction, Reconciliation
from awards.rehearsal.paying import answer_as_treasury
from awards.subsidies import actions as paying
from awards.subsidies import facts
from awards.subsidies.batches import actions as batch_actions
from awards.subsidies.batches import result_actions
from awards.subsidies.batches.layouts import RETURNED
from awards.subsidies.clawbacks import actions as clawback_actions
from awards.subsidies.reconciling import actions as reconcile_actions
from awards.subsidies.reconciling import comparison as reconcile
from awards.subsidies.reconciling.alone import booked_alone
from awards.subsidies.reconciling.queries import stop_problems
from awards.subsidies.tasks import reconcile_nightly, send_batch
from enterprises.models import AuditEvent, User
from foshan_quality.lib import clock
from tests import given
from tests.committed import GUARDED
from tests.desk import act_url, begin, errors, list_url, office, record_url
from tests.kept import kept
from tests.steps import check_duty, copy_of, past_triggers, refused_by, state_of

DAY = date(2026, 9, 15)
EVERY_STATE = ("prepared", "approved", "rejected", "batched", "sent", "returned", "paid", "owed")
ANSWERED = ("returned", "paid", "owed")


@kept
def payments(*names):
    """A payment in each of these states, unless told otherwise in every one, by the name of the state.

    Each is of an honour of its own; what is owed back is so in part.
    """
    maker, budget, names = given.maker(), given.budget(), names or EVERY_STATE
    made = {name: prepared(number, budget, maker) for number, name in enumerate(names)}
    for name in names:
        if name != "prepared":
            made[name] = given.approved_payment(made[name])
    if "rejected" in made:
        paying.reject(made["rejected"], by=given.checker(), reason="重新编制")
    if "sent" in made:
        given.sent(made["sent"])
    answered = [made[name] for name in ANSWERED if name in made]
    if answered:
        answer(given.sent(*answered).batch, returned=made.get("returned"))
    if "batched" in made:
        given.batched(made["batched"])
    if "owed" in made:
        owe_back(made["owed"], by=maker)
    for payment in made.values():
        payment.refresh_from_db()
    return made


def prepared(number, budget, maker):
    firm = given.organisation()
    given.bank_account(firm, f"62220000{number:08d}")
    honour = given.recorded_honour(firm, kind="佛山市政府质量奖", year=2026, announced_on=date(2026, 7, 24))
    return paying.prepare(paying.entitle(honour, by=maker), by=maker, budget=budget)


def answer(batch, returned):
    """The treasury's file about a batch, read and booked: all paid but this one."""
    answer_as_treasury(batch, DAY, {returned: (RETURNED, "账号有误")} if returned else {})
    result_actions.import_folder(by=User.objects.robot())


def owe_back(payment, by):
    with transaction.atomic():
        owed = clawback_actions.open_clawback(payment, by=by, document="某决定", due_on=DAY)
    back = clawback_actions.enter_recovery(owed, by=by, amount="400000", received_on=DAY, voucher="凭证1")
    clawback_actions.confirm_entry(back, by=given.checker())


PLANTS = {
    "booking_balances": """
        INSERT INTO awards_ledgertransaction (source, memo, booked_at, booked_by_id)
        SELECT 'budget:' || budget_id || ':change:0', '没有分录', now(), prepared_by_id
        FROM awards_disbursement WHERE id = %(paid)s""",
    # the books of two budgets are out by the same sum, while every booking balances
    "trial_balance": """
        INSERT INTO awards_budget (fund, payer, year, total, reserved, document, carried_under)
        VALUES ('另一项', 'city', 2026, 0, 0, '某文件', '');
        UPDATE awards_ledgerentry SET budget_id = (SELECT id FROM awards_budget WHERE fund = '另一项')
        WHERE account = 'available' AND disbursement_id IS NULL""",
    "budget_total": "UPDATE awards_budget SET total = total + 1",
    "budget_reserved": "UPDATE awards_budget SET reserved = reserved - 0.01",
    "payment_position": """
        UPDATE awards_ledgerentry SET account = 'in_transit'
        WHERE account = 'paid' AND amount > 0 AND disbursement_id = %(paid)s""",
    "payment_events": """
        UPDATE awards_ledgertransaction SET source = 'disbursement:' || %(paid)s || ':reject'
        WHERE source = 'disbursement:' || %(paid)s || ':settle'""",
    "entries_belong": """
        UPDATE awards_ledgerentry e SET disbursement_id = CASE e.disbursement_id WHEN %(sent)s THEN %(approved)s
        ELSE %(sent)s END FROM awards_ledgertransaction t WHERE t.id = e.transaction_id AND t.source IN
        ('disbursement:' || %(sent)s || ':approve', 'disbursement:' || %(approved)s || ':approve')""",
    "entitlement_covers": """
        UPDATE awards_entitlement SET state = 'withdrawn'
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
    "answered": "UPDATE awards_disbursement SET receipt = '' WHERE id = %(paid)s",
    "honour_grounded": """
        ALTER TABLE awards_honour DROP CONSTRAINT honour_has_ground;
        UPDATE awards_honour h SET source = '' FROM awards_entitlement t, awards_disbursement d
        WHERE h.id = t.honour_id AND t.id = d.entitlement_id AND d.id = %(paid)s""",
    "revoked": """
        UPDATE awards_honour h SET revoked_on = '2026-10-01' FROM awards_entitlement t, awards_disbursement d
        WHERE h.id = t.honour_id AND t.id = d.entitlement_id AND d.id = %(paid)s""",
    "clawback_books": "UPDATE awards_clawback SET received = received - 0.01",
    "batch_sums": "UPDATE awards_paymentbatch SET total = total + 0.01 WHERE state = 'made'",
    "batch_numbers": "UPDATE awards_paymentbatch SET serial = serial + 1 WHERE state = 'made'",
    "batch_files": "UPDATE awards_paymentbatch SET digest = repeat('0', 64) WHERE state = 'made'",
    "results": "UPDATE awards_disbursement SET answered_on = answered_on + 1 WHERE id = %(paid)s",
    "result_files": "UPDATE awards_resultfile SET digest = repeat('0', 64)",
    "audit_trail": "DELETE FROM enterprises_auditevent WHERE verb = 'approve' AND target_id = %(paid)s::text",
    "vanished": "DELETE FROM awards_disbursement WHERE id = %(prepared)s",
    "special_authority": """
        UPDATE awards_entitlement SET table_amount = 10000000, owed_amount = 10000000, amount = 10000000
        WHERE id = (SELECT entitlement_id FROM awards_disbursement WHERE id = %(paid)s)""",
    "confirmed_by_two": """
        ALTER TABLE awards_clawbackentry DROP CONSTRAINT clawback_entry_two_people;
        UPDATE awards_clawbackentry SET confirmed_by_id = entered_by_id""",
    "budget_changes": """
        INSERT INTO awards_budgetchange (budget_id, amount, document, changed_at, changed_by_id)
        SELECT budget_id, 1, '某文件', now(), prepared_by_id FROM awards_disbursement WHERE id = %(paid)s""",
    "sources": """
        INSERT INTO awards_ledgertransaction (source, memo, booked_at, booked_by_id)
        SELECT 'manual:1', '手工', now(), prepared_by_id FROM awards_disbursement WHERE id = %(paid)s;
        INSERT INTO awards_ledgerentry (transaction_id, account, budget_id, amount)
        SELECT t.id, 'available', d.budget_id, v.amount FROM awards_ledgertransaction t, awards_disbursement d,
        (VALUES (1), (-1)) v (amount) WHERE d.id = %(paid)s AND t.source = 'manual:1'""",
    "instalments": "UPDATE awards_disbursement SET replaces_id = %(sent)s WHERE id = %(paid)s",
    "payout_notices": """
        UPDATE awards_subsidyrule r SET needs_notice = true, notice_basis = '某' FROM awards_honour h,
        awards_entitlement t, awards_disbursement d WHERE d.id = %(paid)s AND t.id = d.entitlement_id
        AND h.id = t.honour_id AND r.kind_id = h.kind_id AND r.payer = 'city';
        UPDATE awards_honour SET announced_on = '1999-01-01' WHERE id <> (SELECT t.honour_id FROM awards_entitlement t
        JOIN awards_disbursement d ON d.entitlement_id = t.id WHERE d.id = %(paid)s)""",
}
TOLD_TWICE = {"entries_belong", "trial_balance"}  # two bookings, two budgets


OTHER_FACES = {  # the same checks from another side
    "results": "DELETE FROM awards_resultline WHERE payment_id = %(returned)s",
    "batch_files": """
        UPDATE awards_disbursement SET reference = gen_random_uuid() WHERE id = %(batched)s""",
    "batch_sums": "UPDATE awards_paymentbatch SET state = 'answered' WHERE state = 'sent'",
    "special_authority": """
        ALTER TABLE awards_entitlement DROP CONSTRAINT special_needs_authority;
        UPDATE awards_entitlement SET owed_amount = owed_amount - 1
        WHERE id = (SELECT entitlement_id FROM awards_disbursement WHERE id = %(paid)s)""",
    "result_files": "UPDATE awards_resultline SET reference = 'x' WHERE payment_id = %(paid)s",
    "sources": """
        UPDATE awards_ledgertransaction SET source = 'budget:999999' WHERE source ~ '^budget:[0-9]+$'""",
    "audit_trail": """
        UPDATE enterprises_auditevent SET actor_id = 0 WHERE verb = 'approve' AND target_id = %(paid)s::text""",
    "confirmed_by_two": """
        ALTER TABLE awards_resultfile DROP CONSTRAINT result_by_hand_takes_two;
        UPDATE awards_resultfile SET needs_two = true, closed_by_id = read_by_id""",
    "payment_events": """
        INSERT INTO awards_ledgertransaction (source, memo, booked_at, booked_by_id)
        SELECT 'disbursement:' || %(prepared)s || ':approve', '某', now(), prepared_by_id
        FROM awards_disbursement WHERE id = %(paid)s;
        INSERT INTO awards_ledgerentry (transaction_id, account, budget_id, disbursement_id, amount)
        SELECT t.id, 'available', d.budget_id, d.id, v.amount FROM awards_ledgertransaction t, awards_disbursement d,
        (VALUES (1), (-1)) v (amount) WHERE d.id = %(prepared)s AND t.source LIKE '%%:' || d.id || ':approve'""",
}


def planted(sql, made):
    """What is found when this stands in the disarmed tables; afterwards it never was."""
    with transaction.atomic(), connection.cursor() as cursor:
        write(cursor, sql, made)
        found = reconcile.differences()
        transaction.set_rollback(True)
    return [difference.code for difference in found]


def disarm(cursor):
    """Switch the triggers off for the rest of the transaction, as whoever owns the tables may."""
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute(GUARDED)
    for (table,) in cursor.fetchall():
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")


def write(cursor, sql, made):
    cursor.execute(sql, {name: payment.pk for name, payment in made.items()})


def test_a_clean_season_gives_nothing_and_every_planted_difference_exactly_its_own_finding(db):
    made = payments()
    with connection.cursor() as cursor:
        disarm(cursor)

    found = {code: planted(sql, made) for code, sql in PLANTS.items()}

    assert reconcile.differences() == []
    assert found == {code: [code] * (2 if code in TOLD_TWICE else 1) for code in PLANTS}
    assert {code: planted(sql, made) for code, sql in OTHER_FACES.items()} == {code: [code] for code in OTHER_FACES}
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
    """A payment to be approved, one to be put in a batch, and a batch to be sent."""
    return payments("prepared", "approved", "batched")


@pytest.fixture
def made(db):
    return payments("paid")


@pytest.fixture
def robot(db):
    return User.objects.robot()


def spoil(made=None, sql="UPDATE awards_budget SET total = total + 1"):
    """Leave a difference in the tables."""
    with transaction.atomic(), connection.cursor() as cursor:
        disarm(cursor)
        write(cursor, sql, made or {})


def test_a_run_is_kept_with_what_it_found_and_stands_in_the_trail(made):
    auditor = given.auditor()
    spoil(made, PLANTS["answered"])

    run = reconcile_actions.run(by=auditor)

    (row,) = run.differences
    assert (run.run_by, run.checks, run.difference_count, run.outcome) == (auditor, len(PLANTS), 1, "差异 1 处")
    assert (row["code"], row["kind"], row["key"]) == ("answered", "awards.disbursement", made["paid"].pk)
    assert row["found"] == "回执 无，日期 2026-09-15"
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


def test_what_one_person_booked_alone_is_listed_for_the_auditor_and_stops_nothing(made):
    maker, auditor, before = given.maker(), given.auditor(), clock.now()
    budget = given.budget()
    with past_triggers() as cursor:
        cursor.execute("UPDATE awards_resultfile SET read_by_id = %s, closed_by_id = %s", [maker.pk] * 2)
        cursor.execute(
            "UPDATE awards_ledgertransaction SET booked_by_id = %s WHERE source = %s",
            [maker.pk, f"disbursement:{made['paid'].pk}:settle"],
        )
    run = reconcile_actions.run(by=auditor)

    rows, count = booked_alone(run.run_at)
    page = office(auditor).get(record_url(run))

    assert run.difference_count == 0
    settled = LedgerTransaction.objects.get(source=f"disbursement:{made['paid'].pk}:settle")
    assert {row.memo for row in rows} >= {f"{budget} 下达", settled.memo}
    assert count == len(rows) == len(page.context_data["alone"])
    assert all(url for _row, _amount, url in page.context_data["alone"])
    assert "一人办理的记账" in page.text
    assert f"{budget} 下达" not in {row.memo for row in booked_alone(before - timedelta(days=1))[0]}


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
    maker, checker, batch = given.maker(), given.checker(), waiting["batched"].batch
    prepared, approved = waiting["prepared"], waiting["approved"]
    acts = {
        "approve": lambda: paying.approve(prepared, by=checker, seen=paying.digest_of(prepared)),
        "make_batch": lambda: batch_actions.make_batch(by=maker, payments=[approved]),
    }
    done = {name: outcome(act) for name, act in acts.items()}
    send_batch(batch.pk)
    batch.refresh_from_db()
    return done | {"send": batch.state, "attempts": batch.attempts}


def outcome(act):
    try:
        with transaction.atomic():
            act()
    except paying.Refused as refusal:
        return [problem.code for problem in refusal.problems]
    return "done"


STOPPED = {"approve": ["reconcile"], "make_batch": ["reconcile"], "send": "made", "attempts": 0}
RELEASED = {"approve": "done", "make_batch": "done", "send": "sent", "attempts": 1}


def test_while_the_books_do_not_agree_no_money_is_released_and_a_clean_run_lifts_that(waiting, robot):
    spoil()
    reconcile_actions.run(by=robot)

    stopped, told = release(waiting), waiting["batched"].batch.problem
    spoil(sql="UPDATE awards_budget SET total = total - 1")
    reconcile_actions.run(by=robot)

    assert stopped == STOPPED
    assert "发现 1 处差异，已停止复核和送财政。没有办理，也没有送出。" in told
    assert release(waiting) == RELEASED


def test_twin_without_the_stop_a_release_goes_out_while_a_difference_stands(waiting, robot, monkeypatch):
    for room in (facts, batch_actions):
        monkeypatch.setattr(room, "stop_problems", list)
    spoil()
    reconcile_actions.run(by=robot)

    assert release(waiting) == RELEASED


@pytest.mark.parametrize(("hours", "answer"), [(29, RELEASED), (31, STOPPED)])
def test_a_comparison_too_long_ago_stops_releases_as_well(waiting, robot, settings, hours, answer):
    settings.RECONCILE_MAX_AGE_HOURS = 30
    with clock.at(clock.now() - timedelta(hours=hours)):
        reconcile_actions.run(by=robot)

    assert release(waiting) == answer


def test_before_the_first_comparison_the_age_is_that_of_the_first_payments_booking(db, settings):
    settings.RECONCILE_MAX_AGE_HOURS = 30
    given.budget()
    later = clock.now() + timedelta(hours=31)
    with clock.at(later):
        fresh = stop_problems()
    payments("prepared", "approved")
    soon = stop_problems()

    with clock.at(later):
        (stopped,) = stop_problems()

    assert (fresh, soon) == ([], [])
    assert stopped.text.startswith("账目已超过 30 小时没有核对，复核和送财政暂停。没有办理，也没有送出。")


def test_a_release_asks_once(db, robot, settings, django_assert_num_queries):
    settings.RECONCILE_MAX_AGE_HOURS = 30
    reconcile_actions.run(by=robot)

    with django_assert_num_queries(1):
        assert stop_problems() == []


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
        with django_assert_num_queries(6):
            client.get(record_url(Reconciliation.objects.first()))
