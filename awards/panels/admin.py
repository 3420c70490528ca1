"""The assignment of experts in the office: the grid, proposals, and what conflicts mean for seats."""

from dataclasses import replace

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe

from awards.applications.models import Application
from awards.experts.admin import EngagementAdmin, ExpertAdmin
from awards.experts.office_forms import edition_at_hand, live_editions
from awards.process import State
from awards.programmes.admin import edition_filter
from awards.programmes.models import Edition
from awards.reviews.admin import AssignmentAdmin
from awards.reviews.models import Assignment
from awards.reviews.phase_queries import before_seating
from foshan_quality.lib import clock
from foshan_quality.lib.forms import typed_number
from foshan_quality.office import Act, OfficeAdmin, Todo, column
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission, Role

from . import actions
from .conflict_actions import following_conflicts, telling_of_gap, with_its_seats
from .models import PanelProposal
from .office_forms import FileForm, ReplaceForm, SeedForm, SeenForm
from .queries import (
    CASES_A_PAGE,
    CASES_SHOWN,
    EXPERTS_A_PAGE,
    cases_to_seat,
    grid,
    in_review,
    panels_file,
    preview,
)

P = PanelProposal.State
REPLACED = "原专家立即失去访问，已填的评分保留存档、不参与计分；接替的专家重新声明、重新评分。"


def has_room_for_another(record):
    """Whether somebody can take this place: of a case in review, and where it was left, one not yet filled."""
    case = record.application
    is_left = record.state == Assignment.State.RECUSED
    is_filled = is_left and record.expected >= case.edition.settled["experts_per_application"]
    return case.state == State.IN_REVIEW and not is_filled


def wrapped(acts, **wrappers):
    """The same acts, some with their action wrapped."""
    return acts | {name: replace(acts[name], run=wrap(acts[name].run)) for name, wrap in wrappers.items()}


class ExpertDesk(ExpertAdmin):
    """The pool; what is entered of an expert is followed through the panels at once.

    Registered by the site visits, like the two desks below: what ends a seat on a panel ends one on a team too.
    """

    acts = wrapped(ExpertAdmin.acts, update=following_conflicts, interest=following_conflicts)


class EngagementDesk(EngagementAdmin):
    """The season; declared interests and an early end are followed through the panels at once."""

    acts = wrapped(
        EngagementAdmin.acts,
        declare_interests=following_conflicts,
        interest=following_conflicts,
        end_engagement=with_its_seats,
    )


class AssignmentDesk(AssignmentAdmin):
    """An expert's desk with what the panels add: whoever leaves is told of, and can be replaced."""

    acts = wrapped(AssignmentAdmin.acts, recuse=telling_of_gap, remove=telling_of_gap) | {
        "replace": Act(
            "更换专家",
            actions.replace,
            ReplaceForm,
            Permission.REVIEW_ASSIGN,
            when=has_room_for_another,
            hindrance=lambda record, user: before_seating(record.application),
            done="已更换，其他专家不变；有关人员已收到通知。",
            warning=lambda record: before_seating(record.application, REPLACED),
            is_grave=True,
        )
    }


