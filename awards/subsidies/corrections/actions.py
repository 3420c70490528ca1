"""Taking a booking back by its opposite: proposed by one, confirmed by another. Only what no state rests on."""

from django.db import IntegrityError, transaction

from awards.workflow import Refused, permit
from enterprises.audit import actions as audit
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from .. import ledger
from ..books.sources import read, rests_upon
from ..models import Budget, BudgetChange
from .models import Reversal


@transaction.atomic
def propose_reversal(booking, *, by, reason):
    """Propose that a booking be taken back. Refused without a reason, for a booking that a record's state rests on,
    for a reversal, and where one is proposed or booked already."""
    permit(by, Permission.LEDGER_CORRECT, booking)
    problems = [Problem("rests", f"{why}没有保存。")] if (why := hindrance(booking)) else []
    if not reason.strip():
        problems.append(Problem("reason", "请写明冲正的理由。没有保存。", "reason"))
    if problems:
        raise Refused(problems)
    try:
        with transaction.atomic():
            reversal = Reversal.objects.create(booking=booking, reason=reason, proposed_by=by, proposed_at=clock.now())
    except IntegrityError:
        raise Refused(["这笔记账已有人提出冲正，请到“台账冲正”办理。没有重复保存。"]) from None
    audit.record(by=by, verb="propose_reversal", target=reversal, after=reversal.state, note=reason)
    return reversal


def hindrance(booking):
    """Why this booking cannot be reversed by hand and what to do instead; empty where it can. One query at most."""
    is_reversed = type(booking).objects.filter(reverses=booking).exists()
    return rests_upon(booking.source, is_reversal=booking.reverses_id is not None, is_reversed=is_reversed)


def is_proposed(booking):
    """Whether somebody has proposed to take this booking back and nobody has answered yet. One query."""
    return booking.reversals.filter(state=Reversal.State.PROPOSED).exists()


def confirm_reversal(reversal, *, by):
    """A second officer confirms: the budget gets its former total and the books the opposite entries.

    Refused for who proposed it, and where less would be left than is committed and spent.
    """
    with Reversal.workflow.move(reversal, "confirm_reversal", by=by) as locked:
        if locked.proposed_by_id == by.pk:
            raise Refused([Problem("two_people", "提出人不能自己确认，请由另一名资金人员确认。没有记账。")])
        if why := hindrance(locked.booking):
            raise Refused([Problem("rests", f"{why}没有记账。")])
        locked.booked = _take_back(locked, by)
        locked.confirmed_by, locked.confirmed_at = by, clock.now()
    return locked


def _take_back(reversal, by):
    """Book the opposite of a budget's change and let the budget follow, its list of changes too."""
    change = BudgetChange.objects.get(pk=read(reversal.booking.source).part)
    budget = Budget.objects.select_for_update(of=("self",)).get(pk=change.budget_id)
    total = budget.total - change.amount
    if total < budget.reserved:
        text = f"冲正后总额 {total:,} 元，已占用 {budget.reserved:,} 元，差 {budget.reserved - total:,} 元。"
        raise Refused([Problem("reserved", f"{text}请先退回尚未送出的拨付单，或按文件追加。没有记账。")])
    budget.total = total
    budget.save(update_fields=["total"])
    back = BudgetChange.objects.create(
        budget=budget,
        amount=-change.amount,
        document=f"冲正：{change.document}"[:120],
        changed_by=by,
        changed_at=clock.now(),
    )
    source = f"budget:{budget.pk}:change:{back.pk}"
    try:
        return ledger.reverse(reversal.booking, source=source, memo=f"冲正：{reversal.booking.memo}"[:200], by=by)
    except ledger.BookedAlready:
        raise Refused(["这笔记账已经冲正，一笔只冲正一次。没有记账。"]) from None


def drop_reversal(reversal, *, by, reason):
    """Drop a proposal that is not to be booked; another may be made."""
    with Reversal.workflow.move(reversal, "drop_reversal", by=by, note=reason) as locked:
        pass
    return locked
