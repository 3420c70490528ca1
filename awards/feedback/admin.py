from django.contrib import admin

from awards.programmes.admin import edition_filter
from awards.reviews.phase_queries import case_page
from foshan_quality.office import Act, OfficeAdmin, Todo, column
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission, Role

from . import actions
from .models import FeedbackReport
from .office_forms import DraftForm, ReleaseForm, WriteForm
from .queries import parts_of

S = FeedbackReport.State


@admin.register(FeedbackReport)
class FeedbackReportAdmin(OfficeAdmin):
    """Feedback to applicants: edited by the head of the panel, approved and released by the secretariat."""

    change_form_template = "awards/feedback/report.html"
    list_display = [
        column("application.number", "申报编号", order="application__number"),
        column("application.organisation.name", "申报单位", order="application__organisation__name"),
        "state_mark",
        "released_at",
    ]
    list_filter = [edition_filter("application__edition"), "state"]
    list_select_related = ["application__organisation"]
    search_fields = ["application__number", "application__organisation__name"]
    search_help_text = "申报编号或单位名称"
    list_acts = {
        "draft": Act(
            "生成反馈报告初稿",
            actions.draft_all,
            DraftForm,
            Permission.FEEDBACK_APPROVE,
            done="初稿已生成，由各评审组组长修改。",
            warning="从已提交的评分表摘录优势与改进机会，不含评分和专家姓名。",
            back_to_list=True,
        ),
        "release": Act(
            "发放反馈报告",
            actions.release_all,
            ReleaseForm,
            Permission.FEEDBACK_APPROVE,
            done="已发放，申报单位已收到通知。",
            warning="发放后申报单位即可查看，不能收回。",
            is_grave=True,
            back_to_list=True,
        ),
    }
    acts = {
        "write": Act(
            "修改反馈报告",
            actions.write,
            WriteForm,
            Permission.FEEDBACK_WRITE,
            when=lambda record: record.state == S.DRAFT,
            done="已保存。",
        ),
        "hand_in_feedback": Act(
            "提交核准", actions.hand_in, done="已提交秘书处核准。", warning="提交后由秘书处核准，不能再修改。"
        ),
        "approve_feedback": Act(
            "核准", actions.approve, done="已核准，到发放日期后可以发放。", warning="核准后内容即为申报单位所见。"
        ),
        "send_back_feedback": Act("退回组长修改", actions.send_back, ReasonForm, done="已退回组长。"),
        "release_feedback": Act(
            "发放",
            actions.release,
            done="已发放，申报单位已收到通知。",
            warning="发放后申报单位即可查看，不能收回。",
            is_grave=True,
        ),
    }
    todos = {
        "write": Todo("反馈报告待组长修改", Role.EXPERT, lambda rows, user: rows.filter(state=S.DRAFT)),
        "approve": Todo("反馈报告待核准", Role.SECRETARIAT, lambda rows, user: rows.filter(state=S.HANDED_IN)),
        "release": Todo("反馈报告待发放", Role.SECRETARIAT, lambda rows, user: rows.filter(state=S.APPROVED)),
    }

    def get_queryset(self, request):
        rows = super().get_queryset(request).select_related("application__organisation")
        return rows.select_related("application__edition__programme__honour_kind")

    def get_fieldsets(self, request, obj=None):
        return []

    def record_links(self, request, record):
        return case_page(record.application, request.user)

    def record_context(self, request, record):
        actions.log_reading(record, by=request.user)
        day = record.application.edition.settled.get("feedback_on")
        return {
            "parts": parts_of(record),
            "facts": [
                ("申报编号", record.application.number),
                ("申报单位", record.application.organisation.name),
                ("本届发放日期", day or "不发放"),
                ("核准人", record.approved_by if request.user.has_perm(Permission.FEEDBACK_APPROVE) else None),
                ("发放时间", record.released_at),
            ],
        }
