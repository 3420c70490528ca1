"""The dossier as staff see it. Registered by the reviews, which add the panel to this page."""

from functools import partial

from django.contrib import admin
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from awards.process import APPLICATION, State
from awards.programmes.admin import edition_filter
from awards.programmes.models import Edition
from awards.standing.bar_actions import group_findings
from enterprises.districts import District
from foshan_quality.lib import clock
from foshan_quality.office import Act, OfficeAdmin, Todo, column
from foshan_quality.office_forms import ActForm
from foshan_quality.permissions import Permission, Role

from . import actions, paper_actions, screening_actions
from .models import Outcome, Printout, ScreeningProposal
from .office_forms import CorrectionForm, OpinionForm, RefusalForm, SendBackForm
from .queries import (
    closed_proposals,
    corrections,
    differences,
    is_overdue,
    points_in_words,
    returns_left,
    submitted_dossier,
    takes_two,
    with_final_book,
)

JUDGED = "作出的决定以复核通过的时间为准，申报单位届时收到通知。"
SCREENED = {State.SUBMITTED, State.RETURNED}
OPINION = "awards/applications/opinion_act.html"


class DistrictFilter(admin.SimpleListFilter):
    title, parameter_name = "所在区", "district"

    def lookups(self, request, model_admin):
        return District.choices

    def queryset(self, request, queryset):
        return queryset.filter(organisation__district_code=self.value()) if self.value() else queryset


def wants_book(record):
    """Whether the book of what was handed in is neither there nor on its way."""
    return record.final_book is None or record.final_book.state == Printout.State.PARKED


def is_decided_alone(record):
    return not takes_two(record.edition)


def may_be_proposed(outcome):
    """Whether this outcome can be proposed for a record now: by two, from its states, and no opinion waiting."""
    step = APPLICATION.steps[screening_actions.STEPS[outcome]]

    def is_possible(record):
        return record.state in step.sources and takes_two(record.edition) and record.open_proposal is None

    return is_possible


def has_opinion(record):
    return record.open_proposal is not None


def own_opinion(record, user):
    """Why somebody cannot judge the opinion that waits."""
    return "这份意见是您提出的，须由另一人复核。" if record.open_proposal.proposed_by == user else ""


def others_opinion(record, user):
    """Why somebody cannot take back the opinion that waits."""
    return (
        ""
        if record.open_proposal.proposed_by == user
        else f"由{record.open_proposal.proposed_by}提出，只能由本人撤回。"
    )


def not_overdue(record, user):
    """Why a returned dossier cannot be refused yet."""
    in_time = record.state == State.RETURNED and not is_overdue(record)
    return f"补正期限到 {record.correct_by}，期限内不能作出不予受理决定。" if in_time else ""


def returned_enough(record, user):
    """Why a dossier cannot be returned once more."""
    return "已按本届规定的次数退回补正，请受理或不予受理。" if returns_left(record) == 0 else ""


def days_given(record):
    """What a return means, in numbers."""
    return (
        f"申报单位将有 {record.edition.settled['correction_days']} 个工作日补正（退回次日起算），"
        f"只能修改列明的位置；{screening_actions.CONSEQUENCE}。"
    )


def effect(record):
    """What becomes of the record when the opinion that waits is confirmed."""
    return {
        Outcome.ACCEPTED: "通过后立即生效：申报内容冻结，进入评审。",
        Outcome.RETURNED: f"通过后立即生效：{days_given(record)}",
        Outcome.REFUSED: "通过后立即生效：这份申报在本届终止，不能恢复。",
    }.get(record.open_proposal and record.open_proposal.outcome, "")


def proposing(label, outcome, form=ActForm, **facts):
    """The act by which one person proposes an outcome."""
    return Act(
        label,
        partial(screening_actions.propose, outcome=outcome),
        form,
        Permission.APPLICATION_SCREEN,
        when=may_be_proposed(outcome),
        done="意见已提交，待另一人复核。复核通过前，申报单位看不到。",
        **{"warning": JUDGED} | facts,
    )


