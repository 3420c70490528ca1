from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from awards.programmes.admin import edition_filter
from foshan_quality.office import Act, OfficeAdmin, Todo, column
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission, Role

from . import actions
from .models import CreditFinding
from .office_forms import ConfirmationForm, ExclusionForm
from .queries import judgements_of, others_of
from .verdict import Judged, Verdict

MARKS = {Verdict.OPEN: "act", Verdict.EXCLUDED_BY_ONE: "wait", Verdict.EXCLUDED: "done", Verdict.CONFIRMED: "stop"}


def said_already(outcome):
    """Why this person may not say the same again."""

    def hindrance(finding, user):
        said = any(row.judged_by_id == user.pk and row.outcome == outcome for row in finding.judgements.all())
        return "您已经作出过这个判断，须由另一名工作人员办理。" if said else ""

    return hindrance


class CurrentFilter(admin.SimpleListFilter):
    title, parameter_name = "核查情况", "verdict"

    def lookups(self, request, model_admin):
        return [("open", "待核查"), ("struck", "属实，待取消资格"), ("past", "已办结或记录已更正")]

    def queryset(self, request, queryset):
        match self.value():
            case "open":
                return queryset.unjudged()
            case "struck":
                return queryset.to_be_struck()
            case "past":
                return queryset.exclude(pk__in=queryset.model.objects.current().values("pk"))
        return queryset


@admin.register(CreditFinding)
class CreditFindingAdmin(OfficeAdmin):
    """Credit records that concern applications on their way: judged here, by one or by two."""

    change_form_template = "awards/standing/finding.html"
    list_display = [
        column("application.organisation.name", "申报单位", order="application__organisation__name"),
        "mark",
        column("application.number", "申报编号", order="application__number"),
        column("application.get_state_display", "申报状态", order="application__state"),
        column("record.kind_said", "类别", order="record__kind"),
        column("record.number", "文书号"),
        column("record.decided_on", "作出日期", order="record__decided_on"),
        "found_at",
    ]
    list_filter = [edition_filter("application__edition"), CurrentFilter, "record__kind"]
    search_fields = ["application__number", "application__organisation__name", "record__number"]
    search_help_text = "单位名称、申报编号或文书号"
    fields = [
        column("application.__str__", "申报"),
        column("application.get_state_display", "申报状态"),
        column("record.name", "记录中的单位名称"),
        column("record.credit_code", "统一社会信用代码"),
        column("record.kind_said", "类别"),
        column("record.number", "文书号"),
        column("record.authority", "作出机关"),
        column("record.decided_on", "作出日期"),
        column("record.ends_on", "有效期至"),
        column("record.repaired_on", "修复日期"),
        column("record.summary", "内容摘要"),
        column("record.source", "来源"),
        "found_at",
    ]
    list_acts = {
        "recheck": Act(
            "立即核对",
            actions.recheck,
            permission=Permission.FINDING_RAISE,
            done="核对完成，新发现的记录已列入下面的清单。",
            warning="把全部信用记录与在办的申报核对一遍；每天夜里和每次登记、导入之后也会自动核对。",
            back_to_list=True,
        )
    }
    acts = {
        "exclude": Act(
            "排除",
            actions.exclude,
            ExclusionForm,
            Permission.FINDING_JUDGE,
            when=lambda finding: finding.is_current and finding.verdict != Verdict.EXCLUDED,
            hindrance=said_already(Judged.EXCLUDED),
            done="已记录：排除。",
            warning="排除后这条记录不再妨碍受理、表决和公示；批准和支付须有两名工作人员分别排除。",
        ),
        "confirm": Act(
            "属实",
            actions.confirm,
            ConfirmationForm,
            Permission.FINDING_JUDGE,
            when=lambda finding: finding.is_current and finding.verdict != Verdict.CONFIRMED,
            hindrance=said_already(Judged.CONFIRMED),
            done="已记录：属实。请按下一步办理。",
            warning="属实的，未受理的申报应不予受理；已受理的由另一名工作人员取消资格；已获奖的停止支付。",
            is_grave=True,
        ),
        "disqualify": Act(
            "取消资格",
            actions.disqualify,
            ReasonForm,
            Permission.FINDING_JUDGE,
            when=lambda finding: finding.is_to_be_struck and finding.application.state in actions.WAYS_OUT,
            hindrance=lambda finding, user: (
                "您作出了属实的判断，须由另一名工作人员取消资格。"
                if any(r.judged_by_id == user.pk and r.outcome == Judged.CONFIRMED for r in finding.judgements.all())
                else ""
            ),
            done="已取消资格，申报不再列入名单。",
            warning="这份申报不再进入后面的步骤，不能恢复；名额空缺，不递补。",
            is_grave=True,
        ),
    }
    todos = {
        "judge": Todo("有新的信用记录涉及在评单位，待核查", Role.SECRETARIAT, lambda rows, user: rows.unjudged()),
        "second": Todo("信用核查待第二人复核", Role.SECRETARIAT, lambda rows, user: rows.for_second_look(user)),
        "strike": Todo("信用记录属实，待取消资格或不予受理", Role.SECRETARIAT, lambda rows, user: rows.to_be_struck()),
    }

    def get_queryset(self, request):
        along = ["application__organisation", "application__granted", "record__replacement"]
        found = super().get_queryset(request).select_related(*along)
        return found.prefetch_related("judgements")

    @admin.display(description="核查情况")
    def mark(self, finding):
        if not finding.is_current:
            return format_html('<span class="state state-done">{}</span>', "不必再核查")
        return format_html('<span class="state state-{}">{}</span>', MARKS[finding.verdict], finding.verdict)

    def record_context(self, request, record):
        return {"judgements": judgements_of(record), "mark": self.mark(record), "others": others_of(record)}

    def record_links(self, request, record):
        return [
            ("查看申报", self.record_url(record.application)),
            ("查看信用记录", reverse("admin:enterprises_creditrecord_change", args=[record.record_id])),
        ]
