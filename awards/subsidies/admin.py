from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, Sum
from django.http import Http404
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from enterprises.files.views import download
from foshan_quality.lib import clock
from foshan_quality.lib.identity import masked
from foshan_quality.office import Act, OfficeAdmin, Todo, column, day_column, yuan_column
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission, Role

from . import actions
from .books.statements import bookings_of
from .bulk.admin import BULK_ACTS
from .forms import (
    ApproveForm,
    EntitleForm,
    LookForm,
    PayoutNoticeForm,
    PlanForm,
    PrepareAgainForm,
    PreparePaymentForm,
    SeenNoticeForm,
    SeenPlanForm,
)
from .matters import CAME_TO_NOTHING, account_doubts, of_the_same_representative, unclaimed
from .models import Disbursement, Entitlement
from .plans import actions as plan_actions
from .plans.models import PaymentPlan, PayoutNotice
from .queries import came_back, due_in_part, due_in_whole, schedule_of, short_code

HERE = [Disbursement.State.PREPARED, Disbursement.State.APPROVED]
MOVING = [*HERE, Disbursement.State.SENDING, Disbursement.State.SENT]


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


def with_standing(entitlements):
    """These entitlements, each with what was paid of it and how many payments are on their way."""
    paid = Sum("disbursements__amount", filter=Q(disbursements__state=Disbursement.State.PAID))
    moving = Count("disbursements", filter=Q(disbursements__state__in=MOVING))
    return entitlements.annotate(paid_sum=paid, moving=moving)


def standing_said(entitlement):
    """Where an entitlement read `with_standing` stands, in words, and the kind of its mark."""
    if entitlement.state != Entitlement.State.READY:
        return entitlement.get_state_display(), entitlement.state
    if entitlement.paid_sum == entitlement.amount:
        return "已付清", "done"
    if entitlement.moving:
        return "拨付中", "wait"
    if entitlement.honour.revoked_on:
        return "荣誉已撤销，不再拨付", "stop"
    return ("部分已付", "act") if entitlement.paid_sum else (entitlement.get_state_display(), entitlement.state)


def is_untouched(entitlement):
    """Whether nothing of it has left the house, so that it may still be taken back."""
    return all(payment.state in {*CAME_TO_NOTHING, *HERE} for payment in schedule(entitlement).payments)


def why_not_back(entitlement, user):
    """Why it cannot be taken back yet: a payment of it is being made ready."""
    being_made = [payment for payment in schedule(entitlement).payments if payment.state in HERE]
    return f"请先退回或撤销 {being_made[0].pk} 号拨付单。" if being_made else ""


def own_plan(entitlement, user):
    return "您是录入人，须由另一名人员核对。" if schedule(entitlement).waiting.entered_by_id == user.pk else ""


def is_due(entitlement):
    """Whether a payment of it can be prepared today, as far as its own page knows."""
    shown = schedule(entitlement)
    if entitlement.state != Entitlement.State.READY or entitlement.honour.revoked_on or shown.waiting:
        return False
    if shown.notice_basis and (shown.notice is None or shown.notice.state != PayoutNotice.State.CONFIRMED):
        return False
    if shown.plan:
        return shown.next_due is not None and shown.next_due.due_on <= clock.today()
    return all(payment.state in CAME_TO_NOTHING for payment in shown.payments)


def pages_about(honour, user):
    """From the money of an honour to the honour and to all the money of its holder, as (label, url)."""
    pages = []
    if user.has_perm(Permission.LEDGER_VIEW) and honour.organisation_id:
        pages.append(
            ("单位往来", reverse("admin:awards_ledgertransaction_organisation", args=[honour.organisation_id]))
        )
    if user.has_perm(Permission.HONOUR_VIEW):
        pages.append(("荣誉", reverse("admin:awards_honour_change", args=[honour.pk])))
    return pages


