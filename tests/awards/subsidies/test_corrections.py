"""Taking a booking back: proposed by one, confirmed by another, once, and only what no record's state rests on."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from awards.models import Budget, BudgetChange, LedgerEntry, LedgerTransaction, Reversal
from awards.subsidies import actions as paying
from awards.subsidies import ledger
from awards.subsidies.books.sources import EVENTS, RESTS, read, rests_upon
from awards.subsidies.corrections import actions as correcting
from awards.subsidies.policies import actions as ruling
from enterprises.models import AuditEvent
from foshan_quality.lib import clock
from foshan_quality.lib.problems import WrongState
from foshan_quality.permissions import Permission
from tests import given
from tests.desk import act_url, buttons, office, press, record_url
from tests.steps import check_duty, copy_of, no_trace, refused, refused_by, trial
from tests.threads import at_once, kinds, slow_inside, without_row_locks

MILLION = Decimal("1000000.00")


def changed(amount="1000000", total="3000000"):
    """A budget and the booking of its wrong change."""
    budget = given.budget(total)
    ruling.change_budget(budget, by=given.maker(), amount=amount, document="佛财〔2026〕12号")
    return Budget.objects.get(pk=budget.pk), LedgerTransaction.objects.latest("pk")


def proposed(booking, by=None):
    return correcting.propose_reversal(booking, by=by or given.maker(), reason="文号录错")


def entries(booking):
    return sorted(booking.entries.values_list("account", "amount"))


# --- the act ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("amount", ["1000000", "-1000000"])
def test_a_wrong_change_is_taken_back_by_its_opposite_and_both_know_each_other(db, amount):
    budget, booking = changed(amount)
    reversal = correcting.confirm_reversal(proposed(booking), by=given.checker())

    budget.refresh_from_db()
    booking.refresh_from_db()
    assert budget.total == Decimal("3000000.00")
    assert (reversal.booked.reverses, booking.reversed_by) == (booking, reversal.booked)
    assert entries(reversal.booked) == sorted((account, -sum_) for account, sum_ in entries(booking))
    assert {a: s for a, s in ledger.balances(budget).items() if s} == {
        "available": Decimal("3000000.00"),
        "appropriation": Decimal("-3000000.00"),
    }
    assert [c.amount for c in BudgetChange.objects.filter(budget=budget)] == [Decimal(amount), -Decimal(amount)]
    assert ledger.is_balanced()


def test_the_proposer_does_not_confirm_and_the_database_agrees(db):
    _budget, booking = changed()
    by = given.maker()
    reversal = proposed(booking, by)

    with refused("two_people", untouched=[reversal, booking]):
        correcting.confirm_reversal(reversal, by=by)
    with refused_by("reversal_two_people"):
        Reversal.objects.update(state="booked", confirmed_by=by, confirmed_at=clock.now(), booked=booking)


def test_more_than_is_left_is_not_taken_back(db):
    budget, booking = changed()
    reversal = proposed(booking)
    Budget.objects.filter(pk=budget.pk).update(reserved="3000000.01")

    with refused("reserved", untouched=[reversal, budget]):
        correcting.confirm_reversal(reversal, by=given.checker())


def test_a_booking_is_reversed_once_and_a_reversal_never(db):
    _budget, booking = changed()
    reversal = proposed(booking)
    with refused("这笔记账已有人提出冲正，请到“台账冲正”办理。没有重复保存。", untouched=[reversal]):
        proposed(booking)
    booked = correcting.confirm_reversal(reversal, by=given.checker()).booked

    for again in (booking, booked):
        with refused("rests"):
            proposed(again)


def test_a_dropped_proposal_makes_room_for_another(db):
    _budget, booking = changed()
    first = correcting.drop_reversal(proposed(booking), by=given.checker(), reason="再核")

    assert (first.state, proposed(booking).state) == ("dropped", "proposed")


def test_everything_wrong_with_a_proposal_is_named_at_once(db):
    budget = given.budget()
    opening = LedgerTransaction.objects.get(source=f"budget:{budget.pk}")

    with refused("rests", "reason", untouched=[budget]):
        correcting.propose_reversal(opening, by=given.maker(), reason=" ")


def test_correcting_is_the_finance_officers(db):
    _budget, booking = changed()
    reversal = proposed(booking)

    check_duty(Permission.LEDGER_CORRECT, lambda by: proposed(booking, by), booking)
    check_duty(Permission.LEDGER_CORRECT, lambda by: correcting.confirm_reversal(reversal, by=by), reversal)
    check_duty(Permission.LEDGER_CORRECT, lambda by: correcting.drop_reversal(reversal, by=by, reason="x"), reversal)


def test_what_is_booked_is_neither_dropped_nor_confirmed_again(db):
    _budget, booking = changed()
    reversal = correcting.confirm_reversal(proposed(booking), by=given.checker())
    maker = given.maker()

    for act in (
        lambda: correcting.drop_reversal(reversal, by=maker, reason="x"),
        lambda: correcting.confirm_reversal(reversal, by=maker),
    ):
        with no_trace(reversal), pytest.raises(WrongState):
            act()
    with refused_by("awards_reversal_booked_id_key"):
        copy_of(reversal, booking=LedgerTransaction.objects.earliest("pk"))


def test_the_trail_names_both_officers(db):
    _budget, booking = changed()
    maker, checker = given.maker(), given.checker()
    correcting.confirm_reversal(proposed(booking, maker), by=checker)

    lines = AuditEvent.objects.filter(target_type="awards.reversal").order_by("seq")
    assert list(lines.values_list("verb", "actor_id")) == [
        ("propose_reversal", maker.pk),
        ("confirm_reversal", checker.pk),
    ]


# --- what may be reversed -----------------------------------------------------------------------------


@pytest.mark.parametrize(("record", "event"), [key for key in EVENTS if key != ("budget", "change")])
def test_what_a_record_rests_on_is_not_reversed_and_the_answer_says_what_to_do(record, event):
    source = ":".join(filter(None, [record, "7", event]))

    why = rests_upon(source, is_reversal=False, is_reversed=False)

    assert RESTS[record, event] in why
    assert "请" in why


def test_only_a_change_of_a_budget_is_free():
    assert rests_upon("budget:1:change:2", is_reversal=False, is_reversed=False) == ""
    assert "不能手工冲正" in rests_upon("budget:1:change", is_reversal=False, is_reversed=False)
    assert "不能手工冲正" in rests_upon("something:else", is_reversal=False, is_reversed=False)
    assert "不能再冲正" in rests_upon("budget:1:change:2", is_reversal=True, is_reversed=False)
    assert "一笔只冲正一次" in rests_upon("budget:1:change:2", is_reversal=False, is_reversed=True)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("budget:3", "资金预算 3 下达"),
        ("disbursement:12:settle", "拨付单 12 到账"),
        ("clawback:4:recovery:9", "奖金追回 4 退回奖金"),
        ("x:y", "x"),
        ("", ""),
    ],
)
def test_a_source_is_said_in_words(source, said):
    assert read(source).said == said


# --- what the database refuses ------------------------------------------------------------------------


def raw(booked_by, lines, **facts):
    """A booking written by SQL, past every action; the deferred triggers are asked at once."""
    with transaction.atomic():
        booking = LedgerTransaction.objects.create(
            **{"source": "x:1", "memo": "m", "booked_by": booked_by, "entry_count": max(len(lines), 2)} | facts
        )
        with connection.cursor() as cursor:
            for account, budget, amount in lines:
                cursor.execute(
                    "INSERT INTO awards_ledgerentry (transaction_id, account, budget_id, amount) "
                    "VALUES (%s, %s, %s, %s)",
                    [booking.pk, account, budget.pk, amount],
                )
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return booking


def test_the_database_refuses_what_is_no_booking(db):
    one, other = given.budget("3000000"), given.budget("2000000")
    by = given.maker()
    bad = [
        ([], {}, "has no entries"),
        ([("paid", one, 1)], {}, "does not balance"),
        ([("paid", one, 1), ("available", one, -2)], {}, "does not balance"),
        ([("paid", one, 1), ("available", other, -1)], {}, "is of 2 budgets"),
        ([("paid", one, 1), ("available", one, -1)], {"entry_count": 3}, "says 3 entries and has 2"),
    ]
    for lines, facts, words in bad:
        with pytest.raises(IntegrityError, match=words):
            raw(by, lines, **facts)
    with refused_by("two_entries_at_least"):
        raw(by, [], entry_count=1)
    with refused_by("entry_within_bounds"):
        raw(by, [("paid", one, "NaN"), ("available", one, "NaN")])


def test_nothing_is_added_to_a_booking_that_stands(db):
    budget, booking = changed()

    with trial():
        for account, amount in (("paid", 1), ("available", -1)):
            LedgerEntry.objects.create(transaction=booking, account=account, budget=budget, amount=amount)
        with pytest.raises(IntegrityError, match="says 2 entries and has 4"):
            connection.check_constraints()


def test_the_database_refuses_a_reversal_that_is_not_the_exact_opposite(db):
    budget, booking = changed()
    by = given.maker()
    exact = [("appropriation", budget, MILLION), ("available", budget, -MILLION)]
    half = [("appropriation", budget, MILLION / 2), ("available", budget, -MILLION / 2)]
    longer = [*exact, ("paid", budget, 1), ("available", budget, -1)]
    for lines in (half, longer, [("paid", budget, MILLION), ("available", budget, -MILLION)]):
        with pytest.raises(IntegrityError, match="is not the opposite"):
            raw(by, lines, reverses=booking)

    reversal = raw(by, exact, reverses=booking)

    with refused_by("awards_ledgertransaction_reverses_id_key"):
        raw(by, exact, source="x:2", reverses=booking)
    with pytest.raises(IntegrityError, match="reverses a reversal"):
        raw(by, [(a, b, -s) for a, b, s in exact], source="x:3", reverses=reversal)


def test_the_database_refuses_to_reverse_what_a_payment_rests_on(db):
    organisation = given.organisation()
    given.bank_account(organisation)
    honour = given.recorded_honour(organisation, kind="佛山市政府质量奖", year=2026, announced_on=given.NOTICE.date())
    budget, maker = given.budget(), given.maker()
    payment = given.approved_payment(paying.prepare(paying.entitle(honour, by=maker), by=maker, budget=budget))
    booking = payment.entries.first().transaction

    with trial():
        ledger.reverse(booking, source="x:1", memo="m", by=maker)
        with pytest.raises(IntegrityError, match="reverses what a payment rests on"):
            connection.check_constraints()
    with refused("rests", untouched=[payment]):
        proposed(booking)


def test_the_database_refuses_half_a_reversal(db):
    _budget, booking = changed()
    reversal = proposed(booking)

    with refused_by("reversal_has_a_reason"):
        Reversal.objects.update(reason="")
    with refused_by("one_reversal_per_booking"):
        copy_of(reversal)
    full = {"state": "booked", "confirmed_by": given.checker(), "confirmed_at": clock.now(), "booked": booking}
    for missing in ("confirmed_by", "confirmed_at", "booked", "state"):
        with refused_by("reversal_is_booked_when_confirmed"):
            Reversal.objects.update(**full | {missing: "proposed" if missing == "state" else None})


# --- two at one instant -------------------------------------------------------------------------------


@pytest.fixture
def waiting(committed):
    _budget, booking = changed()
    return proposed(booking)


def both(reversal):
    officers = [given.checker(), given.checker()]
    return at_once(*[lambda by=by: correcting.confirm_reversal(reversal, by=by) for by in officers])


def test_of_two_confirmations_at_one_instant_one_books(waiting):
    assert kinds(both(waiting)) == ["WrongState", "done"]
    assert Budget.objects.get().total == Decimal("3000000.00")


def test_without_the_lock_the_books_themselves_take_a_booking_back_once(waiting, monkeypatch):
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, correcting, "read")

    assert kinds(both(waiting)) == ["Refused", "done"]
    assert LedgerTransaction.objects.exclude(reverses=None).count() == 1


def test_twin_without_lock_and_link_the_same_change_is_taken_back_twice(waiting, monkeypatch):
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, correcting, "read")
    monkeypatch.setattr(ledger, "reverse", unlinked)

    assert kinds(both(waiting)) == ["done", "done"]
    assert ledger.balances()["available"] == Decimal("2000000.00")


def unlinked(booking, **facts):
    lines = booking.entries.values_list("account", "budget", "disbursement", "amount")
    by = facts.pop("by")
    opposite = [(*line, -amount) for *line, amount in lines]
    [reversal] = ledger._write([({"booked_by": by, **facts}, opposite)])
    return reversal


# --- in the office ------------------------------------------------------------------------------------


def test_in_the_office_one_proposes_and_another_sees_both_sides_and_confirms(db):
    budget, booking = changed()
    maker, checker = given.maker(), given.checker()
    press(maker, booking, "reverse", reason="文号录错")
    reversal = Reversal.objects.get()

    assert buttons(maker, reversal) == ["drop_reversal"]
    assert buttons(maker, booking) == []
    assert buttons(given.auditor(), reversal) == []
    page = office(checker).get(act_url(reversal, "confirm_reversal")).content.decode()
    assert page.count("1,000,000.00") == 4
    assert "文号录错" in page
    press(checker, reversal, "confirm_reversal")

    budget.refresh_from_db()
    assert (reversal.state, budget.total) == ("booked", Decimal("3000000.00"))
    after = office(checker).get(record_url(booking))
    assert after.context_data["hindrances"] == [("提出冲正", "这笔记账已经冲正，一笔只冲正一次。")]
    assert [label for label, _url in after.context_data["links"]] == [
        f"来源：资金预算 {budget.pk} 追加或调减",
        "冲正记账",
    ]


def test_a_booking_that_is_not_free_says_what_to_do_instead(db):
    budget = given.budget()
    opening = LedgerTransaction.objects.get(source=f"budget:{budget.pk}")

    page = office(given.maker()).get(record_url(opening))

    assert "追加或调减" in page.context_data["hindrances"][0][1]
    assert office(given.maker()).post(act_url(opening, "reverse"), {"reason": "x"}).status_code == 409
