from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, Value
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.views.decorators.http import require_safe

from awards.applications.actions import log_reading
from awards.applications.admin import ApplicationAdmin
from awards.applications.models import Application
from awards.applications.queries import submitted_dossier
from awards.experts.own_admin import OwnAdmin
from awards.experts.queries import is_cleared, known_conflicts
from awards.letters.admin import letters_context, with_letters
from awards.process import ADMITTED, State
from awards.programmes.admin import edition_filter
from awards.programmes.models import SEASON_OVER
from awards.rubric.queries import items_of
from awards.screening.admin import DISTRICT_TODOS, district_context, with_district_review
from foshan_quality.lib import clock
from foshan_quality.office import Act, Todo, column
from foshan_quality.office_forms import ActForm, ReasonForm
from foshan_quality.permissions import Permission, Role

from . import actions, paper, sheet_views
from .desk import due_on, due_said, pages_of, progress_said, standing_of
from .head_forms import SeatForm, may_give_back, may_go_back, reopen_seat
from .models import Assignment
from .office_forms import PanelForm, RecusalForm
from .phase_queries import before_seating
from .queries import desk, own_desk, panel_of
from .reading_actions import retry_copy
from .reading_queries import parked_cases, with_copy_state
from .sheet_admin import ReadingAdmin, ScoringFreezeAdmin
from .sheet_models import ReadingCopy
from .sheet_paper import sheet_paper
from .sheet_queries import FROZEN, freeze_of

__all__ = ["ReadingAdmin", "ScoringFreezeAdmin"]
A = Assignment.State
OPEN_SEATS = {A.ASSIGNED, A.SITTING}
PLANNING = ["progress", "due", "saved", "pages"]  # what an expert plans the evenings by


def is_under_review(assignment):
    return assignment.application.state == State.IN_REVIEW


def is_in_season(assignment):
    """Whether the case is still on its way; afterwards nobody has access to be ended, and nothing is counted anew."""
    return assignment.application.edition.state not in SEASON_OVER


def must_not_begin(assignment, user):
    """Why the expert cannot begin on the case yet."""
    if not is_cleared(user, assignment.application.edition):
        return "请先在“专家聘请”签署本届保密承诺书、声明利害关系。"
    return "".join(f"{p.text}请申请回避。" for p in known_conflicts(user.expert, assignment.application))


def must_not_submit(assignment, user):
    """Why the expert cannot hand the sheet in yet."""
    if freeze_of(assignment.application.edition):
        return FROZEN
    left = len(items_of(assignment.application.edition.rubric)) - assignment.marked
    return f"还有 {left} 项没有评分。" if left else ""


class SubmitForm(ActForm):
    """Nothing to fill in. While something is missing the page says what, instead of offering to hand the sheet in."""

    def fill(self):
        if not self.is_bound:
            self.nothing = must_not_submit(self.record, self.user)


def declared_free(record):
    """What an expert declares before a case opens, the applicant by its name."""
    name = record.application.organisation.name
    return f"本人声明：与“{name}”没有任职、咨询培训、持股、近三年工作关系、亲属关系等可能影响公正评审的利害关系。"


LATER = {"consensus": "合议评审", "site_visit": "现场评审", "feedback_report": "反馈报告"}  # as the case knows them


def later_pages(application, user):
    """The office's pages of the later stages about a case, as (label, url): those this person may open.

    One query, and none before the case is accepted.
    """
    if application.state not in ADMITTED:
        return []
    models = {name: Application._meta.get_field(name).related_model for name in LATER}
    first, *others = [
        model.objects.visible_to(user)
        .filter(application=application)
        .order_by()
        .annotate(stage=Value(name))
        .values_list("stage", "pk")
        for name, model in models.items()
    ]
    found = dict(first.union(*others))
    return [
        (label, reverse(f"admin:awards_{models[name]._meta.model_name}_change", args=[found[name]]))
        for name, label in LATER.items()
        if name in found
    ]


