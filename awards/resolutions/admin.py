from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe

from awards.programmes.admin import edition_filter
from awards.publicity.models import Notice
from foshan_quality.lib.sheets import xlsx_bytes
from foshan_quality.office import Act, OfficeAdmin, Todo, column, day_column, record_page, spreadsheet, yuan_column
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission, Role

from . import actions, entry_actions
from .entry_models import HonourEntry, HonourImport
from .entry_queries import trial_of
from .models import Honour, Resolution
from .office_forms import HonourForm, LaureatesForm, ResolutionForm
from .queries import awaiting_a_supplement, comparison_of, waiting
from .reading import HEADINGS
from .scans import ScanAdmin

SHOWN = 200  # lines of a trial on its page


def effect_said(resolution):
    """What follows from the confirmation, in numbers."""
    compared = comparison_of(resolution)
    left_out = f"{len(compared.missing)} 家未获批准，" if compared.missing else ""
    wait = f"{len(resolution.waiting)} 家因异议核查暂缓审定，" if resolution.waiting else ""
    return (
        f"{kind_said(resolution)}。请与盖章原件逐项核对文号、标题、成文日期和名单。"
        f"生效后 {len(compared.both)} 家单位获奖，{left_out}{wait}名录公开并通知申报单位，不能撤回。"
    )


def kind_said(resolution):
    """首次批准, or 补充批准 with the number of the first one."""
    return f"补充批准（首次批准 {resolution.supplements.number}）" if resolution.supplements_id else "首次批准"


def lines_of(resolution, user):
    """What it decided on each candidate, with what came of it: the honour, its certificate, each linked for whoever
    may see such records. One query."""
    lines = resolution.lines.select_related("application__granted__certificate", "application__organisation")
    return [(line, *_outcome(line.application, user)) for line in lines]


def _outcome(application, user):
    honour = getattr(application, "granted", None)
    certificate = getattr(honour, "certificate", None)
    pages = [record_page(user, record) if record else "" for record in (application, honour, certificate)]
    return application, honour, certificate, *pages


def own_entry(record, user):
    """Why whoever entered it cannot confirm it."""
    return "您是录入人，须由另一名工作人员与原件核对。" if record.entered_by_id == user.pk else ""


@admin.register(Resolution)
class ResolutionAdmin(ScanAdmin):
    """The government's documents: entered by one, confirmed against the original by another."""

    list_display = [
        "number",
        "title",
        column("edition.__str__", "届次"),
        "issued_on",
        column("is_supplement", "补充批准"),
        "state_mark",
    ]
    list_filter = [edition_filter(), "state"]
    list_select_related = ["edition__programme__honour_kind", "supplements"]
    fields = [
        column("edition.__str__", "届次"),
        "kind",
        "number",
        "title",
        "issuer",
        "issued_on",
        "listed",
        "fewer_because",
        "waited",
        "scan_digest",
        "entered_at",
        column("entered_by.__str__", "录入人"),
        "confirmed_at",
        column("confirmed_by", "核对人"),
    ]
    readonly_fields = ["kind", "listed", "waited", "scan_digest"]
    change_form_template = "awards/resolutions/resolution.html"
    beside = ("confirm",)
    list_acts = {
        "enter": Act(
            "录入批准文件",
            actions.enter,
            ResolutionForm,
            Permission.RESOLUTION_ENTER,
            done="已录入，尚未生效。请由另一名工作人员与原件核对。",
        )
    }
    acts = {
        "confirm": Act(
            "与原件核对一致，生效",
            actions.confirm,
            hindrance=own_entry,
            done="批准文件已生效，获奖单位已产生。",
            warning=effect_said,
            is_grave=True,
            template="awards/resolutions/confirm.html",
        ),
        "drop": Act("作废", actions.drop, ReasonForm, done="已作废。", warning="录入有误时作废，然后重新录入。"),
    }
    todos = {
        "confirm": Todo(
            "批准文件待您核对",
            Role.SECRETARIAT,
            lambda rows, user: rows.filter(state=Resolution.State.ENTERED).exclude(entered_by=user),
        ),
        "supplement": Todo("公示后待补充批准", Role.SECRETARIAT, lambda rows, user: awaiting_a_supplement(rows)),
    }

    def get_queryset(self, request):
        kept = ["edition__programme__honour_kind", "entered_by", "confirmed_by", "supplements", "scan__page_set"]
        return super().get_queryset(request).select_related(*kept)

    @admin.display(description="文件所列名单")
    def listed(self, resolution):
        return "、".join(resolution.names) or "—"

    @admin.display(description="类别")
    def kind(self, resolution):
        return kind_said(resolution)

    @admin.display(description="因异议核查暂缓审定")
    def waited(self, resolution):
        return "、".join(row["name"] for row in resolution.waiting) or "—"

    def record_context(self, request, record):
        return {"lines": lines_of(record, request.user), "deferred": waiting(record.edition)}

    def related(self, request, record):
        rows = [("公示", notice) for notice in record.edition.notices.filter(state__in=Notice.OUT).order_by("number")]
        if record.supplements:
            rows.append(("首次批准", record.supplements))
        later = record.supplementary.exclude(state=Resolution.State.DROPPED).order_by("pk")
        return rows + [("补充批准", supplement) for supplement in later]

    def act_context(self, request, act, record, form):
        context = super().act_context(request, act, record, form)
        if record is not None and act is self.acts["confirm"]:
            context["comparison"] = comparison_of(record)
            context["waiting"] = record.waiting
        return context

    def entered(self, record):
        return [
            ("类别", kind_said(record)),
            ("文号", record.number),
            ("标题", record.title),
            ("发文机关", record.issuer),
            ("成文日期", record.issued_on),
            ("少于拟奖名单的原因", record.fewer_because),
        ]


