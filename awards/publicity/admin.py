from django.contrib import admin

from awards.programmes.admin import edition_filter
from foshan_quality.office import Act, OfficeAdmin, Todo, column
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission, Role

from . import actions
from .models import Notice, Objection
from .office_forms import FindingForm, NoticeForm, ObjectionForm


def window_said(notice):
    rules = notice.edition.settled
    start = "当日" if rules["notice_first_day_counted"] else "次日"
    return (
        f"发布后立即对公众可见，公示 {len(notice.names)} 家，期限 {rules['notice_days']} 个工作日（{start}起算），"
        "名单和正文不能再修改。请与表决结果逐一核对名称。"
    )


@admin.register(Notice)
class NoticeAdmin(OfficeAdmin):
    """The notice of the proposed list: drawn up by one, released by another."""

    change_form_template = "awards/decisions/notice.html"
    list_display = [
        "title",
        column("edition.__str__", "届次"),
        "state_mark",
        "first_day",
        "last_day",
        column("drafted_by.__str__", "拟定人"),
    ]
    list_filter = [edition_filter(), "state"]
    list_select_related = ["edition__programme__honour_kind", "drafted_by"]
    fields = [
        column("edition.__str__", "届次"),
        "first_day",
        "last_day",
        "working_days",
        column("drafted_by.__str__", "拟定人"),
        "published_at",
        column("published_by", "发布人"),
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
            hindrance=lambda notice, user: (
                "您是拟定人，须由另一名工作人员核对后发布。" if notice.drafted_by_id == user.pk else ""
            ),
            done="公示已发布。",
            warning=window_said,
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

    def record_links(self, request, record):
        is_public = record.state == Notice.State.PUBLISHED
        return [("查看公众页面", record.get_absolute_url())] if is_public else []


@admin.register(Objection)
class ObjectionAdmin(OfficeAdmin):
    """Real-name objections. Private: only the secretariat sees who objects."""

    list_display = [
        "receipt",
        column("application.organisation.name", "被异议的单位"),
        "objector",
        "state_mark",
        "received_at",
    ]
    list_filter = [edition_filter("notice__edition"), "state"]
    list_select_related = ["application__organisation"]
    search_fields = ["receipt", "objector", "application__organisation__name"]
    search_help_text = "回执号、异议人或单位名称"
    fields = [
        "receipt",
        column("notice.title", "公示"),
        column("application.__str__", "申报"),
        "objector",
        "contact",
        "grounds",
        "received_at",
        column("recorded_by", "登记人（网上提出的为空）"),
        "finding",
        "decided_at",
        column("decided_by", "作出人"),
    ]
    list_acts = {
        "record": Act(
            "登记书面异议", actions.object_to, ObjectionForm, Permission.OBJECTION_DECIDE, done="异议已登记。"
        )
    }
    acts = {
        "dismiss": Act("异议不成立", actions.dismiss, FindingForm, done="已作出结论：异议不成立。"),
        "uphold": Act(
            "异议成立",
            actions.uphold,
            FindingForm,
            done="已作出结论：异议成立，该单位已从名单中去除。",
            warning="异议成立后，只有该单位从拟奖名单中去除，不能恢复；名额空缺，不递补。",
            is_grave=True,
        ),
    }
    todos = {
        "decide": Todo("异议待核查", Role.SECRETARIAT, lambda rows, user: rows.filter(state=Objection.State.RECEIVED))
    }