@admin.register(Application)
class ApplicationDesk(ApplicationAdmin):
    """The application's page with what the later stages add to it: district review, letters, panel."""

    acts = with_letters(with_district_review(ApplicationAdmin.acts)) | {
        "set_panel": Act(
            "组建评审组",
            actions.set_panel,
            PanelForm,
            Permission.REVIEW_ASSIGN,
            when=lambda record: record.state == State.IN_REVIEW,
            done="评审组已保存，专家已收到通知。",
            warning=before_seating,
            is_aside=lambda record: record.assignments.exists(),
        ),
        "retry_copy": Act(
            "重新准备评审阅读本",
            retry_copy,
            permission=Permission.REVIEW_ASSIGN,
            when=lambda record: record.state == State.IN_REVIEW and record.copy_state == ReadingCopy.State.PARKED,
            done="已交后台重新准备，一般几分钟完成；专家刷新评分页即可逐页阅读。",
            warning="这份申报材料没有转成页图，专家现在只能阅读文字版。重新准备不改动材料和评分。",
        ),
    }
    todos = (
        DISTRICT_TODOS
        | ApplicationAdmin.todos
        | {
            "panel": Todo(
                "已受理，待组建评审组",
                Role.SECRETARIAT,
                lambda rows, user: rows.filter(state=State.IN_REVIEW, assignments=None),
            ),
            "copy": Todo(
                "评审阅读本未能准备",
                Role.SECRETARIAT,
                lambda rows, user: rows.filter(state=State.IN_REVIEW, pk__in=parked_cases()),
            ),
        }
    )

    def get_queryset(self, request):
        records = super().get_queryset(request)
        return records if self.is_list(request) else with_copy_state(records)

    def links_on(self, request, record):
        links = later_pages(record, request.user)
        if request.user.has_perm(Permission.READING_VIEW):
            links.append(("查阅记录", reverse("admin:awards_reading_changelist", query={"q": record.number})))
        return links

    def record_context(self, request, record):
        may_assign = request.user.has_perm(Permission.REVIEW_ASSIGN, record)
        shown = super().record_context(request, record) | district_context(record) | letters_context(record)
        return shown | {
            "panel": panel_of(record) if may_assign and record.state in ADMITTED else None,
            "may_see_totals": may_assign,
        }


