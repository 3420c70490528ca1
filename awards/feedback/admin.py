from django.contrib import admin
from django.utils.timezone import localtime

from awards.experts.own_admin import OwnAdmin
from awards.programmes.admin import edition_filter
from awards.reviews.phase_queries import case_page
from foshan_quality.office import Act, Todo, column
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission, Role

from . import actions
from .models import FeedbackReport
from .office_forms import DraftForm, ReleaseForm, WriteForm
from .queries import editions_to_draft, editions_to_release, parts_of, telling, too_early

S = FeedbackReport.State


def must_be_rewritten(record, user):
    """Why the report cannot go on: it says something nobody may be told, or nothing at all."""
    found = [f"{category}：“{words}”" for category, words in telling(record)]
    if found:
        return f"下列内容涉及评分或者专家身份，须由组长改写：{'；'.join(found)}。"
    is_empty = not any(part.strengths or part.improvements for part in parts_of(record))
    return "反馈报告还没有内容。" if is_empty else ""


def must_wait(record, user):
    """Why the report cannot be released yet."""
    return too_early(record.application.edition)


@admin.register(FeedbackReport)
class FeedbackReportAdmin(OwnAdmin):
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
            warning="写给申报单位看：不写评分和百分比，不写任何专家的姓名和单位；写到的，提交核准之前会逐处指出。",
        ),
        "hand_in_feedback": Act(
            "提交核准",
            actions.hand_in,
            hindrance=must_be_rewritten,
            is_aside=True,
            done="已提交秘书处核准。",
            warning="提交后由秘书处核准，不能再修改。",
        ),
        "approve_feedback": Act(
            "核准",
            actions.approve,
            hindrance=must_be_rewritten,
            done="已核准，到发放日期后可以发放。",
            warning="核准后内容即为申报单位所见。",
        ),
        "send_back_feedback": Act("退回组长修改", actions.send_back, ReasonForm, is_aside=True, done="已退回组长。"),
        "release_feedback": Act(
            "发放",
            actions.release,
            hindrance=must_wait,
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
        people = ["drafted_by", "approved_by", "released_by"]
        return rows.select_related("application__edition__programme__honour_kind", *people)

    def begun_acts(self, user):
        """Nothing to draft while no review is complete, nothing to release before something is approved."""
        acts = super().begun_acts(user)
        waiting = {"draft": editions_to_draft, "release": editions_to_release}
        return {name: act for name, act in acts.items() if waiting[name]().exists()}

    def get_fieldsets(self, request, obj=None):
        return []

    def record_links(self, request, record):
        return case_page(record.application, request.user)

    def record_context(self, request, record):
        actions.log_reading(record, by=request.user)
        day = record.application.edition.settled.get("feedback_on")
        may_name = request.user.has_perm(Permission.FEEDBACK_APPROVE)
        return {
            "parts": parts_of(record),
            "facts": [
                ("申报编号", record.application.number),
                ("申报单位", record.application.organisation.name),
                ("本届发放日期", day or "不发放"),
                ("初稿", _said(may_name and record.drafted_by, record.drafted_at)),
                ("核准", _said(may_name and record.approved_by, record.approved_at)),
                ("发放", _said(may_name and record.released_by, record.released_at)),
            ],
        }


def _said(person, moment):
    said = moment and f"{localtime(moment):%Y-%m-%d %H:%M}"
    return f"{person}，{said}" if moment and person else said
