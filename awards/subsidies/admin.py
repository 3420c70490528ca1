from django.contrib import admin
from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from foshan_quality.office import Act, OfficeAdmin, Todo, column, day_column, yuan_column
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission, Role

from . import actions
from .forms import EntitleForm
from .matters import CAME_TO_NOTHING, unclaimed
from .models import Disbursement, Entitlement
from .plans.admin import PLAN_ACTS, PLAN_TODOS, schedule
from .queries import due_in_part, due_in_whole, payable

HERE = [Disbursement.State.PREPARED, Disbursement.State.APPROVED]
MOVING = [*HERE, Disbursement.State.SENDING, Disbursement.State.SENT]


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


def is_due(entitlement):
    """Whether a payment of it can be prepared today, as far as its own page knows."""
    return not schedule(entitlement).awaits_notice and payable(Entitlement.objects.filter(pk=entitlement.pk)).exists()


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
        **PLAN_ACTS,
    }
    todos = {
        "pay": Todo("奖补资格可拨付，待编制拨付单", Role.FINANCE_MAKER, lambda rows, user: due_in_whole(rows)),
        "part": Todo("分期款到期待编制", Role.FINANCE_MAKER, lambda rows, user: due_in_part(rows)),
        **PLAN_TODOS,
    }

    def main_link(self, request, record):
        if request.user.has_perm(Permission.DISBURSEMENT_PREPARE) and is_due(record):
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
