from django import forms
from django.contrib import admin
from django.db.models import F
from django.urls import reverse
from django.utils.html import format_html

from foshan_quality.office import Act, OfficeAdmin, OfficeInline, Todo, column, day_column, yuan_column
from foshan_quality.office_forms import ActForm, ReasonForm, SumField, day_field
from foshan_quality.permissions import Permission, Role

from . import actions
from .models import Clawback, ClawbackEntry, Recovery


class RecoveryForm(ActForm):
    """What came back, when, under which voucher."""

    amount = SumField(label="金额（元）")
    received_on = day_field("到账日期")
    voucher = forms.CharField(label="凭证号", max_length=80, help_text="收款凭证或非税收入票据的编号，每张只登记一次")

    def fill(self):
        self.fields["amount"].help_text = f"尚未追回 {self.record.outstanding:,} 元，可以分次退回"


class ReductionForm(ActForm):
    """What is let off, by which document and why."""

    amount = SumField(label="减免金额（元）")
    decided_on = day_field("文件日期")
    document = forms.CharField(label="依据文件", max_length=200, help_text="批准减免的文件全称和文号")
    reason = forms.CharField(label="理由", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    def fill(self):
        self.fields["amount"].help_text = f"尚未追回 {self.record.outstanding:,} 元"

    def place_of(self, problem):
        return "decided_on" if problem.where == "received_on" else super().place_of(problem)


class PayToForm(ActForm):
    """Where the holder is to pay."""

    pay_to = forms.CharField(
        label="缴款方式",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="收款户名、开户银行、账号或缴款码、附言要求；复核后告知该单位",
    )
    document = forms.CharField(label="依据文件或缴款通知编号", max_length=200)


def own_entry(entry, user):
    return "您是登记人，须由另一名人员复核。" if entry.entered_by_id == user.pk else ""


class EntryInline(OfficeInline):
    model = ClawbackEntry
    fields = readonly_fields = [
        "what",
        yuan_column("amount"),
        day_column("day", "到账或文件日期"),
        "document",
        "text",
        "standing",
        column("entered_by.__str__", "登记人"),
        column("confirmed_by", "复核人"),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("entered_by", "confirmed_by")

    @admin.display(description="事项")
    def what(self, entry):
        url = reverse("admin:awards_clawbackentry_change", args=[entry.pk])
        return format_html('<a href="{}">{}</a>', url, entry.get_kind_display())

    @admin.display(description="状态")
    def standing(self, entry):
        return format_html('<span class="state state-{}">{}</span>', entry.state, entry.get_state_display())


class RecoveryInline(OfficeInline):
    model = Recovery
    fields = readonly_fields = [
        "voucher",
        yuan_column("amount"),
        day_column("received_on", "到账日期"),
        column("booked_by.__str__", "入账人"),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("booked_by")


@admin.register(Clawback)
class ClawbackAdmin(OfficeAdmin):
    """What is owed back by holders of revoked honours, and what has come back."""

    list_display = [
        column("disbursement.account.holder", "单位"),
        yuan_column("owed", "应追回（元）"),
        yuan_column("settled", "已追回或减免（元）", order=F("received") + F("reduced")),
        yuan_column("outstanding", "尚未追回（元）", order=F("owed") - F("received") - F("reduced")),
        day_column("due_on", "退回期限"),
    ]
    list_select_related = ["disbursement__account"]
    search_fields = ["disbursement__account__holder", "document"]
    search_help_text = "单位或依据文件"
    fields = [
        column("disbursement.__str__", "拨付单"),
        yuan_column("owed", "应追回（元）"),
        yuan_column("received", "已追回（元）"),
        yuan_column("reduced", "已减免（元）"),
        yuan_column("outstanding", "尚未追回（元）"),
        day_column("due_on", "退回期限"),
        "document",
        "pay_to",
        day_column("opened_at", "立项时间"),
        column("opened_by.__str__", "立项人"),
    ]
    inlines = [EntryInline, RecoveryInline]
    acts = {
        "recover": Act(
            "登记退回的奖金",
            actions.enter_recovery,
            RecoveryForm,
            Permission.CLAWBACK_BOOK,
            when=lambda clawback: clawback.outstanding > 0,
            done="已登记，待另一名人员复核后入账。",
            warning="按收款凭证登记；登记后不能修改，有误的作废后重新登记。",
        ),
        "reduce": Act(
            "登记减免",
            actions.enter_reduction,
            ReductionForm,
            Permission.CLAWBACK_BOOK,
            when=lambda clawback: clawback.outstanding > 0,
            done="已登记，待另一名人员复核后生效。",
            warning="减免须有批准文件，由另一名人员对照文件复核后生效。",
            is_grave=True,
        ),
        "pay_to": Act(
            "登记缴款方式",
            actions.enter_pay_to,
            PayToForm,
            Permission.CLAWBACK_BOOK,
            when=lambda clawback: clawback.outstanding > 0,
            done="已登记，待另一名人员复核后告知该单位。",
        ),
    }
    todos = {"recover": Todo("奖金待追回", Role.FINANCE_MAKER, lambda rows, user: rows.outstanding())}

    def get_queryset(self, request):
        return (
            super()
            .get_queryset(request)
            .select_related("disbursement__account", "disbursement__entitlement__honour", "opened_by")
        )

    def record_links(self, request, record):
        payment = record.disbursement
        links = [("拨付单", self.record_url(payment)), ("奖补资格", self.record_url(payment.entitlement))]
        firm = payment.entitlement.honour.organisation_id
        if firm and request.user.has_perm(Permission.LEDGER_VIEW):
            links.append(("单位往来", reverse("admin:awards_ledgertransaction_organisation", args=[firm])))
        return links


@admin.register(ClawbackEntry)
class ClawbackEntryAdmin(OfficeAdmin):
    """What one person entered about a clawback and another confirms: money that came back, reductions, where to pay."""

    list_display = [
        column("clawback.disbursement.account.holder", "单位"),
        "kind",
        yuan_column("amount"),
        day_column("day", "到账或文件日期"),
        "state_mark",
        column("entered_by.__str__", "登记人"),
    ]
    list_filter = ["state", "kind"]
    list_select_related = ["clawback__disbursement__account", "entered_by"]
    search_fields = ["clawback__disbursement__account__holder", "document"]
    search_help_text = "单位、凭证号或依据文件"
    fields = [
        column("clawback.__str__", "奖金追回"),
        yuan_column("clawback.outstanding", "尚未追回（元）"),
        "kind",
        yuan_column("amount"),
        day_column("day", "到账或文件日期"),
        "document",
        "text",
        day_column("entered_at", "登记时间"),
        column("entered_by.__str__", "登记人"),
        day_column("confirmed_at", "复核时间"),
        column("confirmed_by", "复核人"),
    ]
    acts = {
        "confirm_clawback_entry": Act(
            "复核生效",
            actions.confirm_entry,
            hindrance=own_entry,
            done="已复核生效。",
            warning="退回到账和减免复核后立即入账，不能修改；缴款方式复核后立即告知该单位。请对照凭证或文件逐项核对。",
            is_grave=True,
            asks_again=True,
            template="awards/subsidies/entry_act.html",
        ),
        "reject_clawback_entry": Act("退回", actions.reject_entry, ReasonForm, done="已退回，可以重新登记。"),
        "drop_clawback_entry": Act("作废", actions.drop_entry, ReasonForm, done="已作废，可以重新登记。"),
    }
    todos = {
        "confirm": Todo(
            "追回登记待您复核",
            Role.FINANCE_CHECKER,
            lambda rows, user: rows.filter(state=ClawbackEntry.State.ENTERED).exclude(entered_by=user),
        )
    }

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows.select_related("clawback__disbursement__account", "entered_by", "confirmed_by")

    def record_links(self, request, record):
        return [("奖金追回", self.record_url(record.clawback))]