def own_notice(entitlement, user):
    return "您是登记人，须由另一名人员核对。" if schedule(entitlement).notice.entered_by_id == user.pk else ""


@admin.register(Entitlement)
class EntitlementAdmin(OfficeAdmin):
    """What each honour entitles to, and how it is paid; a sum other than the table's waits for a leader."""

    change_form_template = "awards/subsidies/entitlement.html"
    list_display = [
        column("honour.organisation_name", "单位", order="honour__organisation_name"),
        "honour_said",
        yuan_column("amount"),
        yuan_column("table_amount", "公布标准（元）"),
        "state_mark",
    ]
    list_filter = ["state", "payer"]
    list_select_related = ["honour__kind"]
    search_fields = ["honour__organisation_name", "document"]
    search_help_text = "单位名称或依据文件"
    fields = [
        column("honour.__str__", "荣誉"),
        yuan_column("amount"),
        column("amount_in_words", "大写"),
        yuan_column("table_amount", "公布标准（元）"),
        yuan_column("owed_amount", "按标准应付（元）"),
        "payer",
        "found",
        "document",
        "reason",
        day_column("entered_at", "录入时间"),
        column("entered_by.__str__", "录入人"),
        day_column("authorised_at", "授权时间"),
        column("authorised_by", "授权人"),
    ]
    readonly_fields = ["found"]
    list_acts = {
        "entitle": Act(
            "录入奖补资格", actions.entitle, EntitleForm, Permission.ENTITLEMENT_ENTER, done="奖补资格已录入。"
        )
    }
    acts = {
        "authorise": Act(
            "授权",
            actions.authorise,
            hindrance=lambda record, user: "录入人不能自己授权。" if record.entered_by_id == user.pk else "",
            done="已授权，可以拨付。",
            warning="授权后即可按此金额拨付。请核对金额、依据文件和理由。",
            is_grave=True,
            asks_again=True,
        ),
        "decline": Act("不予授权", actions.decline, ReasonForm, done="已决定不予授权。", is_grave=True),
        "take_back": Act(
            "撤回",
            actions.take_back,
            ReasonForm,
            when=is_untouched,
            hindrance=why_not_back,
            done="奖补资格已撤回，可以重新录入。",
            warning="撤回后本条作废并保留在案；同一荣誉可以重新录入。",
            is_grave=True,
        ),
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
    todos = {
        "pay": Todo("奖补资格可拨付，待编制拨付单", Role.FINANCE_MAKER, lambda rows, user: due_in_whole(rows)),
        "part": Todo("分期款到期待编制", Role.FINANCE_MAKER, lambda rows, user: due_in_part(rows)),
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

    def main_link(self, request, record):
        if is_due(record) and request.user.has_perm(Permission.DISBURSEMENT_PREPARE):
            url = reverse("admin:awards_disbursement_begin", args=["prepare"])
            return "编制拨付单", f"{url}?entitlement={record.pk}"
        return ()

    def record_links(self, request, record):
        return pages_about(record.honour, request.user)

    def record_context(self, request, record):
        return {
            "schedule": schedule(record),
            "sees_payments": request.user.has_perm(Permission.MONEY_VIEW),
            "standing_said": standing_said(record),
        }

    def act_context(self, request, act, record, form):
        context = super().act_context(request, act, record, form)
        return context | {"schedule": schedule(record)} if record else context

    def get_queryset(self, request):
        return with_standing(super().get_queryset(request))

    @admin.display(description="荣誉", ordering="honour__kind")
    def honour_said(self, entitlement):
        return f"{entitlement.honour.year}年{entitlement.honour.kind}"

    @admin.display(description="状态", ordering="state")
    def state_mark(self, entitlement):
        words, kind = standing_said(entitlement)
        return format_html('<span class="state state-{}">{}</span>', kind, words)

    @admin.display(description="核查发现")
    def found(self, entitlement):
        rows = [(f["text"], f["deducted"]) for f in entitlement.findings]
        return format_html_join("；", '{}，扣减 <span class="number">{}</span> 元', rows) or "没有发现其他资助"

    def waiting(self, request):
        lines = super().waiting(request)
        if Role.FINANCE_MAKER in request.user.roles:
            line = {"label": "荣誉待录入奖补资格", "rows": unclaimed(), "url": self.begin_url("entitle")}
            return [line, *lines]
        return lines


@admin.register(Disbursement)
class DisbursementAdmin(OfficeAdmin):
    """Payments: prepared by one, checked by another, sent in a batch."""

    change_form_template = "awards/subsidies/disbursement.html"
    list_display = [
        column("account.holder", "收款单位", order="account__holder"),
        yuan_column("amount"),
        "state_mark",
        column("prepared_by.__str__", "经办"),
        column("approved_by", "复核"),
        day_column("answered_on", "到账或退汇"),
    ]
    list_filter = ["state"]
    list_select_related = ["account", "budget", "prepared_by", "approved_by"]
    search_fields = ["account__holder", "document", "reference"]
    search_help_text = "收款单位、依据文件或支付流水号"
    list_acts = {
        "prepare": Act(
            "编制拨付单",
            actions.prepare,
            PreparePaymentForm,
            Permission.DISBURSEMENT_PREPARE,
            done="拨付单已编制，待另一名人员复核。",
        ),
        **BULK_ACTS,
    }
    acts = {
        "approve": Act(
            "复核通过",
            actions.approve,
            ApproveForm,
            hindrance=lambda payment, user: (
                "您是经办人，须由另一名复核人员办理。" if payment.prepared_by_id == user.pk else ""
            ),
            done="复核通过，待编入支付批次送财政。",
            warning="通过后立即占用预算；编入支付批次送财政后不能撤回。请逐项核对下列内容。",
            is_grave=True,
            asks_again=True,
            template="awards/subsidies/approve.html",
        ),
        "look": Act(
            "核实账户",
            actions.look,
            LookForm,
            Permission.ACCOUNT_LOOK,
            when=lambda payment: (
                payment.state == Disbursement.State.PREPARED
                and payment.looked_by_id is None
                and bool(doubts_of(payment))
            ),
            hindrance=lambda payment, user: "您是经办人，须由第三人核实。" if payment.prepared_by_id == user.pk else "",
            done="账户核实情况已记录，请由另一名复核人员复核。",
            warning="请对照账户证明，并向该单位原留的联系人电话核实。核实人不能再复核本单。",
            template="awards/subsidies/approve.html",
        ),
        "again": Act(
            "重新编制",
            actions.prepare_again,
            PrepareAgainForm,
            Permission.DISBURSEMENT_PREPARE,
            when=lambda payment: payment.state == Disbursement.State.RETURNED and replacement_of(payment) is None,
            done="已重新编制，待另一名人员复核。新的拨付单与退汇的拨付单互相链接。",
            warning="按该单位现在的对公账户编制。账户与退汇时相同的，须写明退汇另有何原因。",
            template="awards/subsidies/again.html",
        ),
        "reject": Act(
            "退回经办",
            actions.reject,
            ReasonForm,
            done="已退回，可以重新编制。",
            warning="退回后本单作废，已占用的预算释放。",
            is_aside=True,
        ),
        "cancel": Act(
            "撤销",
            actions.cancel,
            ReasonForm,
            done="拨付单已撤销。",
            warning="撤销后本单作废，可以重新编制。",
            is_grave=True,
        ),
        "reveal": Act(
            "查看完整账号",
            actions.reveal_account,
            ReasonForm,
            Permission.ACCOUNT_VIEW,
            warning="完整账号只显示一次；查看人、时间和理由记入审计日志。",
            is_aside=True,
            answer="awards/subsidies/account.html",
        ),
    }
    todos = {
        "check": Todo(
            "拨付单待您复核",
            Role.FINANCE_CHECKER,
            lambda rows, user: rows.filter(state=Disbursement.State.PREPARED).exclude(prepared_by=user),
        ),
        "held": Todo(
            "已复核的拨付单暂停支付，待处理",
            Role.FINANCE_CHECKER,
            lambda rows, user: rows.filter(state=Disbursement.State.APPROVED).exclude(problem=""),
        ),
        "problem": Todo(
            "已退汇，待核对账户后重新编制",
            Role.FINANCE_MAKER,
            lambda rows, user: came_back(rows),
        ),
    }

    def get_queryset(self, request):
        return (
            super()
            .get_queryset(request)
            .select_related(
                "account",
                "budget",
                "prepared_by",
                "approved_by",
                "batch",
                "looked_by",
                "entitlement__honour__kind",
                "entitlement__authorised_by",
                "instalment",
                "replaces",
                "clawback__disbursement__account",
            )
        )

    def get_fieldsets(self, request, obj=None):
        return []

    def list_links(self, request):
        return [("卡住的事项", reverse("admin:stuck"))] if request.user.has_perm(Permission.STUCK_VIEW) else []

    def get_urls(self):
        return [self.page("<path:object_id>/proof/", self.proof_view, "proof"), *super().get_urls()]

    def main_link(self, request, record):
        if record.state == Disbursement.State.APPROVED and request.user.has_perm(Permission.BATCH_MAKE):
            url = reverse("admin:awards_paymentbatch_begin", args=["make"])
            return "编支付批次", f"{url}?payer={record.budget.payer}"
        return ()

    def record_links(self, request, record):
        links = pages_about(record.entitlement.honour, request.user)
        if record.account.proof_id and request.user.has_perm(Permission.ACCOUNT_VIEW):
            links.append(("账户证明", reverse(f"admin:{self.label}_proof", args=[record.pk])))
        return links

    def proof_view(self, request, object_id):
        """The scan that proves the payee's account; who opened it is in the trail."""
        payment = self.fetch(request, object_id)
        if not request.user.has_perm(Permission.ACCOUNT_VIEW):
            raise PermissionDenied
        if payment.account.proof is None:
            raise Http404
        actions.log_proof_reading(payment, by=request.user)
        return download(payment.account.proof)

    def record_context(self, request, record):
        answers = record.answers.select_related("file").order_by("pk")
        return payment_context(record) | {"bookings": bookings_of(record), "answers": list(answers)}

    def act_context(self, request, act, record, form):
        context = super().act_context(request, act, record, form)
        return context | payment_context(record) if record else context


def doubts_of(payment):
    """What about its account wants a third person's look, asked once for a page."""
    kept = payment.__dict__
    if "doubts" not in kept:
        kept["doubts"] = account_doubts(payment.account)
    return kept["doubts"]


def replacement_of(payment):
    """The payment prepared in the place of a returned one, or None; asked once for a page."""
    kept = payment.__dict__
    if "replacement" not in kept:
        anew = payment.replacements.exclude(state=Disbursement.State.CANCELLED)
        kept["replacement"] = anew.first() if payment.state == Disbursement.State.RETURNED else None
    return kept["replacement"]


def payment_context(payment):
    """What a payment's page and its approval both show."""
    table = payment.entitlement.table_amount
    return {
        "payment": payment,
        "doubts": doubts_of(payment),
        "code": short_code(payment),
        "masked": masked(payment.account.number),
        "replacement": replacement_of(payment),
        "present": payment.entitlement.honour.organisation.bank_accounts.filter(replaced_at=None).first()
        if payment.state == Disbursement.State.RETURNED
        else None,
        "words": {
            "amount": f"{payment.amount:,.2f}",
            "whole": f"{payment.entitlement.amount:,.2f}",
            "table": "" if table is None else f"{table:,.2f}",
            "remaining": f"{payment.budget.remaining:,.2f}",
            "kin": of_the_same_representative(payment.entitlement.honour.organisation),
        },
    }
