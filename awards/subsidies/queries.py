from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef

from awards.applications.progress import TOLD
from awards.resolutions.models import Honour

from .actions import digest_of
from .entitlement import TableLine
from .ledger import Account, balances, is_balanced
from .matters import CAME_TO_NOTHING, line_for, unclaimed
from .models import Disbursement, Entitlement
from .own.words import payment_said
from .plans.instalments import Standing, replaced, standing
from .plans.models import Instalment, PaymentPlan, PayoutNotice
from .plans.turns import ready, waiting_in_part, waiting_in_whole


@dataclass(frozen=True)
class Claim:
    """An honour nobody has entered an entitlement for, with the published line of its day, if any."""

    honour: Honour
    line: TableLine | None


def claims():
    """`unclaimed`, each with what the published table says. Two queries."""
    honours = unclaimed().select_related("kind").prefetch_related("kind__subsidy_rules").order_by("-year", "pk")
    return [Claim(honour, line_for(honour)) for honour in honours]


def payable(entitlements):
    """Of these entitlements, those of honours in force of which something is to be prepared today."""
    return ready(entitlements).filter(waiting_in_whole() | waiting_in_part())


def due_in_part(entitlements):
    """Of these, those with a plan of which an instalment is due and not being paid."""
    return ready(entitlements).filter(waiting_in_part())


def due_in_whole(entitlements):
    """Of these, those that are paid at once and are not being paid."""
    return ready(entitlements).filter(waiting_in_whole())


def came_back(payments):
    """Of these, the returned ones in whose place no other has been prepared, of entitlements still to be paid."""
    anew = Disbursement.objects.filter(replaces=OuterRef("pk")).exclude(state=Disbursement.State.CANCELLED)
    returned = payments.filter(~Exists(anew), state=Disbursement.State.RETURNED)
    return returned.filter(entitlement__in=payable(Entitlement.objects))


@dataclass(frozen=True)
class Line:
    """One instalment and the payment of it that counts, or that came back last."""

    instalment: Instalment
    payment: Disbursement | None

    @property
    def is_open(self):
        """Whether it still has to be prepared."""
        return self.payment is None or self.payment.state in CAME_TO_NOTHING

    @property
    def words(self):
        """Where it stands, as its payee may know it."""
        return payment_said(self.payment.state, is_replaced=self.payment.is_replaced) if self.payment else "待办理"


@dataclass(frozen=True)
class Schedule:
    """How an entitlement is paid: its plan, each instalment's payment, how far the sum has come, and its notice."""

    standing: Standing
    payments: list[Disbursement]
    plan: PaymentPlan | None
    waiting: PaymentPlan | None
    lines: list[Line]
    notice: PayoutNotice | None
    notice_basis: str

    @property
    def next_due(self):
        """The earliest instalment still to be prepared, or None."""
        return next((line.instalment for line in self.lines if line.is_open), None)

    @property
    def awaits_notice(self):
        """Whether the notice that goes before the payment is still to be published or to be looked at."""
        return bool(self.notice_basis) and (self.notice is None or self.notice.state != PayoutNotice.State.CONFIRMED)

    @property
    def told(self):
        """The payments of which the payee is told: those that have left the house."""
        return [payment for payment in self.payments if payment.state in TOLD]

    @property
    def unplanned(self):
        """What neither counts as paid nor stands in the plan, in yuan; nothing without a plan."""
        open_ones = sum((line.instalment.amount for line in self.lines if line.is_open), Decimal("0.00"))
        return self.standing.to_plan - open_ones if self.plan else Decimal("0.00")


def schedule_of(entitlement):
    """How an entitlement is paid, with what its payments wait for. A handful of queries, however many payments."""
    payments = list(entitlement.disbursements.select_related("account", "instalment").order_by("pk"))
    line = line_for(entitlement.honour, entitlement.payer)
    return schedule_from(
        entitlement,
        payments,
        entitlement.plans.prefetch_related("instalments"),
        notice=entitlement.payout_notices.exclude(state=PayoutNotice.State.DROPPED).first(),
        notice_basis=line.notice_basis if line else "",
    )


def schedule_from(entitlement, payments, plans, *, notice=None, notice_basis=""):
    """How an entitlement is paid by these payments of it, each told whether it `is_replaced`, and these plans."""
    again = replaced(payments)
    for payment in payments:
        payment.is_replaced = payment.pk in again
    plans = {plan.state: plan for plan in plans}
    plan = plans.get(PaymentPlan.State.IN_FORCE)
    by_part = {payment.instalment_id: payment for payment in payments if payment.state != "cancelled"}
    return Schedule(
        standing=standing(entitlement.amount, payments),
        payments=payments,
        plan=plan,
        waiting=plans.get(PaymentPlan.State.ENTERED),
        lines=[Line(part, by_part.get(part.pk)) for part in plan.instalments.all()] if plan else [],
        notice=notice,
        notice_basis=notice_basis,
    )


def short_code(payment):
    """The short code of what is approved."""
    return code_of(digest_of(payment))


def code_of(digest):
    """Eight characters of a digest, to compare by voice: 3F2A-90C1."""
    code = digest[:8].upper()
    return f"{code[:4]}-{code[4:]}"


def trial_balance():
    """Every account of the books, by value and label, with its balance; and whether the books balance. Two queries."""
    sums = balances()
    return [(account.value, account.label, sums[account.value]) for account in Account], is_balanced()
