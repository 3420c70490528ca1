"""The published tables, sums from elsewhere, and changes of a budget: what entitlement is judged by."""

from datetime import timedelta

from django.db import IntegrityError, transaction

from awards.workflow import Refused, permit
from enterprises.audit import actions as audit
from foshan_quality.lib import clock
from foshan_quality.lib.money import CEILING
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from .. import ledger
from ..ledger import Account
from ..models import Budget, BudgetChange, OutsidePayment, SubsidyRule
from ..sums import positive_sum


@transaction.atomic
def enter_rule(*, by, kind, amount, document, valid_from, **more):
    """Enter a line of a published table from its document; it counts once a second person has confirmed it.

    `more` is what else the model has: payer, article, valid_to, stacking, combined, repeats, stacking_basis,
    needs_notice, notice_basis, notice_days, notice_in_workdays, note.

    Refused for a line that is there already, for days the wrong way round, and for
    a notice before payment without its basis.
    """
    permit(by, Permission.RULES_ENTER)
    amount, problems = positive_sum(amount, "amount"), []
    payer, last = more.get("payer", "city"), more.get("valid_to")
    if last and last < valid_from:
        problems.append(Problem("days", "失效日早于生效日。没有保存。", "valid_to"))
    same = SubsidyRule.objects.filter(kind=kind, payer=payer, valid_from=valid_from, amount=amount)
    if same.exclude(state=SubsidyRule.State.DROPPED).exists():
        problems.append(Problem("twice", "同一荣誉、同一支付方、同一生效日和金额的标准已经录入。没有重复保存。"))
    stacking = more.get("stacking", SubsidyRule.Stacking.STACK)
    if stacking != SubsidyRule.Stacking.STACK and not more.get("combined"):
        problems.append(Problem("combined", "请选择与哪些荣誉合并计算。没有保存。", "combined"))
    if more.get("needs_notice") and not more.get("notice_basis", "").strip():
        problems.append(Problem("notice_basis", "请写明拨付前须公示的依据。没有保存。", "notice_basis"))
    if more.get("notice_days") and not more.get("needs_notice"):
        problems.append(Problem("notice_days", "写了公示天数的，请勾选“拨付前须公示”。没有保存。", "notice_days"))
    if problems:
        raise Refused(problems)
    rule = SubsidyRule.objects.create(
        kind=kind,
        amount=amount,
        document=document,
        valid_from=valid_from,
        state=SubsidyRule.State.ENTERED,
        entered_by=by,
        entered_at=clock.now(),
        **more,
    )
    audit.record(by=by, verb="enter_rule", target=rule, note=document, details={"amount": str(amount)})
    return rule


def confirm_rule(rule, *, by):
    """A second person confirms the line against its document. The line it follows ends on the day before.

    Past lines stay: an honour goes by the line of the day it was announced.
    """
    with SubsidyRule.workflow.move(rule, "confirm", by=by) as locked:
        if locked.entered_by_id == by.pk:
            raise Refused([Problem("two_people", "录入人不能自己核对，请由另一名工作人员对照文件核对。没有生效。")])
        locked.confirmed_by, locked.confirmed_at = by, clock.now()
        before = SubsidyRule.objects.filter(
            kind=locked.kind,
            payer=locked.payer,
            is_special=False,
            state=SubsidyRule.State.IN_FORCE,
            valid_from__lt=locked.valid_from,
        )
        for former in before.select_for_update(of=("self",)):
            if former.valid_to is None or former.valid_to >= locked.valid_from:
                _end(former, locked.valid_from - timedelta(days=1), by, locked.document)
    return locked


def drop_rule(rule, *, by, reason):
    """Drop a wrong entry that nobody has confirmed."""
    with SubsidyRule.workflow.move(rule, "drop", by=by, note=reason) as locked:
        pass
    return locked


@transaction.atomic
def end_rule(rule, *, by, last_day, document):
    """Set the last day of a line in force, by the document that ends it. Refused before its first day."""
    permit(by, Permission.RULES_ENTER, rule)
    locked = SubsidyRule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
    if locked.state != SubsidyRule.State.IN_FORCE:
        raise Refused(["这条标准没有生效，不需要设失效日。没有改动任何内容。"])
    if last_day < locked.valid_from:
        raise Refused([Problem("days", "失效日早于生效日。没有保存。", "last_day")])
    return _end(locked, last_day, by, document)


