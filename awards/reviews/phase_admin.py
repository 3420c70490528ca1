from django.contrib import admin

from awards.programmes.admin import edition_filter
from awards.programmes.models import Edition
from foshan_quality.office import Act, OfficeAdmin, column
from foshan_quality.office_forms import ReasonForm

from . import phase_actions
from .phase_models import ReviewPhase
from .phase_queries import former_phase, taking_part, unfinished_said


def is_in_review(phase):
    """Whether the edition's review goes on; what was publicised rests on phases that stay as they are."""
    return phase.edition.state == Edition.State.REVIEW


def must_not_open(phase, user):
    """Why the phase cannot begin yet."""
    former = former_phase(phase)
    if former and former.state == ReviewPhase.State.WAITING:
        return f"{former.get_kind_display()}还没有开始。"
    return "" if taking_part(phase).exists() else "还没有参加本阶段的申报。"


def must_not_close(phase, user):
    """Why the phase cannot end yet."""
    return unfinished_said(phase)


@admin.register(ReviewPhase)
class ReviewPhaseAdmin(OfficeAdmin):
    """The phases of each edition's review: who scores, what may be seen when, and how far they are."""

    list_display = [
        column("get_kind_display", "阶段", order="position"),
        column("edition.__str__", "届次"),
        "weight",
        "cases",
        "peers_seen",
        "state_mark",
    ]
    list_filter = [edition_filter(), "state"]
    list_select_related = ["edition__programme__honour_kind"]
    fields = [
        "edition",
        "kind",
        "position",
        "weight",
        "cases",
        "scored_by",
        "peers_seen",
        "opened_at",
        "opened_by",
        "closed_at",
        "closed_by",
    ]
    acts = {
        "open_phase": Act(
            "开始本阶段",
            phase_actions.open_phase,
            when=is_in_review,
            hindrance=must_not_open,
            done="本阶段已开始。",
            warning="开始后，参加的申报评分齐全的即可办理本阶段。",
        ),
        "close_phase": Act(
            "结束本阶段",
            phase_actions.close_phase,
            when=is_in_review,
            hindrance=must_not_close,
            done="本阶段已结束。",
            warning="结束后本阶段的评分、合议和现场记录都不能再修改。",
            is_grave=True,
        ),
        "reopen_phase": Act(
            "重新进行本阶段",
            phase_actions.reopen_phase,
            ReasonForm,
            when=is_in_review,
            done="本阶段重新进行。",
            warning="用于结束之后才发现利害关系等须重新评分或者合议的情形；理由记入审计日志。",
            is_grave=True,
        ),
    }

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("edition__programme__honour_kind", "opened_by", "closed_by")
