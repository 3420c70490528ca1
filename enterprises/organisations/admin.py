from django.contrib import admin
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from enterprises.files.views import download
from enterprises.memberships.models import Membership
from enterprises.quality_officers.models import QualityOfficer
from foshan_quality.office import Act, OfficeAdmin, OfficeInline, Todo, column, day_column
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission, Role

from . import actions
from .models import FormerName, Organisation, ParentLink
from .queries import former_names_of, with_ends


def awaits_confirmation(organisation):
    return organisation.code_doubted and organisation.code_confirmed_by_id is None


class CodeFilter(admin.SimpleListFilter):
    title, parameter_name = "信用代码", "code"

    def lookups(self, request, model_admin):
        return [("doubted", "校验位存疑，待确认"), ("confirmed", "存疑，已确认")]

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        return queryset.filter(code_doubted=True, code_confirmed_by__isnull=self.value() == "doubted")


class FormerNameInline(OfficeInline):
    model = FormerName
    fields = readonly_fields = ["name", "changed_on", "recorded_at", column("recorded_by.__str__", "登记人")]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("recorded_by")


class ParentLinkInline(OfficeInline):
    model = ParentLink
    fields = readonly_fields = [
        column("__str__", "上级单位"),
        "parent_code",
        day_column("since", "登记时间"),
        day_column("until", "登记到"),
        column("recorded_by.__str__", "登记人"),
    ]

    def get_queryset(self, request):
        return with_ends(super().get_queryset(request)).select_related("recorded_by")


class MemberInline(OfficeInline):
    model = Membership
    ordering = ["joined_at", "pk"]
    fields = readonly_fields = [
        column("user.__str__", "姓名"),
        column("user.email", "邮箱"),
        "role",
        "joined_at",
        "ended_at",
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("user")


class QualityOfficerInline(OfficeInline):
    model = QualityOfficer
    fields = readonly_fields = ["name", "post", "appointed_on", "trained_on", "certificate_number", "ended_on"]


@admin.register(Organisation)
class OrganisationAdmin(OfficeAdmin):
    """Organisations exactly as registered; staff only confirm a doubted credit code."""

    list_display = ["name", "credit_code", "code_state", "district_code", "industry", "size", "created_at"]
    list_filter = ["district_code", CodeFilter, "size"]
    search_fields = ["name", "credit_code"]
    search_help_text = "单位名称或统一社会信用代码"
    fields = [
        "name",
        "credit_code",
        "code_state",
        column("code_confirmed_by", "代码确认人"),
        "district_code",
        "industry",
        "size",
        "registered_on",
        "legal_representative",
        "address",
        "parent_name",
        "parent_code",
        "contact_name",
        "contact_phone",
        "contact_email",
        "prefilled_said",
        "created_at",
    ]
    readonly_fields = ["code_state", "prefilled_said"]
    inlines = [FormerNameInline, ParentLinkInline, MemberInline, QualityOfficerInline]
    acts = {
        "confirm_code": Act(
            "确认信用代码",
            actions.confirm_code,
            ReasonForm,
            Permission.ORGANISATION_CONFIRM_CODE,
            when=awaits_confirmation,
            done="信用代码已确认。",
            warning="该代码的校验位不正确。请下载营业执照扫描件核对，确认与执照一致后写明理由。",
        )
    }
    todos = {
        "code": Todo(
            "信用代码存疑，待核对执照",
            Role.SECRETARIAT,
            lambda rows, user: rows.filter(code_doubted=True, code_confirmed_by=None),
        )
    }

    @admin.display(description="代码核对")
    def code_state(self, organisation):
        if not organisation.code_doubted:
            return "校验位正确"
        return "校验位存疑，待确认" if awaits_confirmation(organisation) else "存疑，已与执照核对"

    @admin.display(description="自动带出")
    def prefilled_said(self, organisation):
        return "、".join(str(Organisation._meta.get_field(name).verbose_name) for name in organisation.prefilled)

    def get_urls(self):
        return [
            self.page("<path:object_id>/names/<int:former>/evidence/", self.name_evidence_view, "name_evidence"),
            self.page("<path:object_id>/evidence/", self.evidence_view, "evidence"),
            *super().get_urls(),
        ]

    def record_links(self, request, record):
        if not request.user.has_perm(Permission.ORGANISATION_CONFIRM_CODE, record):
            return []
        links = [
            (
                f"下载更名证明（{former.changed_on}）",
                reverse("admin:enterprises_organisation_name_evidence", args=[record.pk, former.pk]),
            )
            for former in former_names_of(record)
        ]
        if record.code_evidence_id:
            url = reverse("admin:enterprises_organisation_evidence", args=[record.pk])
            links.insert(0, ("下载营业执照扫描件", url))
        return links

    def evidence_view(self, request, object_id):
        """The scan handed in with a doubted code; the trail says who took it."""
        organisation = self.fetch(request, object_id)
        if organisation.code_evidence is None:
            raise Http404
        actions.log_evidence_reading(organisation, by=request.user)
        return download(organisation.code_evidence)

    def name_evidence_view(self, request, object_id, former):
        """The scan handed in with a change of name; the trail says who took it."""
        organisation = self.fetch(request, object_id)
        row = get_object_or_404(organisation.former_names.select_related("evidence", "organisation"), pk=former)
        actions.log_name_evidence_reading(row, by=request.user)
        return download(row.evidence)