def _end(rule, last_day, by, document):
    rule.valid_to = last_day
    rule.save(update_fields=["valid_to"])
    audit.record(by=by, verb="end_rule", target=rule, note=document, details={"valid_to": str(last_day)})
    return rule


@transaction.atomic
def record_outside(*, by, organisation, kind, year, payer, payer_name, amount, source, paid_on=None):
    """Enter a sum the organisation had for an honour elsewhere, with its source. Refused when entered before."""
    permit(by, Permission.OUTSIDE_ENTER)
    amount = positive_sum(amount, "amount")
    facts = {"amount": amount, "source": source, "paid_on": paid_on, "entered_by": by, "entered_at": clock.now()}
    key = {"organisation": organisation, "kind": kind, "year": year, "payer": payer, "payer_name": payer_name.strip()}
    try:
        with transaction.atomic():
            payment = OutsidePayment.objects.create(**key, **facts)
    except IntegrityError:
        raise Refused(["这笔资助已经录入。没有重复保存。"]) from None
    audit.record(by=by, verb="record_outside", target=payment, note=source, details={"amount": str(amount)})
    return payment


@transaction.atomic
def strike_outside(payment, *, by, reason):
    """Strike a wrong entry; the row stays, and counts no more."""
    permit(by, Permission.OUTSIDE_ENTER, payment)
    locked = OutsidePayment.objects.select_for_update(of=("self",)).get(pk=payment.pk)
    if locked.struck_at:
        raise Refused(["这条记录已经作废。没有改动任何内容。"])
    locked.struck_at, locked.struck_by = clock.now(), by
    locked.save(update_fields=["struck_at", "struck_by"])
    audit.record(by=by, verb="strike_outside", target=locked, note=reason)
    return locked


@transaction.atomic
def change_budget(budget, *, by, amount, document):
    """More money for a fund's year, or less, by a document. Refused below what is committed and spent already."""
    permit(by, Permission.ENTITLEMENT_ENTER, budget)
    less = str(amount).strip().startswith(("-", "−"))
    size = positive_sum(str(amount).strip().lstrip("-−+"), "amount")
    signed = -size if less else size
    locked = Budget.objects.select_for_update(of=("self",)).get(pk=budget.pk)
    if locked.total + signed < locked.reserved:
        text = f"已占用 {locked.reserved:,} 元，调减后总额不能低于已占用数。没有保存。"
        raise Refused([Problem("reserved", text, "amount")])
    if locked.total + signed >= CEILING:
        raise Refused([Problem("amount", "总额应不到一万亿元。没有保存。", "amount")])
    locked.total += signed
    locked.save(update_fields=["total"])
    change = BudgetChange.objects.create(
        budget=locked, amount=signed, document=document, changed_by=by, changed_at=clock.now()
    )
    debit, credit = Account.AVAILABLE, Account.APPROPRIATION
    ledger.book(
        source=f"budget:{locked.pk}:change:{change.pk}",
        memo=f"{locked} {'调减' if less else '追加'}",
        by=by,
        budget=locked,
        debit=credit if less else debit,
        credit=debit if less else credit,
        amount=size,
    )
    details = {"amount": str(signed), "total": str(locked.total)}
    audit.record(by=by, verb="change_budget", target=locked, note=document, details=details)
    return locked


@transaction.atomic
def carry_over(budget, *, by, until, document):
    """Let a year's budget pay on after its year, until a day and by a document. Refused for a day of that year."""
    permit(by, Permission.ENTITLEMENT_ENTER, budget)
    locked = Budget.objects.select_for_update(of=("self",)).get(pk=budget.pk)
    problems = []
    if until.year <= locked.year:
        text = f"结转使用的末日应在 {locked.year} 年之后；{locked.year} 年之内不需要结转。没有保存。"
        problems.append(Problem("days", text, "until"))
    if not document.strip():
        problems.append(Problem("document", "结转须有文件。没有保存。", "document"))
    if problems:
        raise Refused(problems)
    former = locked.carried_until
    locked.carried_until, locked.carried_under = until, document.strip()
    locked.save(update_fields=["carried_until", "carried_under"])
    details = {"until": [former and str(former), str(until)]}
    audit.record(by=by, verb="carry_over_budget", target=locked, note=document, details=details)
    return locked
