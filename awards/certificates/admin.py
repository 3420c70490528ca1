from django.contrib import admin
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from awards.programmes.admin import edition_filter
from foshan_quality.office import Act, OfficeAdmin, Todo, column
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission, Role

from . import actions, queries, samples
from .models import Certificate, CertificateBatch, CertificateTemplate, Replacement
from .office_forms import IssueForm, ReplacementForm, TemplateForm

START = Act(
    "签发证书",
    actions.start,
    IssueForm,
    Permission.CERTIFICATE_ISSUE,
    done="证书正在后台生成。离开本页不影响生成；已有一批正在生成的，没有另起一批。",
    warning="为该届尚无证书的获奖单位依次编号，编号不能更改；证书随后由系统生成，获奖单位可下载，公众可核验。"
    "字体缺字的，一律不编号，并列出单位和缺的字。",
    is_grave=True,
)


@admin.register(Certificate)
class CertificateAdmin(OfficeAdmin):
    """Certificates: numbered here, drawn by a task, parked with a reason where drawing fails."""

    list_display = [
        "number",
        column("printed_name", "获奖单位", order="printed_name"),
        "state_mark",
        column("standing.label", "效力"),
        "problem",
        "drawn_at",
    ]
    list_filter = [edition_filter(), "state"]
    list_select_related = ["honour"]
    search_fields = ["number", "printed_name"]
    search_help_text = "证书编号或单位名称"
    fields = [
        "number",
        column("printed_name", "获奖单位"),
        column("standing.label", "效力"),
        column("edition.__str__", "届次"),
        column("template", "版式"),
        column("verify_url", "核验地址"),
        "issued_at",
        column("issued_by.__str__", "签发人"),
        "attempts",
        "problem",
        "drawn_at",
        "pages",
        "digest",
        column("signer", "电子签名"),
    ]
    list_acts = {"issue": START}
    acts = {
        "retry": Act("重新生成", actions.retry, done="已重新排队，编号和核验码不变。"),
        "propose_replacement": Act(
            "换发或更正",
            actions.propose_replacement,
            ReplacementForm,
            Permission.CERTIFICATE_ISSUE,
            when=queries.may_be_replaced,
            is_aside=True,
            done="已提出，原证书仍然有效。请由另一名工作人员在“证书换发与更正”中核对。",
            warning="核对后原证书失效，核验页注明已被新证书替换；新证书的编号按版式的规定。",
            is_grave=True,
            back_to_list=True,
        ),
    }
    todos = {
        "parked": Todo(
            "证书生成失败，待处理", Role.SECRETARIAT, lambda rows, user: rows.filter(state=Certificate.State.PARKED)
        )
    }

    def get_queryset(self, request):
        whole = ["honour__kind", "issued_by", "template__programme__honour_kind"]
        return super().get_queryset(request).select_related(*whole)

    def get_urls(self):
        return [self.page("<path:object_id>/download/", self.download_view, "download"), *super().get_urls()]

    def related(self, request, record):
        rows = [("荣誉", record.honour)]
        others = record.honour.certificates.exclude(pk=record.pk)
        rows += [("同一荣誉的其他证书", other) for other in others]
        return rows + [("撤销", revocation) for revocation in record.honour.revocations.select_related("honour__kind")]

    def record_links(self, request, record):
        links = []
        if record.state == Certificate.State.DRAWN:
            links.append(("下载证书", reverse("admin:awards_certificate_download", args=[record.pk])))
            links.append(("公众核验页", record.get_absolute_url()))
        if record.batch_id:
            links.append(("所在批次", reverse("admin:awards_certificatebatch_change", args=[record.batch_id])))
        return links

    def download_view(self, request, object_id):
        """The drawn PDF; the trail says who took it."""
        certificate = self.fetch(request, object_id)
        if certificate.state != Certificate.State.DRAWN:
            raise Http404
        actions.log_download(certificate, by=request.user)
        name = f"{certificate.number}.pdf"
        return FileResponse(certificate.pdf.open("rb"), as_attachment=True, filename=name)