def money_of(honour, user):
    """What the honour entitles to, and the payments of it, with where each stands, for those who may see them."""
    if not user.has_perm(Permission.ENTITLEMENT_VIEW):
        return []
    entitlements, sees_payments = (
        honour.entitlements.select_related("honour__kind"),
        user.has_perm(Permission.MONEY_VIEW),
    )
    if sees_payments:
        entitlements = entitlements.prefetch_related("disbursements__account")
    rows = []
    for entitlement in entitlements.order_by("pk"):
        is_ready = entitlement.state == "ready"  # how far it is paid is said by its payments
        rows.append(("奖补资格" if is_ready else f"奖补资格（{entitlement.get_state_display()}）", entitlement))
        payments = entitlement.disbursements.all() if sees_payments else []
        rows += [(f"拨付单（{payment.get_state_display()}）", payment) for payment in payments]
    return rows


@admin.register(Honour)
class HonourAdmin(OfficeAdmin):
    """Everything granted: by our resolutions, and past and higher honours with their source."""

    list_display = [
        column("organisation_name", "获奖单位", order="organisation_name"),
        "kind_said",
        "year",
        day_column("announced_on", "公布日期"),
        "source",
        day_column("revoked_on", "撤销日期"),
    ]
    list_filter = ["kind", "year", "is_rehearsal", ("revoked_on", admin.EmptyFieldListFilter)]
    list_select_related = ["kind"]
    search_fields = ["organisation_name", "source", "organisation__name"]
    search_help_text = "授奖时的名称、现名称或来源"
    fields = [
        "organisation_name",
        column("organisation", "平台单位"),
        column("kind.__str__", "荣誉"),
        "year",
        "announced_on",
        "source",
        yuan_column("reported_amount", "公开报道的奖励（元）"),
        "note",
        column("is_rehearsal", "演练"),
        "revoked_on",
        "revoked_because",
        "revoked_under",
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("kind", "organisation", "resolution", "application")

    @admin.display(description="荣誉", ordering="kind")
    def kind_said(self, honour):
        return f"{honour.kind}（演练）" if honour.is_rehearsal else str(honour.kind)

    def related(self, request, record):
        granted = [("批准文件", record.resolution), ("申报", record.application)]
        rows = [(label, found) for label, found in granted if found]
        rows += [("证书", certificate) for certificate in record.certificates.all()]
        rows += [("撤销", revocation) for revocation in record.revocations.select_related("honour__kind")]
        return rows + money_of(record, request.user)

    def record_links(self, request, record):
        if record.revoked_on or not record.organisation_id or not request.user.has_perm(Permission.REVOCATION_RUN):
            return []
        return [("提出撤销", f"{reverse('admin:awards_revocation_begin', args=['propose'])}?honour={record.pk}")]


@admin.register(HonourEntry)
class HonourEntryAdmin(ScanAdmin):
    """Higher honours from their source documents: entered by one, on record once another has confirmed them."""

    list_display = [
        column("organisation_name", "单位", order="organisation_name"),
        column("kind.__str__", "荣誉", order="kind"),
        "year",
        column("source", "来源"),
        "state_mark",
        column("entered_by.__str__", "录入人"),
    ]
    list_filter = ["state", "kind", "year"]
    list_select_related = ["kind", "entered_by"]
    search_fields = ["organisation_name", "organisation__name", "title", "number"]
    search_help_text = "单位名称、来源文件或文号"
    fields = [
        "organisation_name",
        column("organisation.__str__", "现名称"),
        column("kind.__str__", "荣誉"),
        "year",
        "announced_on",
        "title",
        "number",
        "address",
        "scan_digest",
        "entered_at",
        column("entered_by.__str__", "录入人"),
        "confirmed_at",
        column("confirmed_by", "核对人"),
    ]
    readonly_fields = ["scan_digest"]
    beside = ("confirm",)
    list_acts = {
        "enter": Act(
            "录入上级荣誉",
            entry_actions.enter_honour,
            HonourForm,
            Permission.HONOUR_RECORD,
            done="已录入，尚未登记。请由另一名工作人员与来源核对。",
            warning="录入后由另一名工作人员与来源核对，核对一致才进入获奖名录，才能据此录入奖补资格。",
        )
    }
    acts = {
        "confirm": Act(
            "核对一致，登记",
            entry_actions.confirm_honour,
            hindrance=own_entry,
            done="荣誉已登记。",
            warning="请与来源逐项核对。登记后进入获奖名录，可以据此录入奖补资格。",
            template="awards/resolutions/confirm.html",
        ),
        "drop": Act("作废", entry_actions.drop_honour, ReasonForm, done="已作废。"),
    }
    todos = {
        "confirm": Todo(
            "上级荣誉待您核对",
            Role.SECRETARIAT,
            lambda rows, user: rows.filter(state=HonourEntry.State.ENTERED).exclude(entered_by=user),
        )
    }

    def get_queryset(self, request):
        kept = ["kind", "organisation", "entered_by", "confirmed_by", "scan__page_set"]
        return super().get_queryset(request).select_related(*kept)

    def entered(self, record):
        return [
            ("单位（授奖时）", record.organisation_name),
            ("荣誉", f"{record.year}年{record.kind}"),
            ("公布日期", record.announced_on),
            ("来源文件", record.title),
            ("文号", record.number),
            ("公开地址", record.address),
        ]


@admin.register(HonourImport)
class HonourImportAdmin(OfficeAdmin):
    """Workbooks of past laureates: tried by one, imported by another."""

    change_form_template = "awards/resolutions/import.html"
    list_display = [
        "name",
        "state_mark",
        "imported",
        "uploaded_at",
        column("uploaded_by.__str__", "上传人"),
        "closed_at",
    ]
    list_filter = ["state"]
    list_select_related = ["uploaded_by"]
    fields = [
        "digest",
        "uploaded_at",
        column("uploaded_by.__str__", "上传人"),
        "imported",
        "closed_at",
        column("closed_by", "办结人"),
    ]
    list_acts = {
        "check": Act(
            "上传并试算",
            entry_actions.take_in,
            LaureatesForm,
            Permission.HONOUR_RECORD,
            done="文件已读取，还没有写入任何记录。请由另一名工作人员核对后导入。",
            warning="上传只做试算，不写入；由另一名工作人员核对后导入。",
        )
    }
    acts = {
        "take_over_list": Act(
            "导入",
            entry_actions.take_over,
            hindrance=lambda record, user: (
                "您是上传人，须由另一名工作人员核对后导入。" if record.uploaded_by_id == user.pk else ""
            ),
            done="导入完成，记录已进入获奖名录。",
            warning=lambda record: trial_said(trial_of(record)),
            is_grave=True,
        ),
        "give_up_list": Act(
            "放弃", entry_actions.give_up, ReasonForm, done="已放弃，没有写入任何记录。", is_grave=True
        ),
    }
    todos = {
        "import": Todo(
            "历届名单待您核对导入",
            Role.SECRETARIAT,
            lambda rows, user: rows.filter(state=HonourImport.State.CHECKED).exclude(uploaded_by=user),
        )
    }

    def get_urls(self):
        return [self.page("sample/", self.sample_view, "sample"), *super().get_urls()]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("uploaded_by", "closed_by")

    def record_context(self, request, record):
        if record.state != HonourImport.State.CHECKED:
            return {}
        trial = trial_of(record)
        return {"trial": trial, "said": trial_said(trial), "new": trial.new[:SHOWN], "flaws": trial.flaws[:SHOWN]}

    def record_links(self, request, record):
        return [("下载样表（.xlsx）", reverse("admin:awards_honourimport_sample"))]

    @method_decorator(require_safe)
    def sample_view(self, request):
        """The workbook to fill in."""
        if not self.has_view_permission(request):
            raise PermissionDenied(Permission.HONOUR_IMPORT_VIEW)
        return spreadsheet(xlsx_bytes(HEADINGS, []), "laureates-sample")


def trial_said(trial):
    """The outcome of a trial in one sentence."""
    return (
        f"新增 {len(trial.new)} 条，已有 {len(trial.known)} 条不重复导入，读不了 {len(trial.flaws)} 行。"
        "有读不了的行时不能导入；能导入时全部写入，或者一条也不写。"
    )
