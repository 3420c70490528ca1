from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.timezone import localtime
from django.views.decorators.http import require_safe

from awards.experts.own_admin import OwnAdmin
from awards.process import State
from awards.programmes.admin import edition_filter
from awards.programmes.phase_rules import Kind
from awards.reviews import paper
from awards.reviews.models import Assignment
from awards.reviews.phase_queries import case_page, goes_on, has_ended, phases_of, seat_page
from awards.reviews.sheet_queries import FROZEN
from foshan_quality.lib.problems import Refused, WrongState
from foshan_quality.office import Act, Todo, column
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission, Role

from . import actions
from .minutes import minutes_of
from .models import Consensus
from .office_forms import AnswerForm, BeginForm, CloseForm, TableForm
from .queries import (
    is_complete,
    is_outdated,
    may_be_reopened,
    opinions_of,
    panel_of,
    ready_cases,
    signed_opinions,
    spread_limit,
    table_of,
    with_standing,
)

OPEN, CLOSED = Consensus.State.OPEN, Consensus.State.CLOSED
SUBMITTED = Assignment.State.SUBMITTED


def table_for(record, user):
    """The consensus as this person reads it, worked out once for a page."""
    if not hasattr(record, "known_table"):
        record.known_table = table_of(record, user)
    return record.known_table


def is_led(record, user):
    """Whether this person heads the panel of an open consensus. No query of its own."""
    seat = record.seat_of(user)
    return record.state == OPEN and seat is not None and seat.is_head


def left_to_do(record, user):
    """Why the head cannot close the consensus yet."""
    if not goes_on(record.application, Kind.CONSENSUS):
        return "合议阶段不在进行中。"
    if record.is_frozen:
        return FROZEN
    if not is_complete(record.application):
        return "有专家的评分尚未提交或者正在修改，评分齐全后才能关闭。"
    left = table_for(record, user).left
    return f"还有 {left} 项须讨论后确定，请先填写合议。" if left else ""


