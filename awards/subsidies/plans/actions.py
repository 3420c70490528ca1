"""Plans by which a sum is paid in parts, and notices before payment: entered by one person, confirmed by another."""

from django.db import transaction

from awards.programmes.queries import calendar
from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from ..matters import line_for
from ..models import Entitlement
from .instalments import plan_problems, standing
from .models import Instalment, PaymentPlan, PayoutNotice
from .notices import length_problems

OWN_ENTRY = Problem("two_people", "录入人不能自己核对，请由另一名工作人员办理。没有生效。")


@transaction.atomic
def enter_plan(entitlement, *, by, parts, document, reason):
    """Enter by which instalments (`instalments.Part`) an entitlement is paid; nothing changes until it is confirmed.

    Refused unless the parts come to what is neither paid nor being paid, without basis and reason, while another plan
    waits, and where the entitlement is not to be paid at all.
    """
    permit(by, Permission.PLAN_ENTER, entitlement)
    locked = _locked(entitlement)
    problems = _entitlement_problems(locked) + plan_problems(parts, _to_plan(locked))
    if locked.plans.filter(state=PaymentPlan.State.ENTERED).exists():
        problems.append(Problem("waiting", "已有一份分期计划待核对，请先核对或作废。没有保存。"))
    problems += [
        Problem("empty", f"请填写{label}。没有保存。", where)
        for where, label, text in (("document", "依据文件", document), ("reason", "分期理由", reason))
        if not text.strip()
    ]
    if problems:
        raise Refused(problems)
    plan = PaymentPlan.objects.create(
        entitlement=locked, document=document, reason=reason, entered_by=by, entered_at=clock.now()
    )
    Instalment.objects.bulk_create(
        Instalment(plan=plan, turn=turn, due_on=part.due_on, amount=part.amount, note=part.note)
        for turn, part in enumerate(parts, 1)
    )
    told = [[f"{part.due_on}", f"{part.amount}"] for part in parts]
    audit.record(by=by, verb="enter_plan", target=locked, note=document, details={"plan": plan.pk, "parts": told})
    return plan


def _locked(entitlement):
    return Entitlement.objects.select_for_update(of=("self",)).get(pk=entitlement.pk)


def _entitlement_problems(entitlement):
    problems = []
    if entitlement.state != Entitlement.State.READY:
        text = f"奖补资格现为“{entitlement.get_state_display()}”，不能安排拨付。没有保存。"
        problems.append(Problem("not_ready", text))
    if entitlement.honour.revoked_on:
        problems.append(Problem("revoked", "该荣誉已撤销，不再拨付。没有保存。"))
    return problems


def _to_plan(entitlement):
    return standing(entitlement.amount, list(entitlement.disbursements.all())).to_plan


@transaction.atomic
def confirm_plan(entitlement, *, by, plan):
    """A second person confirms the plan that was read (`plan`: its key); the one before is replaced.

    Refused for whoever entered it, and when payments have changed what is left to plan.
    """
    locked = _locked(entitlement)
    former = locked.plans.filter(state=PaymentPlan.State.IN_FORCE).first()
    with PaymentPlan.workflow.move(_of(locked.plans, plan), "confirm_plan", by=by) as confirmed:
        parts = list(confirmed.instalments.all())
        problems = _entitlement_problems(locked) + plan_problems(parts, _to_plan(locked))
        if confirmed.entered_by_id == by.pk:
            problems.insert(0, OWN_ENTRY)
        if problems:
            raise Refused(problems)
        if former:
            with PaymentPlan.workflow.move(former, "replace_plan", by=by, note=confirmed.document):
                pass
        confirmed.confirmed_by, confirmed.confirmed_at = by, clock.now()
    return confirmed


def _of(records, key):
    """The record with this key, or WrongState: somebody has dropped it and entered another one meanwhile."""
    found = records.filter(pk=key).first()
    if found is None:
        raise WrongState("您查看的内容已经改变。没有改动任何内容，请刷新页面查看。")
    return found


def drop_plan(entitlement, *, by, plan):
    """Drop a plan that nobody has confirmed."""
    with PaymentPlan.workflow.move(_of(entitlement.plans, plan), "drop_plan", by=by) as dropped:
        pass
    return dropped


@transaction.atomic
def enter_payout_notice(entitlement, *, by, document, first_day, last_day, address=""):
    """Enter the public notice that this payment goes before.

    Refused for days the wrong way round, for fewer than the line of the table demands, and for a second one.
    """
    permit(by, Permission.PLAN_ENTER, entitlement)
    locked, problems = _locked(entitlement), []
    if not document.strip():
        problems.append(Problem("empty", "请填写公示标题或文号。没有保存。", "document"))
    if last_day < first_day:
        problems.append(Problem("days", "公示末日早于首日。没有保存。", "last_day"))
    else:
        problems += _length_problems(locked, first_day, last_day)
    if locked.payout_notices.exclude(state=PayoutNotice.State.DROPPED).exists():
        problems.append(Problem("twice", "已登记拨付公示；有误的，请先作废。没有重复保存。"))
    if problems:
        raise Refused(problems)
    notice = PayoutNotice.objects.create(
        entitlement=locked,
        document=document,
        address=address,
        first_day=first_day,
        last_day=last_day,
        entered_by=by,
        entered_at=clock.now(),
    )
    details = {"notice": notice.pk, "first_day": f"{first_day}", "last_day": f"{last_day}"}
    audit.record(by=by, verb="enter_payout_notice", target=locked, note=document, details=details)
    return notice


def _length_problems(entitlement, first_day, last_day):
    line = line_for(entitlement.honour, entitlement.payer)
    days = calendar() if line and line.notice_days and line.notice_in_workdays else {}
    return length_problems(line, first_day, last_day, days)


def confirm_payout_notice(entitlement, *, by, notice):
    """A second person confirms the notice against its page or paper. Refused for whoever entered it, and when it is
    too short."""
    found = _of(entitlement.payout_notices, notice)
    with PayoutNotice.workflow.move(found, "confirm_payout_notice", by=by) as confirmed:
        problems = [OWN_ENTRY] if confirmed.entered_by_id == by.pk else []
        problems += _length_problems(entitlement, confirmed.first_day, confirmed.last_day)
        if problems:
            raise Refused(problems)
        confirmed.confirmed_by, confirmed.confirmed_at = by, clock.now()
    return confirmed


def drop_payout_notice(entitlement, *, by, notice):
    """Drop a notice that was entered wrongly and that nobody has confirmed."""
    found = _of(entitlement.payout_notices, notice)
    with PayoutNotice.workflow.move(found, "drop_payout_notice", by=by) as dropped:
        pass
    return dropped
