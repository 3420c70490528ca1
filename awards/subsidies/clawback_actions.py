"""Money of a revoked honour: what is not sent is stopped, what was paid is owed back and booked as it returns."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import InvalidOperation

from django.db import transaction
from django.db.models import F

from awards.programmes.queries import rules_after_award
from awards.workflow import Refused, permit
from enterprises.audit import actions as audit
from foshan_quality.lib import clock
from foshan_quality.lib.money import CEILING, yuan
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from . import ledger
from .clawback_models import Clawback, Recovery
from .ledger import Account
from .models import Budget, Disbursement, Entitlement

State = Disbursement.State


@dataclass(frozen=True)
class Withdrawn:
    """What became of the money of an honour: the payment stopped, the one owed back, the one on its way."""

    stopped: Disbursement | None = None
    clawback: Clawback | None = None
    on_its_way: Disbursement | None = None


def withdraw_money(honour, *, by, document, due_on=None):
    """Stop the honour's payment or make it owed back. Inside the act that revokes, which has locked the honour.

    A payment that is just being sent cannot be called back; it is owed back when the treasury says that it was paid.
    """
    entitlement = Entitlement.objects.select_for_update(of=("self",)).filter(honour=honour).first()
    if entitlement is None:
        return Withdrawn()
    live = entitlement.disbursements.exclude(state__in=[State.RETURNED, State.CANCELLED])
    payment = live.select_for_update(of=("self",)).first()
    if payment is None:
        return Withdrawn()
    if payment.state == State.PAID:
        return Withdrawn(clawback=open_clawback(payment, by=by, document=document, due_on=due_on))
    if payment.state in Disbursement.workflow.steps["stop_payment"].sources:
        return Withdrawn(stopped=_stop(payment, by, document))
    return Withdrawn(on_its_way=payment)


def _stop(payment, by, document):
    with Disbursement.workflow.move(payment, "stop_payment", by=by, note=document) as locked:
        if locked.state == State.APPROVED:
            _release(locked, by)
    return locked


def _release(payment, by):
    """Give an approved sum back to its budget."""
    Budget.objects.filter(pk=payment.budget_id).update(reserved=F("reserved") - payment.amount)
    ledger.book(
        source=f"disbursement:{payment.pk}:stop",
        memo=f"{payment.account.holder} 因撤销荣誉停付",
        by=by,
        budget=payment.budget,
        debit=Account.AVAILABLE,
        credit=Account.COMMITTED,
        amount=payment.amount,
        disbursement=payment,
    )


def open_clawback(payment, *, by, document, due_on=None):
    """Book that a paid sum is owed back, all of it. Inside the act that finds it so, which has locked the payment."""
    clawback = Clawback.objects.create(
        disbursement=payment,
        owed=payment.amount,
        due_on=due_on or clock.today() + timedelta(days=days_to_repay(payment.entitlement.honour)),
        document=document,
        opened_at=clock.now(),
        opened_by=by,
    )
    _book(clawback, "open", "应追回", by, Account.CLAWBACK, Account.PAID, clawback.owed)
    details = {"owed": str(clawback.owed), "due_on": str(clawback.due_on)}
    audit.record(by=by, verb="open_clawback", target=clawback, note=document, details=details)
    return clawback


def days_to_repay(honour):
    """In how many days the money of an honour is to be given back, by its edition's rule or the default one."""
    return rules_after_award(honour.application and honour.application.edition)["clawback_days"]


def _book(clawback, event, words, by, debit, credit, amount):
    payment = clawback.disbursement
    ledger.book(
        source=f"clawback:{clawback.pk}:{event}",
        memo=f"{payment.account.holder} {words}",
        by=by,
        budget=payment.budget,
        debit=debit,
        credit=credit,
        amount=amount,
        disbursement=payment,
    )


@transaction.atomic
def book_recovery(clawback, *, by, amount, received_on, voucher):
    """Book money that came back. Refused for more than is still owed and for a voucher that was booked before."""
    permit(by, Permission.CLAWBACK_BOOK, clawback)
    amount = _whole_fen(amount)
    locked = Clawback.objects.select_for_update(of=("self",)).get(pk=clawback.pk)
    problems = list(_recovery_problems(locked, amount, received_on, voucher))
    if problems:
        raise Refused(problems)
    recovery = Recovery.objects.create(
        clawback=locked,
        amount=amount,
        received_on=received_on,
        voucher=voucher,
        booked_at=clock.now(),
        booked_by=by,
    )
    locked.received += amount
    locked.save(update_fields=["received"])
    _book(locked, f"recovery:{recovery.pk}", "退回奖金", by, Account.RECOVERED, Account.CLAWBACK, amount)
    details = {"amount": str(amount), "outstanding": str(locked.outstanding)}
    audit.record(by=by, verb="book_recovery", target=locked, note=voucher, details=details)
    return locked


def _whole_fen(amount):
    """The sum to the fen; 0, which is refused, for what is no such sum."""
    try:
        return yuan(amount)
    except (ValueError, InvalidOperation):
        return yuan(0)


def _recovery_problems(clawback, amount, received_on, voucher):
    if not 0 < amount < CEILING:
        yield Problem("amount", "金额应大于 0，精确到分。没有登记。", "amount")
    elif amount > clawback.outstanding:
        text = f"尚未追回 {clawback.outstanding:,} 元，本次 {amount:,} 元，超出 {amount - clawback.outstanding:,} 元。"
        yield Problem("too_much", f"{text}没有登记。", "amount")
    if received_on > clock.today():
        yield Problem("future", "到账日期晚于今天。没有登记。", "received_on")
    if not voucher.strip():
        yield Problem("voucher", "请填写凭证号。没有登记。", "voucher")
    elif Recovery.objects.filter(voucher=voucher).exists():
        yield Problem("twice", f"凭证 {voucher} 已经登记，同一凭证只登记一次。没有登记。", "voucher")
