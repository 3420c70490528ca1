from django.contrib import admin
from django.http import FileResponse, Http404
from django.urls import reverse

from awards.programmes.admin import edition_filter
from foshan_quality.office import Act, OfficeAdmin, Todo, column
from foshan_quality.permissions import Permission, Role

from . import actions
from .models import Certificate
from .office_forms import IssueForm


@admin.register(Certificate)
class CertificateAdmin(OfficeAdmin):
    """Certificates: numbered here, drawn by a task, parked with a reason where drawing fails."""

    list_display = [
        "number",
        column("honour.organisation_name", "获奖单位", order="honour__organisation_name"),
        "state_mark",
        "attempts",
        "problem",
        "drawn_at",
    ]
    list_filter = [edition_filter(), "state"]
    list_select_related = ["honour"]
    search_fields = ["number", "honour__organisation_name"]
    search_help_text = "证书编号或单位名称"
    fields = [
        "number",
        column("honour.organisation_name", "获奖单位"),
        column("edition.__str__", "届次"),
        column("verify_url", "核验地址"),
        "issued_at",
        column("issued_by.__str__", "签发人"),
        "attempts",
        "problem",
        "drawn_at",
        "pages",
        "digest",
    ]
    list_acts = {
        "issue": Act(
            "签发证书",
            actions.issue,
            IssueForm,
            Permission.CERTIFICATE_ISSUE,
            done="已编号，证书正在后台生成。离开本页不影响生成。",
            warning="为该届尚无证书的获奖单位依次编号，编号不能更改；证书随后由系统生成，获奖单位可下载，公众可核验。",
            is_grave=True,
        )
    }
    acts = {"retry": Act("重新生成", actions.retry, done="已重新排队，编号和核验码不变。")}
    todos = {
        "parked": Todo(
            "证书生成失败，待处理", Role.SECRETARIAT, lambda rows, user: rows.filter(state=Certificate.State.PARKED)
        )
    }

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("honour", "issued_by")

    def get_urls(self):
        return [self.page("<path:object_id>/download/", self.download_view, "download"), *super().get_urls()]

    def record_links(self, request, record):
        is_drawn = record.state == Certificate.State.DRAWN
        return [("下载证书", reverse("admin:awards_certificate_download", args=[record.pk]))] if is_drawn else []

    def download_view(self, request, object_id):
        """The drawn PDF; the trail says who took it."""
        certificate = self.fetch(request, object_id)
        if certificate.state != Certificate.State.DRAWN:
            raise Http404
        actions.log_download(certificate, by=request.user)
        name = f"{certificate.number}.pdf"
        return FileResponse(certificate.pdf.open("rb"), as_attachment=True, filename=name)
