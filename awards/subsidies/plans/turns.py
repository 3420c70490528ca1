"""What of an entitlement is to be paid next: all of it, or by its plan the earliest instalment not yet paid."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q

from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem

from ..matters import CAME_TO_NOTHING
from ..models import Disbursement, Entitlement
from .instalments import replaced, standing
from .models import Instalment, PaymentPlan

TURNS = ["disbursements__account", "disbursements__instalment__plan", "plans__instalments"]
LIVE = Disbursement.objects.exclude(state__in=CAME_TO_NOTHING)


@dataclass(frozen=True)
class Turn:
    """The next sum in yuan, the instalment it is, the returned payment it takes the place of; or why there is none."""

    amount: Decimal | None = None
    instalment: Instalment | None = None
    replaces: Disbursement | None = None
    problem: Problem | None = None


def next_turn(entitlement) -> Turn:
    """What is paid next of this entitlement, which was read with TURNS. No query."""
    payments = sorted(entitlement.disbursements.all(), key=lambda payment: payment.pk)
    live = [payment for payment in payments if payment.state not in CAME_TO_NOTHING]
    plans = {plan.state: plan for plan in entitlement.plans.all()}
    if PaymentPlan.State.ENTERED in plans:
        return Turn(problem=Problem("plan_waits", "分期计划待另一人核对，核对后才能编制。没有保存。"))
    plan = plans.get(PaymentPlan.State.IN_FORCE)
    if plan is None:
        if live:
            return Turn(problem=Problem("twice", "该奖补资格已有拨付单，同一资格只付一次。没有保存。"))
        return Turn(entitlement.amount, replaces=_came_back(payments, None))
    part = next_part(plan, payments)
    if part is None:
        return Turn(problem=Problem("twice", _nothing_left(entitlement, payments)))
    if part.due_on > clock.today():
        text = f"第 {part.turn} 期 {part.amount:,} 元自 {part.due_on:%Y-%m-%d} 起支付，还没有到期。没有保存。"
        return Turn(problem=Problem("not_due", text))
    return Turn(part.amount, part, _came_back(payments, part))


def next_part(plan, payments):
    """The earliest instalment of a plan that none of these payments of its entitlement pays, or None."""
    being_paid = {payment.instalment_id for payment in payments if payment.state not in CAME_TO_NOTHING}
    return next((part for part in plan.instalments.all() if part.pk not in being_paid), None)


def _nothing_left(entitlement, payments):
    left = standing(entitlement.amount, payments).to_plan
    if left:
        return f"分期计划内各期已有拨付单，尚有 {left:,} 元没有列入计划，请先录入新的分期计划。没有保存。"
    return "各期款项都已有拨付单，同一期只付一次。没有保存。"


def _came_back(payments, part):
    """The returned payment that a new one takes the place of: of this instalment, or of none that still counts."""
    taken = replaced(payments)
    back = [p for p in payments if p.state == Disbursement.State.RETURNED and p.pk not in taken]
    same = [p for p in back if part and p.instalment_id == part.pk]
    free = [p for p in back if p.instalment is None or p.instalment.plan.state == PaymentPlan.State.REPLACED]
    return (same or free or [None])[-1]


def same_account_problems(turn, account, because):
    """What keeps a returned payment from going to this account: it came back from this very one, and nobody says why
    it would arrive now."""
    former = turn.replaces and turn.replaces.account
    if former is None or account is None or because.strip():
        return []
    if (former.mark, former.bank, former.holder) != (account.mark, account.bank, account.holder):
        return []
    text = (
        f"上次付到这个账户被退回（{turn.replaces.problem}），账户至今没有变。请单位更正对公账户后再编制；"
        "退汇另有原因的，写明理由。没有保存。"
    )
    return [Problem("same_account", text, "because")]


def waiting_in_whole():
    """The condition for entitlements paid at once of which nothing is paid or being paid."""
    plans = PaymentPlan.objects.filter(entitlement=OuterRef("pk"), state__in=["entered", "in_force"])
    return Q(~Exists(LIVE.filter(entitlement=OuterRef("pk"))), ~Exists(plans))


def waiting_in_part():
    """The condition for entitlements with a plan of which an instalment is due today and not being paid."""
    due = Instalment.objects.filter(plan__state="in_force", due_on__lte=clock.today())
    due = due.filter(~Exists(LIVE.filter(instalment=OuterRef("pk"))), plan__entitlement=OuterRef("pk"))
    waiting = PaymentPlan.objects.filter(entitlement=OuterRef("pk"), state="entered")
    return Q(Exists(due), ~Exists(waiting))


def ready(entitlements):
    """Of these entitlements, those in force that nobody has taken back."""
    return entitlements.filter(state=Entitlement.State.READY, honour__revoked_on=None)
