"""The books as they are read: trial balance, statement of an account, payments of a period. The database adds up."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from django.db.models import Count, F, Q, Sum, Value, Window
from django.db.models.functions import Coalesce

from foshan_quality.lib.money import YuanField

from ..clawbacks.models import Recovery
from ..ledger import Account
from ..models import Budget, BudgetChange, Disbursement, LedgerEntry, LedgerTransaction
from .sources import BOUNCED, read

ZERO = Decimal("0.00")
RETURNED = "returned"  # no account of its own: what came back from the payees' banks to what is available
ACCOUNTS = dict(Account.choices) | {RETURNED: "已退汇"}
IN_ORDER = ["transaction__booked_at", "pk"]


@dataclass(frozen=True)
class Asked:
    """Which bookings are looked at: of a budget or of the budgets of a year, to one payee, from `since` on and before
    `until`. What is not given does not narrow."""

    budget: Budget | None = None
    year: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    payee: str = ""

    def of(self, entries):
        """The entries looked at, of all time before `until`."""
        wanted = {
            "budget": self.budget,
            "budget__year": self.year,
            "disbursement__account__holder__icontains": self.payee,
            "transaction__booked_at__lt": self.until,
        }
        return entries.filter(**{name: value for name, value in wanted.items() if value})

    @property
    def in_period(self):
        """Booked in the period, given that it is before its end."""
        return Q(transaction__booked_at__gte=self.since) if self.since else Q()

    def opening(self):
        """The sum before the period, as an expression; of nothing where the period begins with the first booking."""
        return _sum(Q(transaction__booked_at__lt=self.since) if self.since else Q(amount=0))  # no entry is of 0


def _sum(condition=None):
    return Coalesce(Sum("amount", filter=condition), ZERO, output_field=YuanField())


# --- trial balance ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """An account over a period, in yuan: what it began with (debit positive), what was debited and credited."""

    account: str
    label: str
    opening: Decimal = ZERO
    debit: Decimal = ZERO
    credit: Decimal = ZERO

    @property
    def closing(self):
        return self.opening + self.debit - self.credit

    @property
    def cells(self):
        """Opening, turnover and closing balance, each as debit and credit."""
        sides = [(max(balance, ZERO), max(-balance, ZERO)) for balance in (self.opening, self.closing)]
        return [*sides[0], self.debit, self.credit, *sides[1]]


@dataclass(frozen=True)
class Section:
    """The trial balance of one budget, or of all of them."""

    title: str
    budget: int | None
    rows: list[Row]
    returned: Decimal = ZERO

    @cached_property
    def totals(self):
        """Debit and credit of the opening balances, of the turnover and of the closing balances."""
        return [sum(cells, ZERO) for cells in zip(*(row.cells for row in self.rows), strict=True)]

    @property
    def is_balanced(self):
        """Whether what is debited is credited, at both ends and in between."""
        return self.totals[0::2] == self.totals[1::2]


def trial(asked: Asked) -> list[Section]:
    """The trial balance of every budget looked at, and of all of them together as the last. One query."""
    sums = asked.of(LedgerEntry.objects).order_by().values("budget", "budget__fund", "budget__year", "account")
    sums = sums.annotate(
        opening=asked.opening(),
        debit=_sum(asked.in_period & Q(amount__gt=0)),
        credit=_sum(asked.in_period & Q(amount__lt=0)),
        came_back=_sum(asked.in_period & Q(account=Account.AVAILABLE, transaction__source__endswith=BOUNCED)),
    )
    by_budget = defaultdict(dict)
    for found in sums:
        budget = found["budget__year"], found["budget__fund"], found["budget"]
        by_budget[budget][found["account"]] = found
    parts = [
        _section(f"{year}年{fund}", pk, by_budget[year, fund, pk])
        for year, fund, pk in sorted(by_budget, key=lambda budget: (-budget[0], *budget[1:]))
    ]
    return [*parts, _together(parts)]


def _section(title, budget, found):
    rows = [
        Row(value, label, found[value]["opening"], found[value]["debit"], -found[value]["credit"])
        if value in found
        else Row(value, label)
        for value, label in Account.choices
    ]
    return Section(title, budget, rows, sum((f["came_back"] for f in found.values()), ZERO))


def _together(parts):
    rows = [
        Row(value, label, *(sum((getattr(part.rows[place], name) for part in parts), ZERO) for name in SUMMED))
        for place, (value, label) in enumerate(Account.choices)
    ]
    return Section("合计", None, rows, sum((part.returned for part in parts), ZERO))


SUMMED = ["opening", "debit", "credit"]


# --- statement of an account --------------------------------------------------------------------------


@dataclass(frozen=True)
class Statement:
    """An account over a period: what it began with, its entries in order (each with the `running` balance), what was
    debited and credited, and how many entries there are."""

    account: str
    opening: Decimal
    debit: Decimal
    credit: Decimal
    count: int
    entries: object

    @property
    def label(self):
        return ACCOUNTS[self.account]

    @property
    def closing(self):
        return self.opening + self.debit - self.credit


def statement(account: str, asked: Asked) -> Statement:
    """The statement of an account of the books, or of what was returned. One query, and one for the entries."""
    entries = asked.of(LedgerEntry.objects)
    if account == RETURNED:
        entries = entries.filter(account=Account.AVAILABLE, transaction__source__endswith=BOUNCED)
    else:
        entries = entries.filter(account=account)
    sums = entries.aggregate(
        opening=asked.opening(),
        debit=_sum(asked.in_period & Q(amount__gt=0)),
        credit=_sum(asked.in_period & Q(amount__lt=0)),
        count=Count("pk", filter=asked.in_period),
    )
    opening = sums["opening"]
    running = Window(Sum("amount"), order_by=[F(name).asc() for name in IN_ORDER])
    shown = (
        entries.filter(asked.in_period)
        .select_related("transaction", "budget")
        .annotate(
            payee=F("disbursement__account__holder"),
            organisation=F("disbursement__entitlement__honour__organisation"),
            document=F("disbursement__document"),
            running=Value(opening, YuanField()) + running,
        )
        .order_by(*IN_ORDER)
    )
    return Statement(account, opening, sums["debit"], -sums["credit"], sums["count"], shown)


@dataclass(frozen=True)
class Line:
    """An entry of a statement as it is shown: when, from where, on what basis, to whom, how much, what is left."""

    booking: int
    at: datetime
    source: str
    basis: str
    memo: str
    payee: str
    organisation: int | None
    budget: str
    debit: Decimal | None
    credit: Decimal | None
    running: Decimal

    @property
    def side(self):
        return side_of(self.running)


def side_of(balance: Decimal) -> str:
    """On which side of the account a balance stands."""
    return "借" if balance > 0 else "贷" if balance < 0 else "平"


def lines(entries) -> list[Line]:
    """These entries of a statement with the document or voucher behind each. Two queries, however many."""
    entries = list(entries)
    sources = [read(entry.transaction.source) for entry in entries]
    changes = BudgetChange.objects.in_bulk([source.part for source in sources if source.is_change])
    recovered = [source.part for source in sources if source.event == "recovery" and source.part]
    vouchers = dict(Recovery.objects.filter(pk__in=recovered).values_list("pk", "voucher"))
    return [_line(*pair, changes, vouchers) for pair in zip(entries, sources, strict=True)]


def _line(entry, source, changes, vouchers):
    basis = entry.document or entry.budget.document
    if source.part in changes and source.is_change:
        basis = changes[source.part].document
    if source.event == "recovery":
        basis = f"凭证 {vouchers.get(source.part, '—')}"
    return Line(
        booking=entry.transaction_id,
        at=entry.transaction.booked_at,
        source=source.said,
        basis=basis,
        memo=entry.transaction.memo,
        payee=entry.payee or "",
        organisation=entry.organisation,
        budget=str(entry.budget),
        debit=entry.amount if entry.amount > 0 else None,
        credit=-entry.amount if entry.amount < 0 else None,
        running=entry.running,
    )


# --- payments, bookings -------------------------------------------------------------------------------

BY_DAY = {"answered": "到账或退汇日期", "prepared": "经办日期"}


def payments(asked: Asked, by_day: str = "answered"):
    """Payments of the period by the day they were answered on or prepared, in order, each with whose it is."""
    field = {"answered": "answered_on", "prepared": "prepared_at"}[by_day]
    wanted = {
        "budget": asked.budget,
        "budget__year": asked.year,
        "account__holder__icontains": asked.payee,
        f"{field}__gte": _as(field, asked.since),
        f"{field}__lt": _as(field, asked.until),
    }
    found = Disbursement.objects.filter(**{name: value for name, value in wanted.items() if value})
    if by_day == "answered":
        found = found.exclude(answered_on=None)
    return found.select_related("account", "budget", "entitlement__honour__kind").order_by(field, "pk")


def count_and_sum(payments):
    """How many payments these are and what they come to in yuan. One query."""
    found = payments.aggregate(count=Count("pk"), sum=Sum("amount"))
    return found["count"], found["sum"] or ZERO


def _as(field, moment):
    return moment.date() if moment and field == "answered_on" else moment


def bookings_of(payment):
    """What was booked about a payment, in order: moment, booking, from and to which account, amount. One query."""
    debits = payment.entries.filter(amount__gt=0).select_related("transaction").order_by(*IN_ORDER)
    return [
        {
            "at": entry.transaction.booked_at,
            "booking": entry.transaction_id,
            "event": read(entry.transaction.source).said,
            "account": entry.get_account_display(),
            "amount": f"{entry.amount:,.2f}",
        }
        for entry in debits
    ]


def both_sides(booking: LedgerTransaction) -> list[dict]:
    """A booking's entries with their sides, to be shown beside the opposite. One query."""
    return [
        {
            "account": entry.get_account_display(),
            "budget": str(entry.budget),
            "debit": f"{entry.amount:,.2f}" if entry.amount > 0 else "",
            "credit": f"{-entry.amount:,.2f}" if entry.amount < 0 else "",
        }
        for entry in booking.entries.select_related("budget").order_by("pk")
    ]
