from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import content_disposition_header

from foshan_quality.lib.problems import Refused
from foshan_quality.office import Act, OfficeAdmin, Todo, column, day_column, yuan_column
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission, Role

from ..models import Disbursement
from . import actions as batch_actions
from . import result_actions
from .forms import MakeBatchForm, ResolveForm, ResultUploadForm
from .models import PaymentBatch, ResultFile, ResultLine
from .queries import (
    answers_to,
    counts_of,
    lines_page,
    open_differences,
    payments_page,
    standing_of,
    with_masks,
)


@admin.register(PaymentBatch)
class PaymentBatchAdmin(OfficeAdmin):
    """Batches: made by a person, handed over once by a task, stuck ones tried anew by a person."""

    change_form_template = "awards/subsidies/batch.html"
    list_display = [
        "number",
        "payer",
        "count",
        yuan_column("total", "合计（元）"),
        "standing",
        day_column("made_at", "编制时间"),
    ]
    list_filter = ["state", "payer", "year"]
    list_select_related = ["made_by"]
    search_fields = ["number", "digest"]
    search_help_text = "批次号或 SHA-256"
    list_acts = {
        "make": Act(
            "编支付批次",
            batch_actions.make_batch_of,
            MakeBatchForm,
            Permission.BATCH_MAKE,
            done="支付批次已编制，系统随即送财政。",
            warning="编入后即送财政，不能撤回。请核对下列笔数和合计。",
            is_grave=True,
            template="awards/subsidies/make_batch.html",
        )
    }
    acts = {
        "resend": Act(
            "重新送出",
            batch_actions.resend,
            permission=Permission.BATCH_MAKE,
            when=lambda batch: batch.is_stuck,
            done="已重新排队送出，批次号和文件不变。",
            warning="送出的是同一批次号、同一内容的文件。请先排除下面写的问题。",
        )
    }
    todos = {
        "stuck": Todo("支付批次未能送出", Role.FINANCE_MAKER, lambda rows, user: rows.stuck()),
        "stuck_seen": Todo("支付批次未能送出", Role.FINANCE_CHECKER, lambda rows, user: rows.stuck()),
    }

    @admin.display(description="状态", ordering="state")
    def standing(self, batch):
        if batch.is_stuck:
            return format_html('<span class="state state-stop">{}</span>', "未能送出")
        return self.state_mark(batch)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("made_by")

    def get_fieldsets(self, request, obj=None):
        return []

    def get_urls(self):
        return [
            self.page("<path:object_id>/file/", self.file_view, "file"),
            self.page("<path:object_id>/list/", self.list_view, "list"),
            *super().get_urls(),
        ]

    def waiting(self, request):
        lines = super().waiting(request)
        if Role.FINANCE_MAKER in request.user.roles:
            rows = Disbursement.objects.filter(state=Disbursement.State.APPROVED)
            lines = [{"label": "已复核，待编支付批次", "rows": rows, "url": self.begin_url("make")}, *lines]
        return lines

    def record_links(self, request, record):
        links = [("打印清单", reverse(f"admin:{self.label}_list", args=[record.pk]))]
        if request.user.has_perm(Permission.BATCH_TAKE):
            links.append(("下载文件", reverse(f"admin:{self.label}_file", args=[record.pk])))
        return links

    def record_context(self, request, record):
        page, rows = payments_page(record, request.GET.get("page"))
        shown = {"batch": record, "page": page, "rows": rows, "total": f"{record.total:,.2f}"}
        return shown | {"standing": standing_of(record), "answers": answers_to(record)}

    def act_context(self, request, act, record, form):
        context = super().act_context(request, act, record, form)
        if isinstance(form, MakeBatchForm):
            form.renew()
            preview = form.preview
            context |= {"preview": preview, "payers": form.payers, "total": f"{preview.total:,.2f}"}
        return context

    def file_view(self, request, object_id):
        """The very bytes that go to the treasury; who took them is in the trail."""
        batch = self.fetch(request, object_id)
        if not request.user.has_perm(Permission.BATCH_TAKE):
            raise PermissionDenied
        return taken(request, lambda: batch_actions.take_file(batch, by=request.user), batch.file_name)

    def list_view(self, request, object_id):
        """The batch on paper, with masked accounts and lines to sign on."""
        batch = self.fetch(request, object_id)
        payments = batch.payments.select_related("account", "prepared_by", "approved_by").order_by("pk")
        context = {
            "batch": batch,
            "rows": with_masks(payments),
            "total": f"{batch.total:,.2f}",
            "back": self.record_url(batch),
        }
        return TemplateResponse(request, "awards/subsidies/batch_list.html", context)


