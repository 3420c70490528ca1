from django.contrib import admin
from django.http import Http404
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe

from awards.applications import history
from awards.applications.differences import shortened
from awards.programmes.admin import edition_filter
from awards.publicity.serving import handed_out
from enterprises.files.views import download
from foshan_quality.lib import official
from foshan_quality.office import Act, OfficeAdmin, Todo, column
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission, Role

from . import actions
from .content import content_of
from .models import Paper
from .office_forms import PaperForm, PaperTextForm, SealedForm


@admin.register(Paper)
class PaperAdmin(OfficeAdmin):
    """Official papers: written by one, numbered by a second, sealed outside and kept as a scan."""

    change_form_template = "awards/papers/office_paper.html"
    list_display = ["title", "kind", column("edition.__str__", "届次"), "number", "state_mark", "issued_at"]
    list_filter = [edition_filter(), "kind", "state"]
    list_select_related = ["edition__programme__honour_kind"]
    search_fields = ["title", "number"]
    search_help_text = "标题或文号"
    fields = [
        column("edition.__str__", "届次"),
        "kind",
        "number",
        column("drafted_by.__str__", "拟稿人"),
        "drafted_at",
        column("issued_by", "核发人"),
        "issued_at",
        column("scan", "用印件"),
        "sealed_at",
    ]
    list_acts = {
        "draft": Act(
            "拟公文",
            actions.draft_paper,
            PaperForm,
            Permission.PAPER_WRITE,
            done="已按模板拟稿，请修改核对，由另一名工作人员核发。",
        )
    }
    acts = {
        "edit_paper": Act(
            "修改", actions.edit, PaperTextForm, done="已修改。修改人即为拟稿人，须由另一名工作人员核发。"
        ),
        "issue_paper": Act(
            "核发并编号",
            actions.issue,
            hindrance=lambda paper, user: (
                "您是拟稿人，须由另一名工作人员核发。" if paper.drafted_by_id == user.pk else ""
            ),
            done="已核发。请下载打印、用印，再上传用印件。",
            warning="核发后文字不能修改，文号不能收回；用印之前都是样张。通报由市政府编号。",
            is_grave=True,
        ),
        "seal_paper": Act(
            "上传用印件",
            actions.seal,
            SealedForm,
            done="用印件已保存。",
            warning="用印在线下办理；平台不生成印章。",
        ),
        "drop_paper": Act("作废", actions.drop, ReasonForm, done="已作废。"),
    }
    todos = {
        "issue": Todo(
            "公文待您核发",
            Role.SECRETARIAT,
            lambda rows, user: rows.filter(state=Paper.State.DRAFT).exclude(drafted_by=user),
        )
    }

    def get_queryset(self, request):
        return (
            super()
            .get_queryset(request)
            .select_related("edition__programme__honour_kind", "drafted_by", "issued_by", "scan")
        )

    def get_urls(self):
        return [
            self.page("<path:object_id>/download/<slug:form>/", self.download_view, "download"),
            *super().get_urls(),
        ]

    def record_links(self, request, record):
        forms = [("pdf", "样张 PDF"), ("docx", "样张 Word")]
        if record.scan_id:
            forms.insert(0, ("scan", "用印件"))
        return [(label, reverse("admin:awards_paper_download", args=[record.pk, form])) for form, label in forms]

    def record_context(self, request, record):
        changed = shortened(history.compare(record.drawn_from["body"], record.body))
        return {"changed": changed, "is_changed": record.drawn_from["body"].split() != record.body.split()}

    @method_decorator(require_safe)
    def download_view(self, request, object_id, form):
        """The paper as sample, or the scan of the sealed one; the trail says who took it."""
        paper = self.fetch(request, object_id)
        if form not in {"pdf", "docx"} and not (form == "scan" and paper.scan):
            raise Http404
        actions.log_download(paper, by=request.user, what=form)
        if form == "scan":
            return download(paper.scan)
        draw = official.pdf_of if form == "pdf" else official.docx_of
        return handed_out(draw(content_of(paper)), paper.title, form)
