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
    lines = [(debit, budget.pk, disbursement and disbursement.pk, amount)]
    lines.append((credit, *lines[0][1:3], -amount))
    return _write(lines, source=source, memo=memo, booked_by=by)


def reverse(booking, *, source, memo, by):
    """Take a booking back by its exact opposite; the two know each other. Once per booking."""
    lines = booking.entries.values_list("account", "budget", "disbursement", "amount")
    opposite = [(*line, -amount) for *line, amount in lines]
    return _write(opposite, source=source, memo=memo, booked_by=by, reverses=booking)


def _write(lines, **facts):
    try:
        with transaction.atomic():
            booking = LedgerTransaction.objects.create(booked_at=clock.now(), entry_count=len(lines), **facts)
    except IntegrityError as error:
        raise BookedAlready(facts["source"]) from error
    LedgerEntry.objects.bulk_create(
        LedgerEntry(transaction=booking, account=account, budget_id=budget, disbursement_id=payment, amount=amount)
        for account, budget, payment, amount in lines
    )
    return booking


def book_together(bookings):
    """Many bookings at once, each as for `book`: all of them, or none when one of their sources is in the books."""
    now = clock.now()
    try:
        with transaction.atomic():
            booked = LedgerTransaction.objects.bulk_create(
                LedgerTransaction(source=b["source"], memo=b["memo"], booked_at=now, booked_by=b["by"])
                for b in bookings
            )
    except IntegrityError as error:
        raise BookedAlready(str(error.__cause__)) from error
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            transaction=booking,
            account=account,
            budget=b["budget"],
            disbursement=b["disbursement"],
            amount=signed,
        )
        for booking, b in zip(booked, bookings, strict=True)
        for account, signed in ((b["debit"], b["amount"]), (b["credit"], -b["amount"]))
    )


def balances(budget=None):
    """The balance of every account, in yuan; they add up to zero. One query."""
    entries = LedgerEntry.objects.filter(budget=budget) if budget else LedgerEntry.objects
    sums = dict(entries.values_list("account").annotate(Sum("amount")))
    return {account: sums.get(account, Decimal("0.00")) for account in Account.values}


def is_balanced():
    """Whether all entries of all time add up to zero, and each booking does."""
    unbalanced = LedgerTransaction.objects.annotate(total=Sum("entries__amount")).exclude(total=0)
    return not unbalanced.exists()
