from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.timezone import localtime
from django.views.decorators.http import require_safe

from awards.experts.own_admin import OwnAdmin
from awards.experts.queries import is_cleared
from awards.programmes.admin import edition_filter
from awards.programmes.phase_rules import Kind
from awards.reviews import paper
from awards.reviews.phase_queries import case_page, phase_of, takes_part
from awards.reviews.sheet_queries import FROZEN, freeze_of
from foshan_quality.lib import clock
from foshan_quality.office import Act, OfficeAdmin, Todo, column
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission, Role

from . import actions
from .minutes import minutes_of
from .models import Hearing, HearingCase
from .office_forms import CallForm, ChangeForm, MarkForm, ReopenForm
from .queries import editions_to_hear, has_marks, lines_of, mark_of, score_of, seats_of, with_panels


def is_going_on(hearing):
    phase = phase_of(hearing.edition_id, Kind.HEARING)
    return phase is not None and phase.is_open


def may_be_changed(hearing):
    return is_going_on(hearing) and not has_marks(hearing)


def is_being_heard(case):
    return case.hearing.state == Hearing.State.TOLD and takes_part(case.application, Kind.HEARING)


def is_marked(case):
    return is_being_heard(case) and any(mark_of(seat) for seat in seats_of(case))


def must_not_tell(hearing, user):
    """Why the applicants cannot be told yet."""
    return "开始时间已过，请先修改时间地点。" if hearing.begins_at < clock.now() else ""


def must_not_score(case, user):
    """Why the expert cannot mark yet."""
    if clock.today() < case.day:
        return f"答辩定于 {case.day}，当日起才能评分。"
    if freeze_of(case.hearing.edition):
        return FROZEN
    is_ready = is_cleared(user, case.hearing.edition)
    return "" if is_ready else "请先在“专家聘请”签署本届保密承诺书、声明利害关系。"


@admin.register(Hearing)
class HearingAdmin(OfficeAdmin):
    """Hearings: called, drawn and told by the secretariat."""

    change_form_template = "awards/hearings/schedule.html"
    list_display = [column("edition.__str__", "届次"), "begins_at", "place", "state_mark"]
    list_filter = ["state"]
    list_acts = {
        "call": Act(
            "召集陈述答辩",
            actions.call,
            CallForm,
            Permission.HEARING_RUN,
            done="已召集，次序已由系统抽签。请核对后告知申报单位。",
            warning="入围的申报都参加，次序由系统当场抽签，种子和结果留存，可以复算。",
        )
    }
    acts = {
        "tell_hearing": Act(
            "告知申报单位",
            actions.tell,
            when=is_going_on,
            hindrance=must_not_tell,
            done="已告知申报单位和专家。",
            warning="每家申报单位只看到本单位的时间和地点，看不到其他单位和次序。",
        ),
        "change": Act(
            "修改时间地点",
            actions.change,
            ChangeForm,
            Permission.HEARING_RUN,
            when=may_be_changed,
            is_aside=lambda hearing: hearing.begins_at >= clock.now() or hearing.state == Hearing.State.TOLD,
            done="时间地点已修改。",
            warning="次序不变；已告知申报单位的，重新告知。",
        ),
        "redraw": Act(
            "重新抽签",
            actions.redraw,
            ReasonForm,
            Permission.HEARING_RUN,
            when=may_be_changed,
            done="已重新抽签。",
            warning="原来的抽签留存，理由记入审计日志；已告知申报单位的，重新告知。",
            is_grave=True,
        ),
    }
    todos = {
        "tell": Todo(
            "陈述答辩待告知申报单位", Role.SECRETARIAT, lambda rows, user: rows.filter(state=Hearing.State.PLANNED)
        )
    }

    def begun_acts(self, user):
        """Nothing to call while no edition's phase is open for it."""
        return super().begun_acts(user) if editions_to_hear().exists() else {}

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows.select_related("edition__programme__honour_kind", "edition__rubric", "called_by")

    def get_fieldsets(self, request, obj=None):
        return []

    def record_context(self, request, record):
        cases = list(with_panels(record.cases.order_by("turn")))
        return {
            "cases": [(case, score_of(case)) for case in cases],
            "draws": record.draws.select_related("drawn_by"),
            "facts": [
                ("届次", record.edition),
                ("时段", record.sessions_said.replace("\n", "；")),
                ("每家", f"{record.minutes} 分钟"),
                ("地点", record.place),
                ("召集人", record.called_by),
                ("告知时间", record.told_at and f"{localtime(record.told_at):%Y-%m-%d %H:%M}"),
            ],
        }


