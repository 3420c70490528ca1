from csp.constants import SELF
from csp.decorators import csp_replace
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe

from awards.applications import history
from awards.applications.differences import shortened
from awards.programmes.admin import edition_filter
from enterprises.files.models import StoredFile
from enterprises.files.views import download
from foshan_quality.lib import clock, official
from foshan_quality.office import Act, OfficeAdmin, Todo, column, day_column
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission, Role

from . import actions, papers, queries, statement_actions, text_actions
from .models import Notice, Objection, TextTemplate
from .office_forms import (
    CorrectionForm,
    FindingForm,
    NewTextForm,
    NoticeForm,
    NoticeTextForm,
    ObjectionForm,
    ReleaseForm,
    RevealForm,
    StatementForm,
    TextForm,
)
from .serving import handed_out
from .views import frame_of


def window_said(notice):
    rules = notice.edition.settled
    start = "当日" if rules["notice_first_day_counted"] else "次日"
    return (
        f"发布后立即对公众可见，公示 {len(notice.names)} 家，期限 {rules['notice_days']} 个工作日（{start}起算），"
        "名单和正文不能再修改。请与表决结果逐一核对名称。"
    )


PREVIEWS = {"page": "公众页面", "phone": "手机", "print": "打印", "docx": "Word 文件", "pdf": "PDF 文件"}


def framed_by_ourselves(response):
    """The one page that another page of ours may show in a frame, as wide as a phone."""
    response["X-Frame-Options"] = "SAMEORIGIN"
    return csp_replace({"frame-ancestors": [SELF]})(lambda: response)()


