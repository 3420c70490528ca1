"""What is done about an entitlement that is paid in parts, or only after a public notice: the acts of its page."""

from foshan_quality.office import Act, Todo
from foshan_quality.permissions import Permission, Role

from ..forms import PayoutNoticeForm, PlanForm, SeenNoticeForm, SeenPlanForm
from ..models import Entitlement
from ..queries import schedule_of
from . import actions as plan_actions
from .models import PaymentPlan, PayoutNotice


def schedule(entitlement):
    """How an entitlement is paid, asked once for a page."""
    kept = entitlement.__dict__
    if "schedule" not in kept:
        kept["schedule"] = schedule_of(entitlement)
    return kept["schedule"]


def may_be_planned(entitlement):
    shown = schedule(entitlement)
    is_ready = entitlement.state == Entitlement.State.READY and not entitlement.honour.revoked_on
    return is_ready and shown.waiting is None and shown.standing.to_plan > 0


def plan_waits(entitlement):
    return schedule(entitlement).waiting is not None


def notice_is_missing(entitlement):
    shown = schedule(entitlement)
    return entitlement.state == Entitlement.State.READY and bool(shown.notice_basis) and shown.notice is None


def notice_waits(entitlement):
    notice = schedule(entitlement).notice
    return notice is not None and notice.state == PayoutNotice.State.ENTERED


def own_plan(entitlement, user):
    return "您是录入人，须由另一名人员核对。" if schedule(entitlement).waiting.entered_by_id == user.pk else ""


def own_notice(entitlement, user):
    return "您是登记人，须由另一名人员核对。" if schedule(entitlement).notice.entered_by_id == user.pk else ""


PLAN_ACTS = {
    "plan": Act(
        "录入分期计划",
        plan_actions.enter_plan,
        PlanForm,
        Permission.PLAN_ENTER,
        when=may_be_planned,
        done="分期计划已录入，待另一名人员核对后执行。",
        warning="不录入分期计划的，一次拨付。核对生效后不能修改；需要调整的，对尚未拨付的部分另录一份新计划。",
        template="awards/subsidies/plan_act.html",
    ),
    "confirm_plan": Act(
        "核对分期计划",
        plan_actions.confirm_plan,
        SeenPlanForm,
        Permission.PLAN_CONFIRM,
        when=plan_waits,
        hindrance=own_plan,
        done="分期计划已生效，到期的分期款可以编制拨付单。",
        warning="生效后按各期日期和金额编制拨付单。请与依据文件核对。",
        is_grave=True,
        template="awards/subsidies/plan_act.html",
    ),
    "drop_plan": Act(
        "作废分期计划",
        plan_actions.drop_plan,
        SeenPlanForm,
        Permission.PLAN_ENTER,
        when=plan_waits,
        done="这份分期计划已作废。",
        template="awards/subsidies/plan_act.html",
    ),
    "notice": Act(
        "登记拨付公示",
        plan_actions.enter_payout_notice,
        PayoutNoticeForm,
        Permission.PLAN_ENTER,
        when=notice_is_missing,
        done="拨付公示已登记，待另一名人员核对。",
    ),
    "confirm_notice": Act(
        "核对拨付公示",
        plan_actions.confirm_payout_notice,
        SeenNoticeForm,
        Permission.PLAN_CONFIRM,
        when=notice_waits,
        hindrance=own_notice,
        done="拨付公示已核对。",
        template="awards/subsidies/plan_act.html",
    ),
    "drop_notice": Act(
        "作废拨付公示",
        plan_actions.drop_payout_notice,
        SeenNoticeForm,
        Permission.PLAN_ENTER,
        when=notice_waits,
        done="这条拨付公示已作废。",
        template="awards/subsidies/plan_act.html",
    ),
}

PLAN_TODOS = {
    "plan": Todo(
        "分期计划待您核对",
        Role.FINANCE_CHECKER,
        lambda rows, user: rows.filter(
            pk__in=PaymentPlan.objects.filter(state="entered").exclude(entered_by=user).values("entitlement")
        ),
    ),
    "notice": Todo(
        "拨付公示待您核对",
        Role.FINANCE_CHECKER,
        lambda rows, user: rows.filter(
            pk__in=PayoutNotice.objects.filter(state="entered").exclude(entered_by=user).values("entitlement")
        ),
    ),
}
