"""The books: append-only, double entry, every booking adds up to zero (the database refuses others)."""

from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Sum

from foshan_quality.lib import clock

from .models import LedgerEntry, LedgerTransaction

Account = LedgerEntry.Account


class BookedAlready(Exception):
    """This source is in the books; booking it twice is impossible."""


def book(*, source, memo, by, budget, debit, credit, amount, disbursement=None):
    """Move `amount` yuan from the credited to the debited account, once per `source`."""
    try:
        with transaction.atomic():
            booking = LedgerTransaction.objects.create(source=source, memo=memo, booked_at=clock.now(), booked_by=by)
    except IntegrityError as error:
        raise BookedAlready(source) from error
    LedgerEntry.objects.bulk_create(
        LedgerEntry(transaction=booking, account=account, budget=budget, disbursement=disbursement, amount=signed)
        for account, signed in ((debit, amount), (credit, -amount))
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
