from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from foshan_quality.lib import clock
from foshan_quality.lib.forms import typed_number
from foshan_quality.lib.words import paper_moment
from foshan_quality.office import Act, OfficeAdmin, OfficeInline, Todo, column
from foshan_quality.permissions import Permission, Role

from . import actions
from .models import CalendarDay, CatalogueLine, Condition, Edition, EditionRule, WindowChange, WindowProposal
from .office_forms import (
    ConditionForm,
    DayForm,
    DecideWindowForm,
    DocumentLineForm,
    DropLineForm,
    DropSampleForm,
    MoveWindowForm,
    PrepareForm,
    PublishForm,
    RuleForm,
    SampleForm,
    WindowForm,
)
from .queries import applying_firms


def is_in_preparation(edition):
    return edition.state == Edition.State.PREPARING


def may_move_window(edition):
    return edition.state in {Edition.State.PUBLISHED, Edition.State.OPEN} and edition.open_window_proposal is None


def has_window_proposal(edition):
    return edition.open_window_proposal is not None


def effect_said(edition):
    """What moving the close will do, in numbers."""
    firms, unsubmitted = applying_firms(edition)
    return f"将通知 {firms} 家单位，其中 {unsubmitted} 家尚未提交。"


def proposal_said(edition):
    """The proposal that waits, as the second person must read it."""
    waiting = edition.open_window_proposal
    if waiting is None:
        return "现在没有待确认的变更。"
    return format_html(
        "申报截止时间由 {} <strong>{}</strong>至 <strong>{}</strong>。<br>文号：{}<br>理由：{}<br>提出：{}，{}<br>{}",
        paper_moment(waiting.closes_before),
        waiting.words,
        paper_moment(waiting.closes_at),
        waiting.document,
        waiting.reason,
        waiting.proposed_by,
        paper_moment(waiting.proposed_at),
        effect_said(edition),
    )


def why_not_confirm(edition, user):
    waiting = edition.open_window_proposal
    return "变更由您提出，须由另一人确认。" if waiting and waiting.proposed_by_id == user.pk else ""


def waiting_for(rows, user):
    """Editions with a proposed change of the close that this person may confirm."""
    proposals = WindowProposal.objects.filter(state=WindowProposal.State.PROPOSED).exclude(proposed_by=user)
    return rows.filter(pk__in=proposals.values("edition"))


def edition_filter(path="edition"):
    """A list filter by edition. One query for its choices."""

    class EditionFilter(admin.SimpleListFilter):
        title, parameter_name = "届次", "edition"

        def lookups(self, request, model_admin):
            return [(e.pk, str(e)) for e in Edition.objects.select_related("programme__honour_kind")]

        def queryset(self, request, queryset):
            chosen = typed_number(str(self.value() or ""))  # a number where the office counts its choices
            return queryset if chosen is None else queryset.filter(**{path: chosen})

    return EditionFilter


