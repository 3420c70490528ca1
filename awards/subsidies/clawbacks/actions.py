"""Money of a revoked honour: what is not sent is stopped, what was paid is owed back.

What is owed moves only by two people: one enters what came back, what is let off or where to pay, another confirms it.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import InvalidOperation

from django.db import transaction
from django.db.models import F, Sum

from awards.programmes.queries import rules_after_award
from awards.workflow import Refused, permit
from enterprises.audit import actions as audit
from foshan_quality.lib import clock
from foshan_quality.lib.money import CEILING, yuan
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from .. import ledger
from ..ledger import Account
from ..models import Budget, Disbursement, Entitlement
from ..telling import tell_payee
from .models import Clawback, ClawbackEntry, Recovery

State, Kind = Disbursement.State, ClawbackEntry.Kind


@dataclass
class Withdrawn:
    """What became of the money of an honour: payments stopped, sums owed back, payments on their way."""

    stopped: list[Disbursement] = field(default_factory=list)
    clawbacks: list[Clawback] = field(default_factory=list)
    on_its_way: list[Disbursement] = field(default_factory=list)


def withdraw_money(honour, *, by, document, due_on=None):
    """Stop what is not sent of the honour's money and make owed back what was paid, whoever pays and in how many parts.

    Inside the act that revokes, which has locked the honour. A payment that is just being sent cannot be called back;
    it is owed back when the treasury says that it was paid.
    """
    list(Entitlement.objects.select_for_update(of=("self",)).filter(honour=honour).order_by("pk"))
    live = Disbursement.objects.filter(entitlement__honour=honour).exclude(state__in=[State.RETURNED, State.CANCELLED])
    withdrawn, stoppable = Withdrawn(), Disbursement.workflow.steps["stop_payment"].sources
    for payment in list(live.select_for_update(of=("self",)).order_by("pk")):
        if payment.state == State.PAID:
            withdrawn.clawbacks.append(open_clawback(payment, by=by, document=document, due_on=due_on))
        elif payment.state in stoppable:
            withdrawn.stopped.append(_stop(payment, by, document))
        else:
            withdrawn.on_its_way.append(payment)
    return withdrawn


def _stop(payment, by, document):
    with Disbursement.workflow.move(payment, "stop_payment", by=by, note=document) as locked:
        if locked.state == State.APPROVED:
            _release(locked, by)
    return locked


def _release(payment, by):
    """Give an approved sum back to its budget."""
    Budget.objects.filter(pk=payment.budget_id).update(reserved=F("reserved") - payment.amount)
    sides = {"debit": Account.AVAILABLE, "credit": Account.COMMITTED}
    ledger.book(**ledger.of_payment(payment, "stop", "因撤销荣誉停付", by=by, **sides))


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
    _tell(clawback, "repayment_due", f"{clawback.pk}", clawback.owed, until=f"{clawback.due_on}", document=document)
    return clawback


def _tell(clawback, kind, matter, amount, **values):
    honour = clawback.disbursement.entitlement.honour
    tell_payee(honour, kind, matter=matter, amount=f"{amount:,}", **values)


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


def enter_recovery(clawback, *, by, amount, received_on, voucher):
    """Enter money that came back, by its voucher; it is booked when a second person confirms it.

    Refused for more than is still owed and not entered, for a day to come, and for a voucher entered before.
    """
    facts = {"amount": _whole_fen(amount), "day": received_on, "document": voucher.strip()}
    return _enter(clawback, by, Kind.RECEIVED, facts, _recovery_problems)


def enter_reduction(clawback, *, by, amount, decided_on, document, reason):
    """Enter that a part or all of what is owed is let off, by a document; it counts when a second person confirms."""
    facts = {"amount": _whole_fen(amount), "day": decided_on, "document": document.strip(), "text": reason.strip()}
    return _enter(clawback, by, Kind.REDUCED, facts, _reduction_problems)


def enter_pay_to(clawback, *, by, pay_to, document):
    """Enter where the holder is to pay; it is told when a second person has confirmed it."""
    facts = {"document": document.strip(), "text": pay_to.strip()}
    return _enter(clawback, by, Kind.PAY_TO, facts, _pay_to_problems)


@transaction.atomic
def _enter(clawback, by, kind, facts, judge):
    permit(by, Permission.CLAWBACK_BOOK, clawback)
    locked = Clawback.objects.select_for_update(of=("self",)).get(pk=clawback.pk)
    problems = list(judge(locked, facts))
    if problems:
        raise Refused(problems)
    entry = ClawbackEntry.objects.create(clawback=locked, kind=kind, entered_by=by, entered_at=clock.now(), **facts)
    details = {"entry": entry.pk, "kind": kind} | ({"amount": f"{entry.amount}"} if entry.amount else {})
    audit.record(by=by, verb="enter_clawback_entry", target=locked, note=entry.document, details=details)
    return entry


@transaction.atomic
def confirm_entry(entry, *, by):
    """A second person confirms what was entered, and it takes effect: money is booked, the holder is told.

    Refused for whoever entered it, and when meanwhile less is owed.
    """
    clawback = Clawback.objects.select_for_update(of=("self",)).get(pk=entry.clawback_id)
    with ClawbackEntry.workflow.move(entry, "confirm_clawback_entry", by=by, note=entry.document) as locked:
        if locked.entered_by_id == by.pk:
            raise Refused([Problem("two_people", "登记人不能复核自己的登记，请由另一名人员办理。没有入账。")])
        if locked.amount and locked.amount > clawback.outstanding:
            text = f"尚未追回 {clawback.outstanding:,} 元，本次 {locked.amount:,} 元，超出应追回数。没有入账。"
            raise Refused([Problem("too_much", text)])
        locked.confirmed_by, locked.confirmed_at = by, clock.now()
        EFFECTS[locked.kind](clawback, locked, by)
        clawback.save(update_fields=["received", "reduced", "pay_to"])
    return locked


def _receive(clawback, entry, by):
    recovery = Recovery.objects.create(
        clawback=clawback,
        entry=entry,
        amount=entry.amount,
        received_on=entry.day,
        voucher=entry.document,
        booked_at=clock.now(),
        booked_by=by,
    )
    clawback.received += entry.amount
    _book(clawback, f"recovery:{recovery.pk}", "退回奖金", by, Account.RECOVERED, Account.CLAWBACK, entry.amount)
    _tell(clawback, "repayment_received", f"{clawback.pk}-{entry.pk}", entry.amount, left=f"{clawback.outstanding:,}")


def _reduce(clawback, entry, by):
    clawback.reduced += entry.amount
    _book(clawback, f"reduction:{entry.pk}", "减免", by, Account.REDUCED, Account.CLAWBACK, entry.amount)
    facts = {"document": entry.document, "left": f"{clawback.outstanding:,}"}
    _tell(clawback, "repayment_reduced", f"{clawback.pk}-{entry.pk}", entry.amount, **facts)


def _announce(clawback, entry, _by):
    clawback.pay_to = entry.text
    _tell(clawback, "repayment_pay_to", f"{clawback.pk}-{entry.pk}", clawback.outstanding, until=f"{clawback.due_on}")


EFFECTS = {Kind.RECEIVED: _receive, Kind.REDUCED: _reduce, Kind.PAY_TO: _announce}


def reject_entry(entry, *, by, reason):
    """The second person sends an entry back; it stays on record and may be entered anew."""
    with ClawbackEntry.workflow.move(entry, "reject_clawback_entry", by=by, note=reason) as locked:
        pass
    return locked


def drop_entry(entry, *, by, reason):
    """Take back an entry that nobody has confirmed."""
    with ClawbackEntry.workflow.move(entry, "drop_clawback_entry", by=by, note=reason) as locked:
        pass
    return locked


def _whole_fen(amount):
    """The sum to the fen; 0, which is refused, for what is no such sum."""
    try:
        return yuan(amount)
    except (ValueError, InvalidOperation):
        return yuan(0)


def waiting_sum(clawback):
    """What was entered as come back or let off and waits for a second person, in yuan. One query."""
    return clawback.entries.filter(state=ClawbackEntry.State.ENTERED).aggregate(sum=Sum("amount"))["sum"] or 0


def _sum_problems(clawback, facts):
    amount, day = facts["amount"], facts["day"]
    waiting = waiting_sum(clawback)
    left = clawback.outstanding - waiting
    if not 0 < amount < CEILING:
        yield Problem("amount", "金额应大于 0，精确到分。没有登记。", "amount")
    elif amount > left:
        told = f"（另有 {waiting:,} 元待复核）" if waiting else ""
        text = f"尚未追回 {left:,} 元{told}，本次 {amount:,} 元，超出 {amount - left:,} 元。"
        yield Problem("too_much", f"{text}没有登记。", "amount")
    if day > clock.today():
        yield Problem("future", "日期晚于今天。没有登记。", "received_on")


def _recovery_problems(clawback, facts):
    yield from _sum_problems(clawback, facts)
    voucher = facts["document"]
    if not voucher:
        yield Problem("voucher", "请填写凭证号。没有登记。", "voucher")
    elif _is_entered(voucher) or Recovery.objects.filter(voucher=voucher).exists():
        yield Problem("twice", f"凭证 {voucher} 已经登记，同一凭证只登记一次。没有登记。", "voucher")


def _is_entered(voucher):
    entered = ClawbackEntry.objects.filter(kind=Kind.RECEIVED, document=voucher)
    return entered.exclude(state=ClawbackEntry.State.DROPPED).exists()


def _reduction_problems(clawback, facts):
    yield from _sum_problems(clawback, facts)
    if not facts["document"]:
        yield Problem("document", "减免须有依据文件。没有登记。", "document")
    if not facts["text"]:
        yield Problem("reason", "请写明减免理由。没有登记。", "reason")


def _pay_to_problems(clawback, facts):
    if not clawback.outstanding:
        yield Problem("settled", "已全部追回，不需要再告知缴款方式。没有登记。")
    if not facts["text"]:
        yield Problem("pay_to", "请写明缴款方式。没有登记。", "pay_to")
    if not facts["document"]:
        yield Problem("document", "请写明依据文件或缴款通知的编号。没有登记。", "document")