@admin.register(Notice)
class NoticeAdmin(OfficeAdmin):
    """The notice of the proposed list: drawn up by one, released by another, now or at a minute."""

    change_form_template = "awards/publicity/office_notice.html"
    list_display = [
        "title",
        column("edition.__str__", "届次"),
        "state_mark",
        day_column("published_at", "发布时间"),
        day_column("first_day", "公示开始"),
        day_column("last_day", "公示结束"),
        column("drafted_by.__str__", "拟定人"),
    ]
    list_filter = [edition_filter(), "state"]
    list_select_related = ["edition__programme__honour_kind", "drafted_by"]
    fields = [
        column("edition.__str__", "届次"),
        "number",
        "published_at",
        "first_day",
        "last_day",
        "working_days",
        column("drafted_by.__str__", "拟定人"),
        column("published_by", "发布人"),
        column("replaces", "更正并取代"),
        "because",
        "withdrawn_at",
        "withdrawn_because",
    ]
    list_acts = {
        "draft": Act(
            "拟定公示",
            actions.draft_notice,
            NoticeForm,
            Permission.NOTICE_PUBLISH,
            done="公示已拟定，尚未发布。请由另一名工作人员核对后发布。",
        )
    }
    acts = {
        "publish": Act(
            "发布",
            actions.publish,
            ReleaseForm,
            hindrance=lambda notice, user: (
                "您是拟定人，须由另一名工作人员核对后发布。" if notice.drafted_by_id == user.pk else ""
            ),
            done="公示已发布。",
            warning=window_said,
            is_grave=True,
        ),
        "edit": Act(
            "修改文字",
            actions.edit_notice,
            NoticeTextForm,
            Permission.NOTICE_PUBLISH,
            when=lambda notice: notice.state == Notice.State.DRAFT,
            done="文字已修改。修改人即为拟定人，须由另一名工作人员发布。",
        ),
        "recall": Act(
            "取消定时发布",
            actions.recall,
            ReasonForm,
            done="已取消，退回拟定。",
            warning="取消后公众不会看到这份公示，可以修改后重新发布。",
        ),
        "correct": Act(
            "更正并重新公示",
            actions.correct_notice,
            CorrectionForm,
            Permission.NOTICE_PUBLISH,
            when=queries.may_be_corrected,
            is_aside=True,
            done="更正后的公示已拟定，请核对后由另一名工作人员发布。",
            warning="按现在的登记名称另拟一份公示，发布后取代这一份，公示期重新计算；原公示保留，标明已被取代。",
            back_to_list=True,
        ),
        "withdraw_notice": Act(
            "撤回公示",
            actions.withdraw,
            ReasonForm,
            when=queries.is_of_use,
            done="已撤回，公众页面已标明。请尽快更正并重新公示。",
            warning="撤回后页面保留并标明已撤回和原因，不再受理异议；须更正并重新公示满期，才能报请批准。",
            is_grave=True,
        ),
        "drop": Act("作废", actions.drop, ReasonForm, done="已作废。", warning="作废后可以重新拟定。"),
    }
    todos = {
        "publish": Todo(
            "公示待您核对发布",
            Role.SECRETARIAT,
            lambda rows, user: rows.filter(state=Notice.State.DRAFT).exclude(drafted_by=user),
        )
    }

    def get_queryset(self, request):
        whole = ["edition__programme__honour_kind", "drafted_by", "published_by", "replaces"]
        return super().get_queryset(request).select_related(*whole)

    def get_urls(self):
        return [self.page("<path:object_id>/preview/<slug:form>/", self.preview_view, "preview"), *super().get_urls()]

    def record_links(self, request, record):
        links = []
        if record.state in Notice.OUT:
            links.append(("查看公众页面", record.get_absolute_url()))
        if request.user.has_perm(Permission.NOTICE_PUBLISH):
            links += [
                (f"预览：{label}", reverse("admin:awards_notice_preview", args=[record.pk, form]))
                for form, label in PREVIEWS.items()
            ]
        return links

    def get_fieldsets(self, request, obj=None):
        """Of a correction and a withdrawal only what there was."""
        left_out = set() if obj and obj.replaces_id else {"because", "replaces"}
        left_out |= set() if obj and obj.withdrawn_at else {"withdrawn_at", "withdrawn_because"}
        kept = [name for name in self.fields if getattr(name, "__name__", name) not in left_out]
        return [(None, {"fields": kept})]

    def related(self, request, record):
        return [("异议", objection) for objection in record.objections.select_related("application__organisation")]

    def record_context(self, request, record):
        drawn = record.drawn_from
        changed = shortened(history.compare(drawn["body"], record.body)) if drawn else []
        is_changed = bool(drawn) and (drawn["body"].split() != record.body.split() or drawn["title"] != record.title)
        return {"drawn": drawn, "changed": changed, "is_changed": is_changed}

    @method_decorator(require_safe)
    def preview_view(self, request, object_id, form):
        """A notice as the public will read it, before anybody does; for those who draw notices up."""
        notice = self.fetch(request, object_id)
        if not request.user.has_perm(Permission.NOTICE_PUBLISH):
            raise PermissionDenied(Permission.NOTICE_PUBLISH)
        if form not in PREVIEWS:
            raise Http404
        now = clock.now()
        is_preview = not (notice.published_at and notice.published_at <= now)
        notice, problem = queries.as_released(notice, now)
        if form in {"pdf", "docx"} and not problem:
            content = papers.paper_of(notice)
            draw = official.pdf_of if form == "pdf" else official.docx_of
            return handed_out(draw(content), notice.title, form)
        context = self.admin_site.each_context(request) | frame_of(notice)
        context |= {"is_preview": is_preview, "problem": problem, "opts": self.opts, "record": notice}
        context |= {"framed": reverse("admin:awards_notice_preview", args=[notice.pk, "page"])}
        template = {"phone": "preview_phone", "print": "print_notice"}.get(form, "preview_page")
        response = TemplateResponse(request, f"awards/publicity/{template}.html", context)
        return framed_by_ourselves(response) if form == "page" else response


def is_proposed(objection):
    return objection.state == Objection.State.RECEIVED and objection.proposed_by_id is not None


def not_by_proposer(objection, user):
    return "结论由您提出，须由另一名工作人员确认。" if objection.proposed_by_id == user.pk else ""