@admin.register(CertificateBatch)
class CertificateBatchAdmin(OfficeAdmin):
    """Batches: how far each is, and what needs a person. The card renews itself; without scripts, by a link."""

    change_form_template = "awards/certificates/batch.html"
    list_display = [
        column("__str__", "批次"),
        "started_at",
        column("started_by.__str__", "经办人"),
        "stopped_at",
    ]
    list_filter = [edition_filter()]
    list_select_related = ["edition__programme__honour_kind", "started_by"]
    list_acts = {"start": START}
    acts = {
        "stop": Act(
            "停止生成",
            actions.stop,
            permission=Permission.CERTIFICATE_ISSUE,
            when=lambda record: bool(queries.progress_of(record).queued),
            done="已停止。已生成的不受影响；其余的编号保留，再次“签发证书”即继续生成。",
            warning="已生成的证书不受影响；其余的编号保留，再次“签发证书”即继续生成。",
        )
    }

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("edition__programme__honour_kind", "started_by")

    def get_fieldsets(self, request, obj=None):
        return []

    def get_urls(self):
        return [self.page("<path:object_id>/progress/", self.progress_view, "progress"), *super().get_urls()]

    def record_context(self, request, record):
        return self.card(record)

    def card(self, batch):
        return {
            "batch": batch,
            "progress": queries.progress_of(batch),
            "failures": queries.failures_of(batch),
            "card_url": reverse("admin:awards_certificatebatch_progress", args=[batch.pk]),
        }

    def progress_view(self, request, object_id):
        """The card alone, for the page that renews it."""
        return render(request, "awards/certificates/_card.html", self.card(self.fetch(request, object_id)))


@admin.register(Replacement)
class ReplacementAdmin(OfficeAdmin):
    """New certificates in place of old ones: proposed by one, confirmed by another."""

    list_display = [
        column("old.number", "原证书"),
        column("old.printed_name", "单位"),
        column("get_kind_display", "办理"),
        "state_mark",
        column("proposed_by.__str__", "提出人"),
        "proposed_at",
    ]
    list_filter = [edition_filter("old__edition"), "state", "kind"]
    list_select_related = ["old", "proposed_by"]
    fields = [
        column("old.__str__", "原证书"),
        column("get_kind_display", "办理"),
        "printed_name",
        "reason",
        "document",
        column("proposed_by.__str__", "提出人"),
        "proposed_at",
        column("decided_by", "核对人"),
        "decided_at",
        column("new", "新证书"),
    ]
    acts = {
        "confirm_replacement": Act(
            "核对无误，换发",
            actions.confirm_replacement,
            hindrance=lambda record, user: (
                "您是提出人，须由另一名工作人员核对。" if record.proposed_by_id == user.pk else ""
            ),
            done="已换发，新证书正在后台生成；原证书的核验页已注明被替换。",
            warning="原证书随即失效，不能恢复。",
            is_grave=True,
        ),
        "drop_replacement": Act("作废", actions.drop_replacement, ReasonForm, done="已作废，原证书不变。"),
    }
    todos = {
        "confirm_replacement": Todo(
            "证书换发或更正待您核对",
            Role.SECRETARIAT,
            lambda rows, user: rows.filter(state=Replacement.State.PROPOSED).exclude(proposed_by=user),
        )
    }

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows.select_related("old", "new", "proposed_by", "decided_by")


@admin.register(CertificateTemplate)
class CertificateTemplateAdmin(OfficeAdmin):
    """Text and layout of certificates by version; a version in use never changes."""

    list_display = [
        column("__str__", "版式"),
        column("edition", "只用于届次"),
        column("get_layout_display", "样式"),
        "state_mark",
        "decided_at",
    ]
    list_select_related = ["programme__honour_kind", "edition__programme__honour_kind"]
    fields = [
        column("programme.__str__", "奖项"),
        column("edition", "只用于届次"),
        "version",
        "layout",
        "title",
        "opening",
        "middle",
        "honour_line",
        "note",
        column("shows_issuer", "印发证机关"),
        column("shows_date", "印发证日期"),
        "renumbering",
        "document",
        column("is_confirmed", "本市规定"),
        column("proposed_by", "提出人"),
        "proposed_at",
        column("decided_by", "核对人"),
        "decided_at",
    ]
    list_acts = {
        "propose": Act(
            "提出新版式",
            actions.propose_template,
            TemplateForm,
            Permission.CERTIFICATE_ISSUE,
            done="已保存，尚未启用。请看样张，再由另一名工作人员核对启用。",
        )
    }
    acts = {
        "adopt_template": Act(
            "核对无误，启用",
            actions.adopt_template,
            hindrance=lambda record, user: (
                "您是提出人，须由另一名工作人员核对。" if record.proposed_by_id == user.pk else ""
            ),
            done="已启用。今后编号的证书用这一版，已签发的不变。",
            warning="今后编号的证书用这一版，已签发的不变。启用后不能修改，只能另提新版。",
        ),
        "drop_template": Act("作废", actions.drop_template, ReasonForm, done="已作废。"),
    }

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows.select_related(*self.list_select_related, "proposed_by", "decided_by")

    def get_urls(self):
        return [self.page("<path:object_id>/sample/", self.sample_view, "sample"), *super().get_urls()]

    def record_links(self, request, record):
        return [("看样张（短、长、生僻字名称）", reverse("admin:awards_certificatetemplate_sample", args=[record.pk]))]

    def sample_view(self, request, object_id):
        """Three samples in one PDF, marked 演练样张, unsigned and in no register."""
        pdf = samples.draw(self.fetch(request, object_id))
        return HttpResponse(pdf, content_type="application/pdf")
