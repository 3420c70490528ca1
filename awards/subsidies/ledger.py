"""The books: append-only, double entry, every booking adds up to zero (the database refuses others)."""

from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Sum

from foshan_quality.lib import clock

from .models import LedgerEntry, LedgerTransaction

Account = LedgerEntry.Account


class BookedAlready(Exception):
    """This source is in the books, or the booking is reversed: booking it twice is impossible."""


def book(*, source, memo, by, budget, debit, credit, amount, disbursement=None):
    """Move `amount` yuan from the credited to the debited account, once per `source`."""
    lines = _lines(budget, debit, credit, amount, disbursement)
    [booking] = _write([({"source": source, "memo": memo, "booked_by": by}, lines)])
    return booking


def reverse(booking, *, source, memo, by):
    """Take a booking back by its exact opposite; the two know each other. Once per booking."""
    lines = booking.entries.values_list("account", "budget", "disbursement", "amount")
    opposite = [(*line, -amount) for *line, amount in lines]
    [reversal] = _write([({"source": source, "memo": memo, "booked_by": by, "reverses": booking}, opposite)])
    return reversal


def book_together(bookings):
    """Many bookings at once, each as for `book`: all of them, or none when one of their sources is in the books."""
    parts = ("budget", "debit", "credit", "amount", "disbursement")
    _write(
        ({"source": b["source"], "memo": b["memo"], "booked_by": b["by"]}, _lines(*(b[part] for part in parts)))
        for b in bookings
    )


def of_payment(payment, event, words, *, by, debit, credit):
    """What a step of a payment books, as `book` takes it: its whole sum, under the source that makes it once only."""
    return {
        "source": f"disbursement:{payment.pk}:{event}",
        "memo": f"{payment.account.holder} {words}",
        "by": by,
        "budget": payment.budget,
        "debit": debit,
        "credit": credit,
        "amount": payment.amount,
        "disbursement": payment,
    }


def _lines(budget, debit, credit, amount, disbursement):
    of = (budget.pk, disbursement and disbursement.pk)
    return [(debit, *of, amount), (credit, *of, -amount)]


def _write(bookings):
    """Bookings of one moment, each as (facts, entries): two statements for any number."""
    now, bookings = clock.now(), list(bookings)
    try:
        with transaction.atomic():
            written = LedgerTransaction.objects.bulk_create(
                LedgerTransaction(booked_at=now, entry_count=len(lines), **facts) for facts, lines in bookings
            )
    except IntegrityError as error:
        raise BookedAlready(str(error.__cause__)) from error
    LedgerEntry.objects.bulk_create(
        LedgerEntry(transaction=booking, account=account, budget_id=budget, disbursement_id=payment, amount=amount)
        for booking, (_facts, lines) in zip(written, bookings, strict=True)
        for account, budget, payment, amount in lines
    )
    return written


def balances(budget=None):
    """The balance of every account, in yuan; they add up to zero. One query."""
    entries = LedgerEntry.objects.filter(budget=budget) if budget else LedgerEntry.objects
    sums = dict(entries.values_list("account").annotate(Sum("amount")))
    return {account: sums.get(account, Decimal("0.00")) for account in Account.values}


def is_balanced():
    """Whether all entries of all time add up to zero, and each booking does."""
    unbalanced = LedgerTransaction.objects.annotate(total=Sum("entries__amount")).exclude(total=0)
    return not unbalanced.exists()