@admin.register(PanelProposal)
class PanelProposalAdmin(OfficeAdmin):
    """Proposals for all panels of an edition, by machine or from a file; tried first, applied as one."""

    change_form_template = "awards/panels/proposal.html"
    change_list_template = "awards/panels/proposals.html"
    list_display = [
        column("pk", "编号"),
        column("edition.__str__", "届次", order="edition"),
        column("get_source_display", "来源", order="source"),
        "state_mark",
        column("seed", "随机种子"),
        "asked_at",
        column("asked_by.__str__", "提出人"),
    ]
    list_filter = [edition_filter(), "state", "source"]
    fields = [
        "source",
        "file_name",
        "method",
        "seed",
        "digest",
        "seconds",
        "asked_at",
        column("asked_by", "提出人"),
        "closed_at",
        column("closed_by", "办结人"),
    ]
    list_acts = {
        "propose": Act(
            "由机器提出方案",
            actions.request_proposal,
            SeedForm,
            Permission.REVIEW_ASSIGN,
            done="已交后台计算，一般几秒完成，请刷新本页查看。",
            warning="只提出方案，不分配。已在评审组的专家保持不变，只补足缺员。",
        ),
        "upload": Act(
            "上传名单并试算",
            actions.take_in_panels,
            FileForm,
            Permission.REVIEW_ASSIGN,
            done="文件已读取，还没有分配任何专家。请核对后点“生效”。",
            warning="上传只做试算；名单里没有的专家不会被调离。",
        ),
    }
    acts = {
        "apply": Act(
            "生效",
            actions.apply_proposal,
            SeenForm,
            Permission.REVIEW_ASSIGN,
            when=lambda record: record.state == P.READY,
            done="方案已生效，专家已收到通知。",
            warning="一次全部分配，或者一名也不分配。生效后每名新分配的专家收到一条通知。",
            template="awards/panels/apply.html",
        ),
        "drop": Act(
            "放弃",
            actions.drop_proposal,
            ReasonForm,
            Permission.REVIEW_ASSIGN,
            when=lambda record: record.state not in {P.APPLIED, P.DROPPED},
            done="已放弃，没有分配任何专家。",
        ),
    }
    todos = {
        "confirm": Todo(
            "评审组方案待确认", Role.SECRETARIAT, lambda rows, user: rows.filter(state__in=[P.READY, P.IMPOSSIBLE])
        )
    }

    def get_urls(self):
        return [
            self.page("grid/", self.grid_view, "grid"),
            self.page("list/", self.list_view, "list"),
            *super().get_urls(),
        ]

    def begun_acts(self, user):
        """Nothing to propose while no case is under review."""
        return super().begun_acts(user) if cases_to_seat().exists() else {}

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("edition__programme__honour_kind", "asked_by", "closed_by")

    def record_context(self, request, record):
        shown = preview(record) if record.state == P.READY else None
        return {"preview": shown, "cases_shown": CASES_SHOWN}

    def act_context(self, request, act, record, form):
        context = super().act_context(request, act, record, form)
        return context | {"preview": preview(record)} if isinstance(form, SeenForm) else context

    def _edition(self, request):
        """The edition asked for, or the one under review, or the newest to come; 404 when there is none."""
        if not self.has_view_permission(request):
            raise PermissionDenied(Permission.PROPOSAL_VIEW)
        asked = typed_number(request.GET.get("edition", ""))
        editions = Edition.objects.select_related("programme__honour_kind")
        found = edition_at_hand() if asked is None else editions.filter(pk=asked).first()
        if found is None:
            raise Http404
        return found

    @method_decorator(require_safe)
    def grid_view(self, request):
        """Cases by experts: who sits where, who must not, what each panel still lacks, how many cases each has."""
        edition = self._edition(request)
        cases = in_review(edition)
        if request.GET.get("only") == "short":
            short = edition.settled["experts_per_application"]
            cases = [case for case in cases.prefetch_related("assignments") if _sitting(case) < short]
        page = Paginator(cases, CASES_A_PAGE).get_page(request.GET.get("page"))
        columns = typed_number(request.GET.get("experts", "")) or 1
        ground, shown, lines = grid(edition, list(page.object_list), (columns - 1) * EXPERTS_A_PAGE)
        last = max(-(-len(ground.experts) // EXPERTS_A_PAGE), 1)
        context = {
            **self.admin_site.each_context(request),
            "title": "专家分配表",
            "opts": self.opts,
            "edition": edition,
            "editions": list(live_editions()),
            "page": page,
            "only": request.GET.get("only", ""),
            "experts": [ground.experts[key] for key in shown],
            "entries": [ground.entries[key] for key in shown],
            "lines": lines,
            "may_propose": bool(page.paginator.count) or bool(self.begun_acts(request.user)),
            "rules": ground.rules,
            "columns": columns,
            "columns_last": last,
            "column_pages": range(1, last + 1),
            "conflicts": [
                (line.application, expert, cell.said)
                for line in lines
                for expert, cell in zip([ground.experts[key] for key in shown], line.cells, strict=True)
                if cell.mark == "避"
            ],
        }
        return TemplateResponse(request, "awards/panels/grid.html", context)

    @method_decorator(require_safe)
    def list_view(self, request):
        """The panels of an edition as a CSV file; the trail says who took it."""
        edition = self._edition(request)
        content = panels_file(edition)
        actions.log_export(edition, by=request.user)
        response = HttpResponse(content, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="panels-{edition.code}-{clock.today():%Y%m%d}.csv"'
        response["X-Content-Type-Options"] = "nosniff"
        return response


def _sitting(case: Application):
    return sum(seat.state != Assignment.State.RECUSED for seat in case.assignments.all())
