"""The office's pages about scoring as a whole: the switch that stops it, putting scores back, who opened what."""

from django.contrib import admin

from awards.programmes.admin import edition_filter
from enterprises.audit.words import VERBS
from foshan_quality.office import Act, OfficeAdmin, column
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission

from . import sheet_actions
from .sheet_forms import FreezeForm, RestoreForm
from .sheet_models import READS, Reading, ScoringFreeze


def in_force(record):
    return record.state == ScoringFreeze.State.IN_FORCE


def own_freeze(record, user):
    """Why somebody cannot put scores back."""
    return "评分由您冻结，须由另一人恢复。" if record.frozen_by_id == user.pk else ""


@admin.register(ScoringFreeze)
class ScoringFreezeAdmin(OfficeAdmin):
    """Freezes of scoring, past and present, and what may be done while one is in force."""

    list_display = [
        column("edition.__str__", "届次", order="edition"),
        "state_mark",
        "frozen_at",
        "frozen_by",
        "lifted_at",
    ]
    list_select_related = ["edition__programme__honour_kind", "frozen_by"]
    list_filter = [edition_filter("edition"), "state"]
    ordering = ["-pk"]
    fields = [
        column("edition.__str__", "届次"),
        "frozen_at",
        "frozen_by",
        "reason",
        "lifted_at",
        "lifted_by",
        "lift_reason",
    ]
    list_acts = {
        "freeze": Act(
            "冻结评分",
            sheet_actions.freeze,
            FreezeForm,
            Permission.SCORING_FREEZE,
            done="已冻结。从现在起本届任何评分都不能保存。",
            warning="冻结立即生效：本届所有专家的评分都不能保存、提交或退回，直到解除。已填在页面上的内容不会丢失。",
            is_grave=True,
        )
    }
    acts = {
        "lift_freeze": Act(
            "解除冻结",
            sheet_actions.lift,
            ReasonForm,
            done="已解除，专家可以继续评分。",
            warning="解除后本届专家立即可以继续保存和提交评分。",
        ),
        "restore": Act(
            "恢复评分",
            sheet_actions.restore,
            RestoreForm,
            Permission.SCORES_RESTORE,
            when=in_force,
            hindrance=own_freeze,
            done="已恢复。各评分表都记为新的版本，此前的内容仍留存。",
            warning="把评分表恢复到某一时刻的内容。恢复也是一次保存：不删除任何记录，可以再恢复回来。"
            "合议已经关闭的申报不在其内，须在冻结之前先退回合议。",
            is_grave=True,
            template="awards/reviews/restore.html",
        ),
    }

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(Permission.FREEZE_VIEW)

    def has_module_permission(self, request):
        return self.has_view_permission(request)


class ReadingVerbFilter(admin.SimpleListFilter):
    title, parameter_name = "动作", "verb"

    def lookups(self, request, model_admin):
        return [(verb, VERBS[verb]) for verb in READS]

    def queryset(self, request, queryset):
        return queryset.filter(verb=self.value()) if self.value() else queryset


@admin.register(Reading)
class ReadingAdmin(OfficeAdmin):
    """Who opened which dossier and whose marks, from the trail."""

    list_display = ["at", "actor_name", "act", "target_name", "note", "address"]
    list_filter = [ReadingVerbFilter]
    search_fields = ["target_name", "actor_name", "note"]
    search_help_text = "申报编号、单位名称、查阅人或文件名"
    date_hierarchy = "at"
    ordering = ["-seq"]
    fields = ["at", "actor_name", "act", "target_name", "note", "address"]

    @admin.display(description="动作")
    def act(self, reading):
        return VERBS[reading.verb]

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(Permission.READING_VIEW)

    def has_module_permission(self, request):
        return self.has_view_permission(request)
