from django import forms
from django.contrib import admin

from foshan_quality.office import Act, OfficeAdmin, OfficeInline, Todo, column, yuan_column
from foshan_quality.office_forms import ActForm, SumField, day_field
from foshan_quality.permissions import Permission, Role

from . import clawback_actions as actions
from .clawback_models import Clawback, Recovery


class RecoveryForm(ActForm):
    """What came back, when, under which voucher."""

    amount = SumField(label="金额（元）")
    received_on = day_field("到账日期")
    voucher = forms.CharField(label="凭证号", max_length=80, help_text="收款凭证或非税收入票据的编号，每张只登记一次")

    def fill(self):
        self.fields["amount"].help_text = f"尚未追回 {self.record.outstanding:,} 元，可以分次退回"


class RecoveryInline(OfficeInline):
    model = Recovery
    fields = readonly_fields = [yuan_column("amount"), "received_on", "voucher", column("booked_by.__str__", "登记人")]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("booked_by")


@admin.register(Clawback)
class ClawbackAdmin(OfficeAdmin):
    """What is owed back by holders of revoked honours, and what has come back."""

    list_display = [
        column("disbursement.account.holder", "单位"),
        yuan_column("owed", "应追回（元）"),
        yuan_column("received", "已追回（元）"),
        yuan_column("outstanding", "尚未追回（元）"),
        "due_on",
        "document",
    ]
    list_select_related = ["disbursement__account"]
    search_fields = ["disbursement__account__holder", "document"]
    search_help_text = "单位或依据文件"
    fields = [
        column("disbursement.__str__", "拨付单"),
        yuan_column("owed", "应追回（元）"),
        yuan_column("received", "已追回（元）"),
        yuan_column("outstanding", "尚未追回（元）"),
        "due_on",
        "document",
        "opened_at",
        column("opened_by.__str__", "立项人"),
    ]
    inlines = [RecoveryInline]
    acts = {
        "recover": Act(
            "登记退回的奖金",
            actions.book_recovery,
            RecoveryForm,
            Permission.CLAWBACK_BOOK,
            when=lambda clawback: clawback.outstanding > 0,
            done="已登记并入账。",
            warning="按收款凭证登记；登记后不能修改。",
        )
    }
    todos = {"recover": Todo("奖金待追回", Role.FINANCE_MAKER, lambda rows, user: rows.outstanding())}

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("disbursement__account", "opened_by")