def said_of(objection):
    return f"拟作结论：{objection.get_proposed_outcome_display()}。理由：{objection.finding}"


@admin.register(Objection)
class ObjectionAdmin(OfficeAdmin):
    """Real-name objections. Private: only the secretariat sees them, and who objected only on demand."""

    change_form_template = "awards/publicity/office_objection.html"
    list_display = [
        "receipt",
        column("application.organisation.name", "被异议的单位"),
        "state_mark",
        "received_at",
        "examine_by",
        "overdue",
        column("get_proposed_outcome_display", "拟作结论"),
    ]
    list_filter = [edition_filter("notice__edition"), "state"]
    list_select_related = ["application__organisation"]
    search_fields = ["receipt", "application__organisation__name"]
    search_help_text = "回执号或单位名称"
    fields = [
        "receipt",
        column("notice.title", "公示"),
        column("application.__str__", "申报"),
        column("objector_masked", "异议人"),
        "grounds",
        "received_at",
        column("recorded_by", "登记人（网上提出的为空）"),
        "examine_by",
        "overdue",
        column("get_proposed_outcome_display", "拟作结论"),
        column("proposed_by", "提出人"),
        "finding",
        "decided_at",
        column("decided_by", "确认人"),
        "reply_number",
        "withdrawn_at",
        "withdrawn_because",
    ]
    readonly_fields = ["overdue"]
    list_acts = {
        "record": Act(
            "登记书面异议", actions.object_to, ObjectionForm, Permission.OBJECTION_DECIDE, done="异议已登记。"
        )
    }
    acts = {
        "ask": Act(
            "请被异议单位说明",
            statement_actions.ask_for_statement,
            StatementForm,
            Permission.OBJECTION_DECIDE,
            when=lambda record: record.state == "received" and not hasattr(record, "statement"),
            done="已发给被异议单位，未告知异议人是谁。",
        ),
        "dismiss": Act(
            "确认异议不成立",
            actions.dismiss,
            when=lambda record: is_proposed(record) and record.proposed_outcome == "dismissed",
            hindrance=not_by_proposer,
            done="已作出结论：异议不成立，答复已编号。",
            warning=said_of,
        ),
        "uphold": Act(
            "确认异议成立",
            actions.uphold,
            when=lambda record: is_proposed(record) and record.proposed_outcome == "upheld",
            hindrance=not_by_proposer,
            done="已作出结论：异议成立，该单位已从名单中去除，答复已编号。",
            warning=lambda record: f"{said_of(record)}　确认后只有该单位从拟奖名单中去除，不能恢复；名额空缺，不递补。",
            is_grave=True,
        ),
        "propose": Act(
            "提出核查结论",
            actions.propose_finding,
            FindingForm,
            Permission.OBJECTION_DECIDE,
            when=lambda record: record.state == "received",
            done="结论已提出，请由另一名工作人员确认。",
        ),
        "send_back": Act(
            "不同意，退回",
            actions.send_finding_back,
            ReasonForm,
            Permission.OBJECTION_DECIDE,
            when=is_proposed,
            hindrance=not_by_proposer,
            done="已退回提出人。",
            warning=said_of,
        ),
        "withdraw_objection": Act(
            "登记撤回",
            actions.withdraw_objection,
            ReasonForm,
            Permission.OBJECTION_DECIDE,
            when=lambda record: record.state == "received",
            is_aside=True,
            done="已登记撤回，材料保留。",
            warning="仅在异议人书面撤回时办理；材料保留。",
        ),
        "reveal": Act(
            "查看异议人",
            actions.reveal_objector,
            RevealForm,
            Permission.OBJECTION_DECIDE,
            is_aside=True,
            warning="姓名和联系方式只显示一次；查看人、时间和理由记入审计日志。",
            answer="awards/publicity/objector.html",
        ),
    }
    todos = {
        "decide": Todo(
            "异议待核查", Role.SECRETARIAT, lambda rows, user: rows.filter(state="received", proposed_by=None)
        ),
        "confirm": Todo(
            "异议结论待您确认",
            Role.SECRETARIAT,
            lambda rows, user: rows.filter(state="received", proposed_by__isnull=False).exclude(proposed_by=user),
        ),
        "overdue": Todo(
            "异议核查超期",
            Role.SECRETARIAT,
            lambda rows, user: rows.filter(state="received", examine_by__lt=clock.today()),
        ),
    }

    def related(self, request, record):
        return [("公示", record.notice), ("申报", record.application)]

    @admin.display(description="超期")
    def overdue(self, objection):
        is_late = objection.state == "received" and objection.examine_by and objection.examine_by < clock.today()
        return "已超期" if is_late else "—"

    def get_queryset(self, request):
        people = ["recorded_by", "proposed_by", "decided_by", "statement__answered_by"]
        return super().get_queryset(request).select_related("application__organisation", "notice__edition", *people)

    def get_urls(self):
        return [
            self.page("<path:object_id>/file/<int:file>/", self.file_view, "file"),
            self.page("<path:object_id>/reply/<slug:form>/", self.reply_view, "reply"),
            *super().get_urls(),
        ]

    def record_links(self, request, record):
        if not record.is_decided:
            return []
        return [
            (label, reverse("admin:awards_objection_reply", args=[record.pk, form]))
            for form, label in (("pdf", "答复函 PDF"), ("docx", "答复函 Word"))
        ]

    def record_context(self, request, record):
        statement = getattr(record, "statement", None)
        return {
            "evidence": record.files.select_related("file"),
            "statement": statement,
            "statement_papers": statement.files.select_related("file") if statement else [],
        }

    @method_decorator(require_safe)
    def file_view(self, request, object_id, file):
        """One paper of an objection or of the statement to it, as an attachment; the trail says who took it."""
        objection = self.fetch(request, object_id)
        own = StoredFile.objects.filter(pk__in=queries.files_of(objection))
        stored = get_object_or_404(own, pk=file)
        actions.log_evidence(objection, by=request.user, file=stored)
        return download(stored)

    @method_decorator(require_safe)
    def reply_view(self, request, object_id, form):
        """The answer to whoever objected, to be sealed and sent."""
        objection = self.fetch(request, object_id)
        if not objection.is_decided or form not in {"pdf", "docx"}:
            raise Http404
        actions.log_reply(objection, by=request.user)
        draw = official.pdf_of if form == "pdf" else official.docx_of
        return handed_out(draw(papers.reply_of(objection)), f"异议答复 {objection.receipt}", form)