def taken(request, take, name):
    """A file as a download that no browser opens by itself, or the sentence why it is not given out."""
    try:
        content = take()
    except Refused as refusal:
        return HttpResponse(str(refusal), status=409, content_type="text/plain; charset=utf-8")
    headers = {"Content-Disposition": content_disposition_header(True, name), "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type="application/octet-stream", headers=headers)


def own_file(result, user):
    return result_actions.OWN if result.needs_two and result.read_by_id == user.pk else ""


def to_be_booked(rows, user):
    """Files that this person may book."""
    return rows.filter(state=ResultFile.State.READ).exclude(needs_two=True, read_by=user)


@admin.register(ResultFile)
class ResultFileAdmin(OfficeAdmin):
    """What the treasury answered: read and tried first, booked when confirmed; the folder is read by a task."""

    change_form_template = "awards/subsidies/result.html"
    list_display = [
        "name",
        "state_mark",
        day_column("read_at", "读入时间"),
        column("read_by.__str__", "读入人"),
        day_column("closed_at", "办结时间"),
    ]
    list_filter = ["state"]
    list_select_related = ["read_by"]
    search_fields = ["name", "digest"]
    search_help_text = "文件名或 SHA-256"
    list_acts = {
        "hand_in": Act(
            "上传结果文件",
            result_actions.hand_in,
            ResultUploadForm,
            Permission.RESULT_IMPORT,
            done="文件已读入，还没有登记。请核对下面的试算，再由另一名资金人员点“登记结果”。",
            warning="上传只做试算，不登记；由另一名资金人员核对后登记。放在财政目录里的文件由系统自动读入并登记。",
        )
    }
    acts = {
        "book_result": Act(
            "登记结果",
            result_actions.book_result,
            hindrance=own_file,
            done="结果已登记；有差异的行没有登记，请逐行核对。",
            warning="请先与财政的原件核对。只登记与拨付单相符的行；有差异的行一律不登记，留待与财政核对。",
        ),
        "drop_result": Act(
            "放弃", result_actions.drop_result, ReasonForm, done="已放弃，没有登记任何一行。", is_aside=True
        ),
    }
    todos = {
        "open": Todo("财政结果文件待登记", Role.FINANCE_MAKER, to_be_booked),
        "open_seen": Todo("财政结果文件待登记", Role.FINANCE_CHECKER, to_be_booked),
    }

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("read_by", "closed_by")

    def answer_act(self, request, act, record, result):
        """A file that could not be read is not told as one that was."""
        if act.run is not result_actions.hand_in or result.state != ResultFile.State.UNREADABLE:
            return super().answer_act(request, act, record, result)
        text = "整个文件没有读入，没有登记任何一行。原因见下面的差异；请财政部门更正后另发文件，再上传。"
        messages.error(request, text)
        return redirect(self.record_url(result))

    def get_fieldsets(self, request, obj=None):
        return []

    def get_urls(self):
        return [self.page("<path:object_id>/file/", self.file_view, "file"), *super().get_urls()]

    def record_links(self, request, record):
        if request.user.has_perm(Permission.BATCH_TAKE):
            return [("下载原文件", reverse(f"admin:{self.label}_file", args=[record.pk]))]
        return []

    def record_context(self, request, record):
        page, rows = lines_page(record, request.GET.get("page"))
        found = {"counts": counts_of(record), "differences": open_differences(record)}
        return {"result": record, "page": page, "rows": rows} | found

    def file_view(self, request, object_id):
        """The file as it came; who took it is in the trail."""
        result = self.fetch(request, object_id)
        if not request.user.has_perm(Permission.BATCH_TAKE):
            raise PermissionDenied
        return taken(request, lambda: result_actions.take_result(result, by=request.user), result.name)


@admin.register(ResultLine)
class ResultLineAdmin(OfficeAdmin):
    """Lines of result files; a difference stays with who settled it and how."""

    list_display = [
        column("__str__", "行"),
        "reference",
        yuan_column("amount"),
        "outcome",
        "why",
        day_column("resolved_at", "处理时间"),
    ]
    list_filter = ["outcome"]
    list_select_related = ["file", "resolved_by"]
    search_fields = ["reference", "batch_number", "file__name"]
    search_help_text = "支付流水号、批次号或文件名"
    fields = [
        column("file.__str__", "结果文件"),
        "number",
        "batch_number",
        "reference",
        yuan_column("amount"),
        "said",
        day_column("day", "日期"),
        "note",
        "text",
        column("payment", "拨付单"),
        "outcome",
        "why",
        day_column("booked_at", "文件办结时间"),
        day_column("resolved_at", "处理时间"),
        column("resolved_by", "处理人"),
        "resolution",
    ]
    acts = {
        "resolve": Act(
            "处理差异",
            result_actions.resolve_difference,
            ResolveForm,
            Permission.RESULT_IMPORT,
            when=lambda line: line.outcome == ResultLine.Outcome.DIFFERENCE and line.resolved_at is None,
            done="处理情况已记录。这一行没有登记，也不会因此登记。",
            warning="这里只记录怎样核对和处理，不登记支付结果；须更正的由财政另发结果文件。",
            template="awards/subsidies/resolve.html",
        )
    }
    todos = {
        "open": Todo(
            "财政结果有差异，待核对处理",
            Role.FINANCE_MAKER,
            lambda rows, user: rows.filter(outcome=ResultLine.Outcome.DIFFERENCE, resolved_at=None).exclude(
                file__state__in=[ResultFile.State.READ, ResultFile.State.DROPPED]
            ),
        )
    }

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("file", "payment__account", "resolved_by")

    def record_links(self, request, record):
        links = [("所在结果文件", reverse("admin:awards_resultfile_change", args=[record.file_id]))]
        if record.payment:
            links.append(("拨付单", self.record_url(record.payment)))
            if record.payment.batch_id:
                links.append(("支付批次", reverse("admin:awards_paymentbatch_change", args=[record.payment.batch_id])))
        return links
