"""What one organisation sees of its money: entitled to, paid, come back, owed back, given back. No officer's name."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Prefetch, Q, Sum
from django.utils.timezone import localtime

from enterprises.organisations.queries import account_of
from foshan_quality.lib.identity import masked

from ..books.papers import sealed
from ..books.sources import BOUNCED, read
from ..clawbacks.models import Clawback, Recovery
from ..ledger import Account
from ..models import Disbursement, Entitlement, LedgerEntry
from ..queries import Schedule, schedule_from
from .words import next_said, payment_said

State = Disbursement.State
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Payment:
    """One payment: how much, where it stands in words, when it was answered, to which account (masked)."""

    amount: Decimal
    state: str
    words: str
    day: date | None
    account: str
    problem: str


@dataclass(frozen=True)
class GivenBack:
    """Money the organisation gave back: when, how much, under which voucher."""

    day: date
    amount: Decimal
    voucher: str


@dataclass(frozen=True)
class Matter:
    """One sum an honour entitles to, from one payer, and what became of it; `schedule` is how it is paid."""

    entitlement: Entitlement
    schedule: Schedule
    clawbacks: list[Clawback]
    honour: str
    is_revoked: bool
    payer: str
    amount: Decimal
    document: str
    payments: list[Payment]
    owed_back: Decimal
    due_on: date | None
    given_back: list[GivenBack]
    next_step: str


@dataclass(frozen=True)
class OwnStatement:
    """All of it, with the sums as the books have them."""

    organisation: object
    account: object
    matters: list[Matter]
    entitled: Decimal
    paid: Decimal
    returned: Decimal
    owed_back: Decimal
    recovered: Decimal
    let_off: Decimal


def statement_of(organisation) -> OwnStatement:
    """The organisation's money. What is not authorised or was taken back is not told. Eight queries, any size."""
    payments = Disbursement.objects.exclude(state=State.CANCELLED).order_by("pk")
    payments = payments.select_related("account", "clawback", "instalment")
    entitlements = Entitlement.objects.filter(honour__organisation=organisation, state=Entitlement.State.READY)
    entitlements = (
        entitlements.select_related("honour__kind")
        .prefetch_related(Prefetch("disbursements", payments, to_attr="live"), "plans__instalments")
        .order_by("-honour__year", "pk")
    )
    sums, recovered = _sums(organisation), _recovered(organisation)
    account = account_of(organisation)
    matters = [_matter(entitlement, sums, recovered, account is not None) for entitlement in entitlements]
    return OwnStatement(
        organisation=organisation,
        account=account,
        matters=matters,
        entitled=sum((matter.amount for matter in matters if not matter.is_revoked), ZERO),
        paid=_total(sums, "paid"),
        returned=_total(sums, "returned"),
        owed_back=_total(sums, "owed_back"),
        recovered=_total(sums, "recovered"),
        let_off=_total(sums, "let_off"),
    )


def _sums(organisation):
    """Of each payment what the books say was paid, came back, is owed back and was given back. One query."""
    entries = LedgerEntry.objects.filter(disbursement__entitlement__honour__organisation=organisation).order_by()
    rows = entries.values("disbursement").annotate(
        paid=Sum("amount", filter=Q(account=Account.PAID, amount__gt=0)),
        returned=Sum("amount", filter=Q(account=Account.AVAILABLE, transaction__source__endswith=BOUNCED)),
        owed_back=Sum("amount", filter=Q(account=Account.CLAWBACK)),
        recovered=Sum("amount", filter=Q(account=Account.RECOVERED)),
        let_off=Sum("amount", filter=Q(account=Account.REDUCED)),
    )
    return {row["disbursement"]: row for row in rows}


def _total(sums, name):
    return sum((row[name] or ZERO for row in sums.values()), ZERO)


def _recovered(organisation):
    """What was given back, by payment, as booked; day and voucher are those of the treasury's account. Two queries."""
    entries = LedgerEntry.objects.filter(
        account=Account.RECOVERED, disbursement__entitlement__honour__organisation=organisation
    )
    entries = list(entries.select_related("transaction").order_by("transaction__booked_at", "pk"))
    parts = [read(entry.transaction.source).part for entry in entries]
    vouchers = Recovery.objects.in_bulk([part for part in parts if part])
    found = {}
    for entry, part in zip(entries, parts, strict=True):
        slip = vouchers.get(part)
        day = slip.received_on if slip else localtime(entry.transaction.booked_at).date()
        given = GivenBack(day, entry.amount, slip.voucher if slip else "—")
        found.setdefault(entry.disbursement_id, []).append(given)
    return found


def _matter(entitlement, sums, recovered, has_account):
    live = entitlement.live
    owed_back = sum(((sums.get(payment.pk) or {}).get("owed_back") or ZERO for payment in live), ZERO)
    clawbacks = [payment.clawback for payment in live if hasattr(payment, "clawback")]
    due_on = max((clawback.due_on for clawback in clawbacks), default=None)
    is_revoked = bool(entitlement.honour.revoked_on)
    schedule = schedule_from(entitlement, live, entitlement.plans.all())
    return Matter(
        entitlement=entitlement,
        schedule=schedule,
        clawbacks=clawbacks,
        honour=str(entitlement.honour),
        is_revoked=is_revoked,
        payer=entitlement.get_payer_display(),
        amount=entitlement.amount,
        document=entitlement.document,
        payments=[_payment(payment) for payment in live],
        owed_back=owed_back,
        due_on=due_on,
        given_back=[slip for payment in live for slip in recovered.get(payment.pk, [])],
        next_step=next_said(
            [payment.state for payment in live],
            unpaid=schedule.standing.outstanding,
            owed_back=owed_back,
            due_on=due_on,
            is_revoked=is_revoked,
            has_account=has_account,
        ),
    )


def _payment(payment):
    return Payment(
        amount=payment.amount,
        state=payment.state,
        words=payment_said(payment.state, is_replaced=payment.is_replaced),
        day=payment.answered_on,
        account=masked(payment.account.number),
        problem=payment.problem if payment.state == State.RETURNED else "",
    )


def own_paper(own: OwnStatement, *, moment) -> dict:
    """What the organisation's statement says on paper, with its digest."""
    names = ("entitled", "paid", "returned", "owed_back", "recovered", "let_off")
    return sealed(
        {
            "title": "奖补资金对账单",
            "organisation": own.organisation.name,
            "credit_code": own.organisation.credit_code,
            "matters": [_matter_said(matter) for matter in own.matters],
            "sums": {name: f"{getattr(own, name):,.2f}" for name in names},
            "printed_at": f"{localtime(moment):%Y-%m-%d %H:%M}",
        }
    )


def _matter_said(matter):
    return {
        "honour": matter.honour,
        "is_revoked": matter.is_revoked,
        "payer": matter.payer,
        "amount": f"{matter.amount:,.2f}",
        "document": matter.document,
        "next_step": matter.next_step,
        "owed_back": f"{matter.owed_back:,.2f}" if matter.owed_back else "",
        "payments": [_payment_said(payment) for payment in matter.payments],
        "given_back": [
            {"amount": f"{slip.amount:,.2f}", "day": f"{slip.day:%Y-%m-%d}", "voucher": slip.voucher}
            for slip in matter.given_back
        ],
    }


def _payment_said(payment):
    return {
        "amount": f"{payment.amount:,.2f}",
        "words": payment.words,
        "day": f"{payment.day:%Y-%m-%d}" if payment.day else "",
        "account": payment.account,
        "problem": payment.problem,
    }
