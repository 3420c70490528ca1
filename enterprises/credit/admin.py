from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.views.decorators.http import require_safe

from foshan_quality.lib import clock
from foshan_quality.office import Act, OfficeAdmin, Todo, column, spreadsheet
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission, Role

from . import actions, reading
from .models import CreditImport, CreditRecord
from .office_forms import CorrectionForm, ImportForm, RecordForm, RepairForm, UploadForm
from .queries import flaw_rows, history_of, records_sheet, report_of, report_sheet, said, sample_sheet

SHOWN = 200  # lines of a report on the page; the rest is in the sheet
MOST_EXPORTED = 20_000


def is_newest(record):
    return not hasattr(record, "replacement")


def counts_now(record):
    return is_newest(record) and not record.is_void


class StandingFilter(admin.SimpleListFilter):
    """The newest rows in force unless asked otherwise."""

    title, parameter_name = "状态", "standing"

    def lookups(self, request, model_admin):
        return [("repaired", "已修复"), ("void", "已作废"), ("replaced", "已被更正"), ("all", "全部（含以往）")]

    def choices(self, changelist):
        first, *others = super().choices(changelist)
        return [first | {"display": "现行"}, *others]

    def queryset(self, request, queryset):
        match self.value():
            case "all":
                return queryset
            case "replaced":
                return queryset.exclude(replacement=None)
            case "void":
                return queryset.newest().filter(is_void=True)
            case "repaired":
                return queryset.in_force().exclude(repaired_on=None)
        return queryset.in_force()


@admin.register(CreditRecord)
class CreditRecordAdmin(OfficeAdmin):
    """What authorities have found against organisations. Rows only grow; a correction replaces."""

    change_form_template = "enterprises/credit/record.html"
    change_list_template = "enterprises/credit/records.html"
    list_display = [
        column("name", "单位名称", order="name"),
        "mark",
        column("kind_said", "类别", order="kind"),
        "number",
        "authority",
        "decided_on",
    ]
    list_filter = [StandingFilter, "kind", "level"]
    list_select_related = ["replacement"]
    search_fields = ["name", "credit_code", "number", "authority"]
    search_help_text = "单位名称、统一社会信用代码、文书号或作出机关"
    date_hierarchy = "decided_on"
    fields = [
        "name",
        "credit_code",
        "kind",
        "level",
        "number",
        "authority",
        "decided_on",
        "published_on",
        "ends_on",
        "repaired_on",
        "summary",
        "source",
    ]
    list_acts = {
        "enter": Act("登记信用记录", actions.enter, RecordForm, Permission.CREDIT_ENTER, done="信用记录已登记。")
    }
    acts = {
        "correct": Act(
            "更正",
            actions.correct,
            CorrectionForm,
            Permission.CREDIT_ENTER,
            when=is_newest,
            done="已更正；原来的一条保留。",
            warning="更正会另存一条，原来的一条保留。统一社会信用代码、类别或文书号有误的，请作废后重新登记。"
            "此前对这条记录作出的核查判断不再适用，须重新核查。",
        ),
        "repair": Act(
            "登记信用修复",
            actions.repair,
            RepairForm,
            Permission.CREDIT_ENTER,
            when=lambda record: counts_now(record) and record.repaired_on is None,
            done="信用修复已登记。",
            warning="信用修复后是否仍一票否决，按各届次的规则判断。",
        ),
        "void": Act(
            "作废",
            actions.void,
            ReasonForm,
            Permission.CREDIT_ENTER,
            when=counts_now,
            done="已作废；原来的一条保留。",
            warning="只用于登记错误。作废后这条记录不再计入任何单位的信用状况。",
            is_grave=True,
        ),
    }

    def get_urls(self):
        return [self.page("export/", self.export_view, "export"), *super().get_urls()]

    @admin.display(description="状态")
    def mark(self, record):
        words = record.standing_said
        kind = {"有效": "act", "已修复": "wait"}.get(words, "done")
        return format_html('<span class="state state-{}">{}</span>', kind, words)

    def record_context(self, request, record):
        return {"history": history_of(record)}

    def changelist_view(self, request, extra_context=None):
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        export = reverse("admin:enterprises_creditrecord_export") + query
        return super().changelist_view(request, {"export_url": export} | (extra_context or {}))

    @method_decorator(require_safe)
    def export_view(self, request):
        """The list as filtered and searched, as a sheet; the trail says who took it."""
        if not self.has_view_permission(request):
            raise PermissionDenied(Permission.CREDIT_VIEW)
        records = self.get_changelist_instance(request).get_queryset(request)[:MOST_EXPORTED]
        content, asked = records_sheet(records), request.GET.urlencode() or "现行全部"
        actions.log_export(by=request.user, what=asked[:200], count=len(records))
        return spreadsheet(content, f"credit-records-{clock.today():%Y%m%d}")