@admin.register(TextTemplate)
class TextTemplateAdmin(OfficeAdmin):
    """What notices and papers say, by programme; each change is a new version."""

    change_form_template = "awards/publicity/office_text.html"
    list_display = [
        column("programme.__str__", "奖项"),
        "kind",
        "version",
        "source",
        "set_at",
        column("set_by", "设置人"),
    ]
    list_filter = ["kind"]
    list_select_related = ["programme__honour_kind", "set_by"]
    fields = [
        column("programme.__str__", "奖项"),
        "kind",
        "version",
        "source",
        "set_at",
        column("set_by.__str__", "设置人"),
    ]
    list_acts = {
        "set": Act(
            "设置公文模板",
            text_actions.set_text,
            NewTextForm,
            Permission.NOTICE_TEXT_SET,
            done="模板已保存为新的一版，此后拟定的照此办理。",
            warning="没有设置的使用参考文本。已经拟定的不受影响。",
            back_to_list=True,
        )
    }
    acts = {
        "set": Act(
            "修改为新的一版",
            lambda record, **given: text_actions.set_text(programme=record.programme, kind=record.kind, **given),
            TextForm,
            Permission.NOTICE_TEXT_SET,
            done="模板已保存为新的一版，此后拟定的照此办理。",
            back_to_list=True,
        )
    }

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("programme__honour_kind", "set_by")