class AssignmentAdmin(OwnAdmin):
    """An expert's desk; for the secretariat, who has which case and how far it is. Sheets stay apart.

    Registered by the panels, which add what follows from conflicts.
    """

    own_path, left = "expert", Q(state=A.RECUSED)
    change_form_template = "awards/reviews/assignment.html"
    change_list_template = "awards/reviews/desk.html"
    list_filter = [edition_filter("application__edition"), "state"]
    search_fields = ["application__number", "application__organisation__name"]
    search_help_text = "申报编号或单位名称"
    ordering = ["application__number", "pk"]
    acts = {
        "declare_free": Act(
            "声明无利害关系，开始评审",
            actions.declare_free,
            when=is_under_review,
            hindrance=must_not_begin,
            done="已声明。申报材料和评分表现在可以打开。",
            warning=declared_free,
        ),
        "submit_sheet": Act(
            "提交评分",
            actions.submit_sheet,
            SubmitForm,
            when=is_under_review,
            hindrance=must_not_submit,
            done="评分已提交。",
            warning="提交后评分锁定。确需修改时，由秘书处写明理由退回。",
            template="awards/reviews/submit_sheet.html",
        ),
        "reopen_sheet": Act(
            "退回修改评分",
            actions.reopen_sheet,
            ReasonForm,
            when=may_go_back,
            is_aside=True,
            done="已退回，专家已收到通知。",
            warning="退回后该专家可以修改评分，原总分作废，须重新提交；理由会原样告知专家。",
        ),
        "reopen_member": Act(
            "退回组员评分",
            reopen_seat,
            SeatForm,
            Permission.REVIEW_SCORE,
            when=may_give_back,
            is_aside=True,
            done="已退回，该专家已收到通知。",
            warning="退回后该专家可以修改评分，原总分作废，须重新提交；理由会原样告知专家，不写组员之间的评分。",
        ),
        "recuse": Act(
            "申请回避",
            actions.recuse,
            RecusalForm,
            done="已回避，您不再能查看该申报的材料。",
            warning="回避后立即失去对该申报材料的访问，不能撤回。已填的评分保留存档，不参与计分。",
            is_grave=True,
        ),
        "remove": Act(
            "调离（回避）",
            actions.remove,
            ReasonForm,
            when=is_in_season,
            done="已调离。",
            warning="调离后该专家不能再查看材料，其评分不再计入。",
            is_grave=True,
        ),
    }
    todos = {
        "declare": Todo("评审任务待声明利害关系", Role.EXPERT, lambda rows, user: rows.filter(state=A.ASSIGNED)),
        "score": Todo("评审任务待评分", Role.EXPERT, lambda rows, user: rows.filter(state=A.SITTING)),
    }

    def get_queryset(self, request):
        seats = super().get_queryset(request)
        return desk(seats) if request.user.has_perm(Permission.REVIEW_ASSIGN) else own_desk(seats)

    def changelist_view(self, request, extra_context=None):
        """An expert's list begins with how far all of it is and what is next."""
        own = None if request.user.has_perm(Permission.REVIEW_ASSIGN) else standing_of(request.user)
        following = own and own.following and self.main_link(request, own.following)
        shown = {"standing": own, "following": following, "due": own and due_said(own.due, clock.today())}
        return super().changelist_view(request, shown | (extra_context or {}))

    def get_fieldsets(self, request, obj=None):
        return []

    def get_list_display(self, request):
        case = [
            column("application.number", "申报编号", order="application__number"),
            column("application.organisation.name", "申报单位", order="application__organisation__name"),
        ]
        if request.user.has_perm(Permission.REVIEW_ASSIGN):
            seat = [column("expert.__str__", "专家", order="expert__name"), column("is_head", "组长")]
            return [*case, *seat, "state_mark", "submitted_total", "in_and_due"]
        return [*case, "state_mark", *PLANNING, column("application.organisation.industry", "所属行业")]

    def get_list_filter(self, request):
        """An expert's few cases need no filter but the one behind 我的工作."""
        filters = super().get_list_filter(request)
        return filters if request.user.has_perm(Permission.REVIEW_ASSIGN) else filters[:1]

    @admin.display(description="总分")
    def submitted_total(self, assignment):
        return "—" if assignment.total is None else assignment.total

    @admin.display(description="本件已评／应评")
    def in_and_due(self, assignment):
        return f"{assignment.received}／{assignment.expected}"

    @admin.display(description="已评项")
    def progress(self, assignment):
        return format_html('<span class="number">{}</span>', progress_said(assignment))

    @admin.display(description="材料页数")
    def pages(self, assignment):
        return pages_of(assignment) or "—"

    @admin.display(description="评分期限")
    def due(self, assignment):
        return due_said(due_on(assignment), clock.today()) if assignment.state in OPEN_SEATS else "—"

    @admin.display(description="最近保存")
    def saved(self, assignment):
        return f"{localtime(assignment.saved_at):%m-%d %H:%M}" if assignment.saved_at else "—"

    def get_urls(self):
        printed = self.page("<path:object_id>/print/", self.print_view, "print")
        return [*sheet_views.pages(self), printed, *super().get_urls()]

    @method_decorator(require_safe)
    def print_view(self, request, object_id):
        """A submitted sheet on paper, with a line to sign on; for its expert and the secretariat."""
        assignment = self.fetch(request, object_id)
        if assignment.state != A.SUBMITTED:
            raise PermissionDenied(Permission.REVIEW_VIEW)
        actions.log_sheet_printing(assignment, by=request.user)
        pdf = paper.draw("awards/reviews/print_sheet.html", **sheet_paper(assignment))
        return paper.handed_out(pdf, f"{assignment.application.number}评分表")

    def main_link(self, request, record):
        """An expert goes on scoring; before the declaration there is only what the declaration needs."""
        label = {A.SITTING: "评分", A.SUBMITTED: "查看评分表"}.get(record.state)
        return (label, sheet_views.url(record)) if label and record.expert_id == request.user.pk else ()

    def record_links(self, request, record):
        is_own = record.expert_id == request.user.pk
        if is_own and record.state == A.SITTING:
            return [("离线评分表", sheet_views.url(record, "offline"))]
        links = [] if is_own else [("申报", reverse("admin:awards_application_change", args=[record.application_id]))]
        if record.state == A.SUBMITTED:
            printed = reverse("admin:awards_assignment_print", args=[record.pk])
            read = [] if is_own else [("查看评分表", sheet_views.url(record))]
            links = [*read, ("评分表（PDF）", printed), *links]
        return links + (later_pages(record.application, request.user) if record.state != A.RECUSED else [])

    def record_context(self, request, record):
        is_own = record.expert_id == request.user.pk
        if not (is_own and record.may_read_dossier):
            return {"is_own": is_own, "facts": _facts(record, is_own)}
        log_reading(record.application, by=request.user, what="申报书（评审）")
        return {"is_own": True, "facts": _facts(record, is_own), "dossier": submitted_dossier(record.application)}


def _facts(assignment, is_own):
    """What the page says before the dossier: to the expert only what a declaration needs."""
    organisation = assignment.application.organisation
    facts = [
        ("申报编号", assignment.application.number),
        ("申报单位", organisation.name),
        ("所属行业", organisation.industry),
    ]
    if is_own and assignment.state in OPEN_SEATS:
        due = due_said(due_on(assignment), clock.today())
        return [*facts, ("评分进度", f"{progress_said(assignment)} 项"), ("评分期限", due)]
    if is_own:
        return facts
    return [
        *facts,
        ("专家", f"{assignment.expert}{'（组长）' if assignment.is_head else ''}"),
        ("分配时间", f"{localtime(assignment.assigned_at):%Y-%m-%d %H:%M}"),
        ("声明时间", assignment.declared_at and f"{localtime(assignment.declared_at):%Y-%m-%d %H:%M}"),
        ("回避原因", assignment.recusal_reason),
        ("总分", assignment.total),
        ("本件已评／应评", f"{assignment.received}／{assignment.expected}"),
    ]
