from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import reverse

from enterprises.files.views import download
from foshan_quality.lib.identity import masked
from foshan_quality.office import Act, OfficeAdmin, Todo, column, day_column, yuan_column
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission, Role

from . import actions
from .admin import pages_about
from .books.statements import bookings_of
from .bulk.admin import BULK_ACTS
from .forms import ApproveForm, LookForm, PrepareAgainForm, PreparePaymentForm
from .matters import account_doubts, of_the_same_representative
from .models import Disbursement
from .queries import came_back, short_code


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