@admin.register(Consensus)
class ConsensusAdmin(OwnAdmin):
    """What panels agree on: the head edits, the members read once their own sheet is in, the secretariat reads."""

    change_form_template = "awards/consensus/consensus.html"
    list_display = [
        column("application.number", "申报编号", order="application__number"),
        column("application.organisation.name", "申报单位", order="application__organisation__name"),
        "state_mark",
        column("score", "合议总分"),
    ]
    list_filter = [edition_filter("application__edition"), "state"]
    list_select_related = ["application__organisation"]
    search_fields = ["application__number", "application__organisation__name"]
    search_help_text = "申报编号或单位名称"
    list_acts = {
        "begin": Act(
            "开始合议",
            actions.begin_all,
            BeginForm,
            Permission.CONSENSUS_VIEW,
            done="合议已开始，组长已收到通知。",
            back_to_list=True,
        )
    }
    acts = {
        "close_consensus": Act(
            "关闭合议",
            actions.close,
            CloseForm,
            done="合议已关闭，组员已收到通知。",
            hindrance=left_to_do,
            warning="关闭后合议评分锁定。没有另行确定的评分项以均值（按档取整）为合议评分。确需修改时由秘书处退回。",
            is_grave=True,
        ),
        "answer": Act(
            "确认或者写明不同意见",
            actions.answer,
            AnswerForm,
            Permission.CONSENSUS_ANSWER,
            when=lambda record: record.state == CLOSED,
            done="已记录您的意见。",
            warning="意见提交后不能修改。",
        ),
        "reopen_consensus": Act(
            "退回合议",
            actions.reopen,
            ReasonForm,
            when=may_be_reopened,
            is_aside=True,
            done="合议已退回评审组。",
            warning="退回后合议总分作废，须由组长重新关闭；此前的表态保留存档，须重新表态。",
        ),
    }
    todos = {
        "lead": Todo("合议待组长办理", Role.EXPERT, lambda rows, user: rows.filter(state=OPEN).led_by(user)),
        "answer": Todo("合议结果待您表态", Role.EXPERT, lambda rows, user: rows.unanswered_by(user)),
    }

    def get_queryset(self, request):
        rows = with_standing(super().get_queryset(request)).select_related("application__organisation")
        return rows.select_related("application__edition__rubric", "application__edition__programme__honour_kind")

    def get_object(self, request, object_id, from_field=None):
        """The consensus with its panel and this person's seat on it, which every part of the page asks for."""
        record = super().get_object(request, object_id, from_field)
        if record is not None:
            own = [s for s in panel_of(record) if (s.expert_id, s.state) == (request.user.pk, SUBMITTED)]
            record.known_seats = {request.user.pk: own[0] if own else None}
        return record

    def get_fieldsets(self, request, obj=None):
        return []

    def get_urls(self):
        return [
            self.page("<path:object_id>/table/", self.table_view, "table"),
            self.page("<path:object_id>/minutes/", self.minutes_view, "minutes"),
            *super().get_urls(),
        ]

    def begun_acts(self, user):
        """Nothing to begin while no case is ready for it."""
        return super().begun_acts(user) if ready_cases(user).exists() else {}

    def open_acts(self, user, record):
        """Whoever has said something to this closing, or has closed it, does not say more."""
        acts = super().open_acts(user, record)
        has_said = "answer" in acts and (
            record.closed_by_id == user.pk or any(o.member_id == user.pk for o in opinions_of(record))
        )
        return {name: act for name, act in acts.items() if name != "answer" or not has_said}

    def main_link(self, request, record):
        """The head goes on filling in before closing."""
        is_filled_in = is_led(record, request.user) and goes_on(record.application, Kind.CONSENSUS)
        return ("填写合议", self.page_url(record, "table")) if is_filled_in else ()

    def page_url(self, consensus, name):
        return reverse(f"admin:awards_consensus_{name}", args=[consensus.pk])

    def record_links(self, request, record):
        own = record.seat_of(request.user)
        case = seat_page(own) if own else case_page(record.application, request.user)
        links = [("合议纪要（PDF）", self.page_url(record, "minutes")), *case]
        seat = self.giving_back(record, request.user)
        if seat is None:
            return links
        return [("退回组员评分", reverse("admin:awards_assignment_act", args=[seat.pk, "reopen_member"])), *links]

    def giving_back(self, record, user):
        """The head's own seat, while sheets of the others can still go back. One query, the first time."""
        if not is_led(record, user) or record.application.state != State.IN_REVIEW:
            return None
        if has_ended(phases_of(record.application).get(Kind.INDEPENDENT)):
            return None
        submitted = sum(seat.state == SUBMITTED for seat in panel_of(record))
        return record.seat_of(user) if submitted > 1 else None

    def record_context(self, request, record):
        actions.log_reading(record, by=request.user)
        table = table_for(record, request.user)
        return {
            "table": table,
            "limit": spread_limit(record.application.edition),
            "is_complete": is_complete(record.application),
            "is_outdated": is_outdated(record),
            "opinions": signed_opinions(record, request.user),
            "facts": [
                ("申报编号", record.application.number),
                ("申报单位", record.application.organisation.name),
                ("参加合议", f"{len(table.seats)} 名专家"),
                ("开始时间", f"{localtime(record.begun_at):%Y-%m-%d %H:%M}"),
                ("关闭时间", record.closed_at and f"{localtime(record.closed_at):%Y-%m-%d %H:%M}"),
                ("合议总分", record.score),
            ],
        }

    def table_view(self, request, object_id):
        """The head's page: every item with all its marks, the percentage and the discussion to set."""
        consensus = self.fetch(request, object_id)
        if not request.user.has_perm(Permission.CONSENSUS_LEAD, consensus):
            raise PermissionDenied(Permission.CONSENSUS_LEAD)
        if consensus.state != OPEN:
            messages.warning(request, "合议已经关闭，不能再修改。")
            return redirect(self.record_url(consensus))
        table = table_of(consensus, request.user)
        form = TableForm(request.POST or None, consensus=consensus, table=table)
        if request.method == "POST" and form.is_valid() and self.save_table(request, consensus, form):
            return redirect(request.path)
        context = {
            **self.admin_site.each_context(request),
            "title": "填写合议",
            "consensus": consensus,
            "table": table,
            "form": form,
            "limit": spread_limit(consensus.application.edition),
            "step": consensus.application.edition.rubric.step,
            "opts": self.opts,
            "record_url": self.record_url(consensus),
        }
        return TemplateResponse(request, "awards/consensus/table.html", context, status=409 if form.errors else 200)

    def save_table(self, request, consensus, form):
        """Save what was touched; a refusal stays with its field and nothing typed is lost."""
        items = form.touched()
        if not items:
            messages.info(request, "没有新的改动，合议与已保存的一致。")
            return True
        try:
            actions.save_items(consensus, by=request.user, items=items, version=form.cleaned_data["version"])
        except (Refused, WrongState) as refusal:
            for problem in getattr(refusal, "problems", [refusal]):
                name = "discussion" if getattr(problem, "code", "") == "discussion" else "percentage"
                field = f"{name}_{getattr(problem, 'where', '')}"
                form.add_error(field if field in form.fields else None, str(problem))
            return False
        messages.success(request, f"已保存 {len(items)} 项。")
        return True

    @method_decorator(require_safe)
    def minutes_view(self, request, object_id):
        """The minutes on paper, with lines to sign on."""
        consensus = self.fetch(request, object_id)
        actions.log_printing(consensus, by=request.user)
        pdf = paper.draw("awards/consensus/print_minutes.html", **minutes_of(consensus, request.user))
        return paper.handed_out(pdf, f"{consensus.application.number}合议纪要")
