"""The dossier as staff see it. Registered by the reviews, which add the panel to this page."""

from django.contrib import admin

from awards.process import APPLICATION, State
from awards.programmes.admin import edition_filter
from enterprises.districts import District
from foshan_quality.lib import clock
from foshan_quality.office import Act, OfficeAdmin, Todo, column
from foshan_quality.permissions import Role

from . import actions
from .office_forms import CorrectionForm, RefusalForm
from .queries import screening_history, submitted_dossier


class DistrictFilter(admin.SimpleListFilter):
    title, parameter_name = "所在区", "district"

    def lookups(self, request, model_admin):
        return District.choices

    def queryset(self, request, queryset):
        return queryset.filter(organisation__district_code=self.value()) if self.value() else queryset


class ApplicationAdmin(OfficeAdmin):
    """Handed-in dossiers, frozen: screened here, never edited."""

    workflow = APPLICATION
    change_form_template = "awards/reviews/application.html"
    list_display = [
        column("number", "申报编号", order="number"),
        column("organisation.name", "申报单位", order="organisation__name"),
        column("organisation.get_district_code_display", "所在区", order="organisation__district_code"),
        "state_mark",
        "submitted_at",
        "correct_by",
    ]
    list_filter = [edition_filter(), "state", DistrictFilter]
    list_select_related = ["organisation"]
    search_fields = ["number", "organisation__name", "organisation__credit_code"]
    search_help_text = "申报编号、单位名称或统一社会信用代码"
    ordering = ["-submitted_at"]
    fields = [
        "number",
        column("edition.__str__", "届次"),
        column("organisation.name", "申报单位"),
        column("organisation.get_district_code_display", "所在区"),
        "submitted_at",
        column("submitted_by.__str__", "提交人"),
        "correct_by",
    ]
    acts = {
        "accept": Act("受理", actions.accept, done="已受理，进入评审。", warning="受理后申报内容冻结，进入评审。"),
        "return_for_correction": Act(
            "退回补正",
            actions.return_for_correction,
            CorrectionForm,
            done="已退回补正，申报单位已收到通知。",
            warning=lambda record: (
                f"申报单位将有 {record.edition.settled['correction_days']} 个工作日补正（退回次日起算），逾期视为放弃。"
            ),
        ),
        "refuse": Act(
            "不予受理",
            actions.refuse,
            RefusalForm,
            done="已作出不予受理决定，申报单位已收到通知。",
            warning="不予受理后，这份申报在本届终止，不能恢复。",
            is_grave=True,
        ),
    }
    todos = {
        "screen": Todo("申报待资格审查", Role.SECRETARIAT, lambda rows, user: rows.filter(state=State.SUBMITTED)),
        "overdue": Todo(
            "补正已逾期，待处理",
            Role.SECRETARIAT,
            lambda rows, user: rows.filter(state=State.RETURNED, correct_by__lt=clock.today()),
        ),
    }

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("organisation", "edition", "submitted_by")

    def record_context(self, request, record):
        actions.log_reading(record, by=request.user, what="申报书")
        return {"dossier": submitted_dossier(record), "screenings": screening_history(record)}