def judging(label, run, form, hindrance, **facts):
    """An act on the opinion that waits."""
    return Act(
        label,
        run,
        form,
        Permission.APPLICATION_SCREEN,
        when=has_opinion,
        hindrance=hindrance,
        template=OPINION,
        **facts,
    )


class ApplicationAdmin(OfficeAdmin):
    """Handed-in dossiers, frozen: screened here, never edited."""

    workflow = APPLICATION
    change_form_template = "awards/reviews/application.html"
    list_display = [
        column("number", "申报编号", order="number"),
        column("organisation.name", "申报单位", order="organisation__name"),
        column("organisation.get_district_code_display", "所在区", order="organisation__district_code"),
        "state_mark",
        "submitted_at",
        "correct_by",
    ]
    list_filter = [edition_filter(), "state", DistrictFilter]
    search_fields = ["number", "organisation__name", "organisation__credit_code"]
    search_help_text = "申报编号、单位名称或统一社会信用代码"
    ordering = ["-submitted_at"]
    fields = [
        "number",
        column("edition.__str__", "届次"),
        column("organisation.name", "申报单位"),
        column("organisation.get_district_code_display", "所在区"),
        "submitted_at",
        column("submitted_by.__str__", "提交人"),
        "correct_by",
    ]
    acts = {
        "accept": Act(
            "受理",
            partial(screening_actions.decide, outcome=Outcome.ACCEPTED),
            when=is_decided_alone,
            done="已受理，进入评审。",
            warning="受理后申报内容冻结，进入评审。",
        ),
        "return_for_correction": Act(
            "退回补正",
            partial(screening_actions.decide, outcome=Outcome.RETURNED),
            CorrectionForm,
            when=is_decided_alone,
            hindrance=returned_enough,
            done="已退回补正，申报单位已收到通知。",
            warning=days_given,
        ),
        "refuse": Act(
            "不予受理",
            partial(screening_actions.decide, outcome=Outcome.REFUSED),
            RefusalForm,
            when=is_decided_alone,
            hindrance=not_overdue,
            done="已作出不予受理决定，申报单位已收到通知。",
            warning="不予受理后，这份申报在本届终止，不能恢复。",
            is_grave=True,
        ),
        "propose_acceptance": proposing("拟受理", Outcome.ACCEPTED),
        "propose_return": proposing(
            "拟退回补正",
            Outcome.RETURNED,
            CorrectionForm,
            warning=lambda record: days_given(record) + JUDGED,
            hindrance=returned_enough,
        ),
        "propose_refusal": proposing("拟不予受理", Outcome.REFUSED, RefusalForm, hindrance=not_overdue),
        "confirm_screening": judging(
            "复核通过",
            screening_actions.confirm,
            OpinionForm,
            own_opinion,
            done="已复核通过，决定已生效。",
            warning=effect,
        ),
        "send_back_screening": judging(
            "退回经办", screening_actions.send_back, SendBackForm, own_opinion, done="已退回，意见没有生效。"
        ),
        "take_back_screening": judging(
            "撤回我的意见", screening_actions.take_back, OpinionForm, others_opinion, done="已撤回，意见没有生效。"
        ),
        "request_final_book": Act(
            "生成申报书 PDF",
            paper_actions.request_final_book,
            permission=Permission.APPLICATION_VIEW,
            when=wants_book,
            done="已排队生成，一般一分钟内完成；请稍后刷新申报页，从页首链接下载。",
            warning="按最近一次提交的内容生成；下载记入审计。",
        ),
    }
    todos = {
        "screen": Todo(
            "申报待资格审查",
            Role.SECRETARIAT,
            lambda rows, user: rows.filter(state=State.SUBMITTED).exclude(screening_proposals__state="open"),
        ),
        "confirm": Todo(
            "待复核的审查意见",
            Role.SECRETARIAT,
            lambda rows, user: rows.filter(
                pk__in=ScreeningProposal.objects.filter(state="open").exclude(proposed_by=user).values("application")
            ),
        ),
        "overdue": Todo(
            "补正已逾期，可按视为放弃不予受理",
            Role.SECRETARIAT,
            lambda rows, user: rows.filter(state=State.RETURNED, correct_by__lt=clock.today()).exclude(
                screening_proposals__state="open"
            ),
        ),
    }

    @admin.display(description="状态", ordering="state")
    def state_mark(self, record):
        """On notice in an edition that is awarded means to wait for a supplementary approval."""
        if record.state == State.PUBLICISED and record.edition.state == Edition.State.AWARDED:
            return format_html('<span class="state state-{}">{}</span>', record.state, "公示中，待补充批准")
        return format_html('<span class="state state-{}">{}</span>', record.state_kind, record.get_state_display())

    def get_queryset(self, request):
        named = ["organisation", "edition__programme__honour_kind", "edition__rubric", "submitted_by", "granted"]
        records = super().get_queryset(request).select_related(*named)
        return records if self.is_list(request) else with_final_book(records)

    def is_list(self, request):
        """Whether the page is the list, which needs less of each dossier."""
        return request.resolver_match.url_name == f"{self.label}_changelist"

    def get_object(self, request, object_id, from_field=None):
        """The dossier with its book, read along."""
        record = super().get_object(request, object_id, from_field)
        if record is not None:
            record.final_book = Printout(**record.known_book) if record.known_book else None
        return record

    @method_decorator(require_safe)
    def change_view(self, request, object_id, form_url="", extra_context=None):
        """What was handed in comes first: the rules that the acts ask for are read along with it."""
        record = self.fetch(request, object_id)
        dossier = submitted_dossier(record)
        name, later = f"admin:{self.label}_differences", range(2, dossier.version + 1) if dossier else ()
        links = [(f"第 {v} 次提交的改动", reverse(name, args=[record.pk, v])) for v in later]
        links = self.book_links(record) + links + self.links_on(request, record)
        shown = {"dossier": dossier, "links": links} | (extra_context or {})
        return super().change_view(request, object_id, form_url, shown)

    def links_on(self, request, record):
        """Where the later stages of this case are; they add their own."""
        return []

    def record_context(self, request, record):
        actions.log_reading(record, by=request.user, what="申报书")
        opinion = record.open_proposal
        return {
            "screenings": record.decisions,
            "opinion": opinion,
            "points": points_in_words(record, opinion.points) if opinion else [],
            "came_to_nothing": closed_proposals(record),
            "corrections": corrections(record),
            "is_overdue": is_overdue(record),
            "group_bars": group_findings(record.edition, record.organisation) if record.state in SCREENED else [],
        }

    def act_context(self, request, act, record, form):
        """The acts on an opinion show it."""
        context = super().act_context(request, act, record, form)
        if act.template == OPINION and record.open_proposal:
            context["opinion"] = record.open_proposal
            context["points"] = points_in_words(record, record.open_proposal.points)
        return context

    # --- versions ---------------------------------------------------------------------------------
    def get_urls(self):
        return [
            self.page("<path:object_id>/versions/<int:version>/", self.differences_view, "differences"),
            *super().get_urls(),
        ]

    def book_links(self, record):
        """To the book of what was handed in last, as soon as somebody has asked for it."""
        book = record.final_book
        if book and book.state == Printout.State.DRAWN:
            return [("申报书 PDF", reverse("printout_download", args=[book.pk]))]
        if book and book.state == Printout.State.QUEUED:
            return [("申报书 PDF 生成中，点此刷新", self.record_url(record))]
        return []

    @method_decorator(require_safe)
    def differences_view(self, request, object_id, version):
        """What changed between a submitted version and the one before."""
        record = self.fetch(request, object_id)
        found = differences(record, version)
        if found is None:
            raise Http404
        actions.log_reading(record, by=request.user, what=f"第 {version} 次提交的改动")
        context = {
            **self.admin_site.each_context(request),
            "title": f"第 {version} 次提交的改动",
            "opts": self.opts,
            "record": record,
            "back": self.record_url(record),
            "media": self.media,
            **found,
        }
        return TemplateResponse(request, "awards/applications/office_differences.html", context)