@admin.register(HearingCase)
class HearingCaseAdmin(OwnAdmin):
    """The cases of hearings: marked by the experts of their panels, read by the secretariat."""

    change_form_template = "awards/hearings/case.html"
    list_display = [
        column("application.number", "申报编号", order="application__number"),
        column("application.organisation.name", "申报单位", order="application__organisation__name"),
        column("time", "时间", order="begins_at"),
        "marks_in",
        "score",
    ]
    list_filter = [edition_filter("application__edition")]
    search_fields = ["application__number", "application__organisation__name"]
    search_help_text = "申报编号或单位名称"
    acts = {
        "score": Act(
            "提交答辩评分",
            actions.submit_mark,
            MarkForm,
            Permission.HEARING_SCORE,
            when=is_being_heard,
            hindrance=must_not_score,
            done="答辩评分已提交。",
            warning="提交后锁定；确需修改时，由秘书处写明理由退回。",
        ),
        "reopen": Act(
            "退回答辩评分",
            actions.reopen_mark,
            ReopenForm,
            Permission.HEARING_RUN,
            when=is_marked,
            is_aside=True,
            done="已退回，专家已收到通知。",
            warning="退回后该专家的评分不再计入，须重新提交；理由会原样告知专家。",
        ),
    }
    todos = {
        "mark": Todo(
            "待提交的答辩评分",
            Role.EXPERT,
            lambda rows, user: (
                rows.filter(hearing__edition__phases__kind="hearing", hearing__edition__phases__state="open")
                .filter(begins_at__date__lte=clock.today())
                .exclude(
                    application__in=user.assignments.filter(hearing_mark__submitted_at__isnull=False).values(
                        "application"
                    )
                )
            ),
        )
    }

    def get_queryset(self, request):
        rows = with_panels(super().get_queryset(request))
        return rows.select_related("application__organisation", "hearing__edition__programme__honour_kind")

    def get_fieldsets(self, request, obj=None):
        return []

    def get_urls(self):
        return [self.page("<path:object_id>/minutes/", self.minutes_view, "minutes"), *super().get_urls()]

    @admin.display(description="已评／应评")
    def marks_in(self, case):
        seats = seats_of(case)
        return f"{sum(mark_of(seat) is not None for seat in seats)}／{len(seats)}"

    @admin.display(description="答辩得分")
    def score(self, case):
        found = score_of(case)
        return "—" if found is None else found

    def open_acts(self, user, record):
        """Whoever has submitted does not again."""
        acts = super().open_acts(user, record)
        done = any(seat.expert_id == user.pk and mark_of(seat) for seat in seats_of(record))
        return {name: act for name, act in acts.items() if not (done and name == "score")}

    def record_links(self, request, record):
        case = case_page(record.application, request.user)
        if not request.user.has_perm(Permission.HEARING_RUN):
            return case
        return [("陈述答辩纪要（PDF）", reverse("admin:awards_hearingcase_minutes", args=[record.pk])), *case]

    def record_context(self, request, record):
        actions.log_reading(record, by=request.user)
        return {
            "lines": lines_of(record, request.user),
            "facts": [
                ("申报编号", record.application.number),
                ("申报单位", record.application.organisation.name),
                ("时间", record.time),
                ("地点", record.hearing.place),
                ("答辩得分", score_of(record)),
            ],
        }

    @method_decorator(require_safe)
    def minutes_view(self, request, object_id):
        """The minutes on paper, with lines to sign on; for the secretariat."""
        case = self.fetch(request, object_id)
        if not request.user.has_perm(Permission.HEARING_RUN):
            raise PermissionDenied(Permission.HEARING_RUN)
        actions.log_printing(case, by=request.user)
        pdf = paper.draw("awards/hearings/print_minutes.html", **minutes_of(case))
        return paper.handed_out(pdf, f"{case.application.number}陈述答辩纪要")
