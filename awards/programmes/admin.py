from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from foshan_quality.lib import clock
from foshan_quality.office import Act, OfficeAdmin, OfficeInline, Todo, column
from foshan_quality.permissions import Permission, Role

from . import actions
from .models import CalendarDay, Edition, EditionRule
from .office_forms import DayForm, PrepareForm, PublishForm, RuleForm, WindowForm


def is_in_preparation(edition):
    return edition.state == Edition.State.PREPARING


class RuleInline(OfficeInline):
    model = EditionRule
    fields = ["key", "value", "document", "article", "is_confirmed", "change"]
    readonly_fields = ["change"]

    @admin.display(description="修改")
    def change(self, rule):
        if not is_in_preparation(rule.edition):
            return "已冻结"
        url = reverse("admin:awards_edition_act", args=[rule.edition_id, "set_rule"])
        return format_html('<a href="{}?key={}">修改<span class="visually-hidden">{}</span></a>', url, rule.key, rule)


@admin.register(Edition)
class EditionAdmin(OfficeAdmin):
    """The call: prepared with its rules and their basis, published with its approval, opened, ended."""

    list_display = ["__str__", "state_mark", "opens_at", "closes_at", "approval_number"]
    list_filter = ["state", "programme", "is_rehearsal"]
    list_select_related = ["programme__honour_kind"]
    fields = [
        column("programme.__str__", "奖项"),
        "year",
        "ordinal",
        column("rubric.__str__", "评分准则"),
        "opens_at",
        "closes_at",
        "approval_number",
        "approved_on",
        "is_rehearsal",
    ]
    inlines = [RuleInline]
    list_acts = {
        "prepare": Act("筹备新一届", actions.prepare, PrepareForm, Permission.EDITION_PREPARE, done="已建立，尚未公告。")
    }
    acts = {
        "set_window": Act(
            "调整申报时间",
            actions.set_window,
            WindowForm,
            Permission.EDITION_PREPARE,
            when=is_in_preparation,
            done="申报时间已保存。",
        ),
        "set_rule": Act(
            "修改规则",
            actions.set_rule,
            RuleForm,
            Permission.EDITION_PREPARE,
            when=is_in_preparation,
            done="规则已保存。",
        ),
        "publish": Act(
            "发布申报公告",
            actions.publish,
            PublishForm,
            done="申报公告已发布。",
            warning="发布后公众可见，规则和申报时间冻结，不能再修改。没有批准文号不能发布。",
            is_grave=True,
        ),
        "open": Act(
            "开放申报",
            actions.open_call,
            done="申报已开放，由系统时间判断是否在申报期内。",
            warning="开放后，申报单位在申报时间内可以填报和提交。",
        ),
        "start_review": Act(
            "结束申报、进入评审",
            actions.start_review,
            done="已进入评审。",
            warning=lambda edition: f"本届将不再接受新的提交。本届现有申报（含草稿）{edition.applications.count()} 份。",
            is_grave=True,
        ),
    }
    todos = {
        "publish": Todo("筹备中的届次，待发布", Role.SECRETARIAT, lambda rows, user: rows.filter(state="preparing")),
        "open": Todo(
            "已到申报开始时间，待开放",
            Role.SECRETARIAT,
            lambda rows, user: rows.filter(state="published", opens_at__lte=clock.now()),
        ),
        "start_review": Todo(
            "申报已截止，待进入评审",
            Role.SECRETARIAT,
            lambda rows, user: rows.filter(state="open", closes_at__lte=clock.now()),
        ),
    }


@admin.register(CalendarDay)
class CalendarDayAdmin(OfficeAdmin):
    """The working calendar all day counts use."""

    list_display = ["day", "is_working", "source", "changed_at", column("changed_by", "修改人")]
    list_filter = ["is_working"]
    list_select_related = ["changed_by"]
    date_hierarchy = "day"
    fields = ["day", "is_working", "source", "changed_at", column("changed_by", "修改人")]
    list_acts = {
        "set": Act(
            "设置一天",
            actions.set_calendar_day,
            DayForm,
            Permission.CALENDAR_EDIT,
            done="工作日历已保存。",
            warning="已经发布的公示期不随日历变动。",
        )
    }
    acts = {
        "set": Act(
            "更正",
            lambda record, **given: actions.set_calendar_day(record.day, **given),
            DayForm,
            Permission.CALENDAR_EDIT,
            done="工作日历已保存。",
            warning="已经发布的公示期不随日历变动。",
        )
    }