class RuleInline(OfficeInline):
    model = EditionRule
    fields = ["key", "value", "document", "article", "standing", "change"]
    readonly_fields = ["standing", "change"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("edition")

    @admin.display(description="性质")
    def standing(self, rule):
        return "本市规定" if rule.is_confirmed else "参考值"

    @admin.display(description="修改")
    def change(self, rule):
        return change_link(rule.edition, "set_rule", rule)


class CatalogueInline(OfficeInline):
    model = CatalogueLine
    fields = ["label", "hint", "formats_said", "limits", "demands", "sample_name", "change"]
    readonly_fields = ["formats_said", "limits", "demands", "sample_name", "change"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("edition", "sample")

    @admin.display(description="样表")
    def sample_name(self, line):
        return line.sample.name if line.sample else "无"

    @admin.display(description="格式")
    def formats_said(self, line):
        return line.kind.formats_said

    @admin.display(description="单个文件")
    def limits(self, line):
        return f"不超过 {line.max_megabytes} MB、{line.max_pages} 页"

    @admin.display(description="要求")
    def demands(self, line):
        many = "可传多个文件" if line.takes_many else "一个文件"
        return "，".join(
            filter(None, ["必交" if line.is_required else "选交", "须盖章" if line.is_stamped else "", many])
        )

    @admin.display(description="修改")
    def change(self, line):
        return change_link(line.edition, "set_document_line", line)


class ConditionInline(OfficeInline):
    model = Condition
    fields = ["question", "value", "proof", "document", "article", "standing", "change"]
    readonly_fields = ["standing", "change"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("edition")

    @admin.display(description="性质")
    def standing(self, condition):
        return "本市规定" if condition.is_confirmed else "由本届申报通知规定"

    @admin.display(description="修改")
    def change(self, condition):
        return change_link(condition.edition, "set_condition", condition)


def change_link(edition, act, row):
    """The link to change one row of an edition in preparation; afterwards the word that it cannot be."""
    if not is_in_preparation(edition):
        return "已冻结"
    url = reverse("admin:awards_edition_act", args=[edition.pk, act])
    return format_html('<a href="{}?key={}">修改<span class="visually-hidden">{}</span></a>', url, row.key, row)


class WindowChangeInline(OfficeInline):
    """How the close was moved, newest first."""

    model = WindowChange
    fields = [
        "closes_before",
        "closes_at",
        "document",
        "reason",
        column("proposed_by.__str__", "提出人"),
        column("confirmed_by.__str__", "确认人"),
        "changed_at",
    ]
    readonly_fields = fields

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("proposed_by", "confirmed_by")


@admin.register(Edition)
class EditionAdmin(OfficeAdmin):
    """The call: prepared with its rules and their basis, published with its approval, opened, ended."""

    list_display = ["__str__", "state_mark", "opens_at", "closes_at", "approval_number"]
    list_filter = ["state", "is_rehearsal"]
    fields = [
        column("programme.__str__", "奖项"),
        "year",
        "ordinal",
        column("rubric.__str__", "评分准则"),
        "opens_at",
        "closes_at",
        "approval_number",
        "approved_on",
        column("is_rehearsal", "演练"),
    ]
    inlines = [WindowChangeInline, RuleInline, CatalogueInline, ConditionInline]
    list_acts = {
        "prepare": Act(
            "筹备新一届", actions.prepare, PrepareForm, Permission.EDITION_PREPARE, done="已建立，尚未公告。"
        )
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
        "set_document_line": Act(
            "修改材料清单",
            actions.set_document_line,
            DocumentLineForm,
            Permission.EDITION_PREPARE,
            when=is_in_preparation,
            done="材料清单已保存。",
        ),
        "set_sample_form": Act(
            "上传样表",
            actions.set_sample_form,
            SampleForm,
            Permission.EDITION_PREPARE,
            when=is_in_preparation,
            done="样表已保存，申报单位在“证明材料”页下载。",
        ),
        "drop_sample_form": Act(
            "删除样表",
            actions.drop_sample_form,
            DropSampleForm,
            Permission.EDITION_PREPARE,
            when=lambda record: is_in_preparation(record) and record.catalogue.exclude(sample=None).exists(),
            done="样表已删除。",
        ),
        "drop_document_line": Act(
            "删除材料一项",
            actions.drop_document_line,
            DropLineForm,
            Permission.EDITION_PREPARE,
            when=is_in_preparation,
            done="已从材料清单删除。",
        ),
        "set_condition": Act(
            "修改自测条件",
            actions.set_condition,
            ConditionForm,
            Permission.EDITION_PREPARE,
            when=is_in_preparation,
            done="自测条件已保存。",
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
        "propose_window": Act(
            "提出截止时间变更",
            actions.propose_window,
            MoveWindowForm,
            Permission.EDITION_PUBLISH,
            when=may_move_window,
            done="已提出，等待另一人确认；确认前截止时间不变。",
            warning=lambda edition: f"可以延长，也可以提前。由另一人确认后立即生效，{effect_said(edition)}",
            is_grave=True,
        ),
        "confirm_window": Act(
            "确认截止时间变更",
            actions.confirm_window,
            DecideWindowForm,
            Permission.EDITION_PUBLISH,
            when=has_window_proposal,
            hindrance=why_not_confirm,
            done="截止时间已变更，立即生效，申报单位已通知。",
            warning=proposal_said,
            is_grave=True,
        ),
        "drop_window": Act(
            "作废截止时间变更",
            actions.drop_window,
            DecideWindowForm,
            Permission.EDITION_PUBLISH,
            when=has_window_proposal,
            done="已作废，截止时间不变。",
            warning=proposal_said,
        ),
        "start_review": Act(
            "结束申报、进入评审",
            actions.start_review,
            done="已进入评审。",
            warning=lambda edition: (
                f"本届将不再接受新的提交。本届现有申报（含草稿）{edition.applications.count()} 份。"
            ),
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
        "confirm_window": Todo("截止时间变更，待确认", Role.SECRETARIAT, waiting_for),
        "start_review": Todo(
            "申报已截止，待进入评审",
            Role.SECRETARIAT,
            lambda rows, user: rows.filter(state="open", closes_at__lte=clock.now()),
        ),
    }

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("programme__honour_kind", "rubric")


@admin.register(CalendarDay)
class CalendarDayAdmin(OfficeAdmin):
    """The working calendar all day counts use."""

    list_display = ["day", "work", "source", "changed_at", column("changed_by", "修改人")]
    list_filter = ["is_working"]
    list_select_related = ["changed_by"]
    date_hierarchy = "day"
    fields = ["day", "work", "source", "changed_at", column("changed_by", "修改人")]
    readonly_fields = ["work"]
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

    @admin.display(description="当天", ordering="is_working")
    def work(self, record):
        return "上班" if record.is_working else "放假"