@admin.register(CreditImport)
class CreditImportAdmin(OfficeAdmin):
    """Workbooks of records: tried first, imported when the report is confirmed."""

    change_form_template = "enterprises/credit/import.html"
    change_list_template = "enterprises/credit/imports.html"
    list_display = ["name", "state_mark", "counts", "uploaded_at", column("uploaded_by.__str__", "上传人"), "closed_at"]
    list_filter = ["state"]
    list_select_related = ["uploaded_by"]
    search_fields = ["name", "digest"]
    search_help_text = "文件名或 SHA-256"
    fields = [
        "digest",
        "uploaded_at",
        column("uploaded_by.__str__", "上传人"),
        "closed_at",
        column("closed_by", "办结人"),
    ]
    list_acts = {
        "check": Act(
            "上传并试算",
            actions.take_in,
            UploadForm,
            Permission.CREDIT_ENTER,
            done="文件已读取，还没有写入任何记录。请核对报告后点“导入”。",
            warning="上传只做试算，不写入；核对报告后再点“导入”才写入。",
        )
    }
    acts = {
        "import": Act(
            "导入",
            actions.import_file,
            ImportForm,
            Permission.CREDIT_ENTER,
            when=lambda batch: batch.state == CreditImport.State.CHECKED,
            done="导入完成。",
            warning="只写入新的和有变化的记录；读不了的行不导入。全部写入，或者一条也不写。",
            template="enterprises/credit/confirm.html",
        ),
        "drop": Act(
            "放弃",
            actions.drop,
            ReasonForm,
            Permission.CREDIT_ENTER,
            when=lambda batch: batch.state == CreditImport.State.CHECKED,
            done="已放弃，没有写入任何记录。",
        ),
    }
    todos = {
        "confirm": Todo(
            "信用记录文件已试算，待导入",
            Role.SECRETARIAT,
            lambda rows, user: rows.filter(state=CreditImport.State.CHECKED),
        )
    }

    def get_urls(self):
        return [
            self.page("sample/", self.sample_view, "sample"),
            self.page("<path:object_id>/report/", self.report_view, "report"),
            *super().get_urls(),
        ]

    def get_queryset(self, request):
        records = super().get_queryset(request).select_related("uploaded_by", "closed_by")
        is_list = request.resolver_match.url_name.endswith("changelist")
        return records.defer("rows") if is_list else records

    @admin.display(description="新增／变化／未变／读不了")
    def counts(self, batch):
        if batch.outcome is None:
            return "—"
        return "／".join(str(batch.outcome[key]) for key in ("new", "changed", "unchanged", "unreadable"))

    def record_context(self, request, record):
        return {"trial": trial(record)}

    def record_links(self, request, record):
        return [("下载报告（.xlsx）", reverse("admin:enterprises_creditimport_report", args=[record.pk]))]

    def act_context(self, request, act, record, form):
        context = super().act_context(request, act, record, form)
        if not isinstance(form, ImportForm):
            return context
        form.renew()
        return context | {"trial": trial(record, form.report)}

    @method_decorator(require_safe)
    def report_view(self, request, object_id):
        """The whole report as a sheet."""
        record = self.fetch(request, object_id)
        return spreadsheet(report_sheet(record, live_report(record)), f"credit-report-{record.pk}")

    @method_decorator(require_safe)
    def sample_view(self, request):
        """The workbook to fill in."""
        if not self.has_view_permission(request):
            raise PermissionDenied(Permission.CREDIT_IMPORT_VIEW)
        return spreadsheet(sample_sheet(), "credit-sample")


def live_report(batch):
    """The trial as it would end now; None once the file is closed."""
    return report_of(batch) if batch.state == CreditImport.State.CHECKED else None


def trial(batch, report=None):
    """What the page of a file shows: counts, flaws and changes, the first of each."""
    report = report or live_report(batch)
    flaws = flaw_rows(batch, report)
    changes = [
        (change.entry.row, change.record, reading.HEADINGS[fact], said(fact, before), said(fact, after))
        for change in (report.changed[:SHOWN] if report else [])
        for fact, before, after in change.differences
    ]
    return {
        "is_live": report is not None,
        "at": localtime(clock.now()) if report else batch.closed_at,
        "counts": _counts(report, batch.outcome),
        "flaws": flaws[:SHOWN],
        "more_flaws": max(len(flaws) - SHOWN, 0),
        "changes": changes[:SHOWN],
        "more_changes": max(len(report.changed) - SHOWN, 0) if report else 0,
    }


def _counts(report, outcome):
    if report is None:
        return outcome or {}
    return {
        "new": len(report.new),
        "changed": len(report.changed),
        "unchanged": len(report.unchanged),
        "unreadable": report.unreadable,
    }
