from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, prefetch_related_objects
from django.http import Http404
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.views.decorators.http import require_safe

from awards.applications.actions import log_reading
from awards.applications.queries import submitted_dossier
from awards.experts.admin import with_pool_file
from awards.experts.models import Engagement, Expert
from awards.experts.own_admin import OwnAdmin
from awards.panels import admin as panels
from awards.process import State
from awards.programmes.admin import edition_filter
from awards.programmes.phase_rules import Kind
from awards.reviews import paper
from awards.reviews.models import Assignment
from awards.reviews.phase_queries import case_page, phase_is_open
from awards.reviews.sheet_models import ScoringFreeze
from awards.reviews.sheet_queries import FROZEN
from enterprises.files.views import download
from foshan_quality.lib import clock
from foshan_quality.office import Act, Todo, column
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission, Role

from . import actions
from .conflict_actions import following_to_visits
from .minutes import marks_of, minutes_of
from .models import SiteVisit, VisitMinutes
from .office_forms import (
    ChangePlanForm,
    ClosingForm,
    DropForm,
    EvidenceForm,
    LeaveForm,
    OpeningForm,
    PlanForm,
    RescoreForm,
    TeamForm,
)
from .queries import evidence_of, lines_of, minutes_written, new_marks, seat_on, team_of, visitable_cases

S = SiteVisit.State
BEFORE_DECLARING = {"join", "leave"}


def is_going_on(visit):
    return visit.phase_is_open  # as the window reads its records


def is_told(visit):
    return visit.state == S.TOLD and visit.phase_is_open


def is_unlocked(visit):
    return visit.state != S.LOCKED and visit.phase_is_open


def has_new_marks(visit):
    return is_told(visit) and bool(new_marks(visit))


def may_be_reopened(visit):
    return visit.phase_is_open and visit.application.state == State.SHORTLISTED


def not_yet(visit, user):
    """Why nothing can be written down yet."""
    return f"现场评审从 {visit.first_day} 开始。" if clock.today() < visit.first_day else ""


def must_not_score(visit, user):
    """Why the head of the team cannot mark anew yet."""
    if not_yet(visit, user):
        return not_yet(visit, user)
    if visit.is_frozen:
        return FROZEN
    return "" if evidence_of(visit) else "还没有现场证据，改评须以证据为据。"


def must_not_lock(visit, user):
    """What the result still lacks."""
    if visit.is_frozen:
        return FROZEN
    written = {row.kind for row in minutes_written(visit)}
    lacking = [f"{kind.label}记录" for kind in VisitMinutes.Kind if kind not in written]
    lacking += [] if evidence_of(visit) else ["现场证据"]
    return f"还缺{'、'.join(lacking)}。" if lacking else ""


def must_not_tell(visit, user):
    """Why the applicant cannot be told of the plan yet."""
    if visit.first_day < clock.today():
        return "开始日期已过，请先修改计划。"
    return "" if any(seat.is_head for seat in team_of(visit)) else "现场评审组还没有组长，请先组建现场评审组。"


def writing(kind):
    """The act that writes the minutes of one meeting."""
    return lambda record, **given: actions.write_minutes(record, kind=kind, **given)


@admin.register(Expert)
class ExpertDesk(panels.ExpertDesk):
    """The pool; what is entered of an expert is followed through the teams of visits too."""

    acts = panels.wrapped(panels.ExpertDesk.acts, update=following_to_visits, interest=following_to_visits)
    list_acts = with_pool_file(panels.ExpertDesk.list_acts, acts)


@admin.register(Engagement)
class EngagementDesk(panels.EngagementDesk):
    """The season; declared interests and an early end are followed through the teams of visits too."""

    acts = panels.wrapped(
        panels.EngagementDesk.acts,
        declare_interests=following_to_visits,
        interest=following_to_visits,
        end_engagement=following_to_visits,
    )


@admin.register(Assignment)
class AssignmentDesk(panels.AssignmentDesk):
    """An expert's desk; whoever leaves a case leaves the team that visits it."""

    acts = panels.wrapped(
        panels.AssignmentDesk.acts,
        recuse=following_to_visits,
        remove=following_to_visits,
        replace=following_to_visits,
    )


@admin.register(SiteVisit)
class SiteVisitAdmin(OwnAdmin):
    """Visits to the shortlisted: planned by the secretariat, written down by the team, locked by its head."""

    own_path, left = "seats__expert", Q(seats__left_at__isnull=False)
    change_form_template = "awards/site_visits/visit.html"
    list_display = [
        column("application.number", "申报编号", order="application__number"),
        column("application.organisation.name", "申报单位", order="application__organisation__name"),
        "days_shown",
        "state_mark",
        column("score", "现场评审后总分"),
    ]
    list_filter = [edition_filter("application__edition"), "state"]
    list_select_related = ["application__organisation"]
    search_fields = ["application__number", "application__organisation__name"]
    search_help_text = "申报编号或单位名称"
    list_acts = {
        "plan": Act(
            "拟定现场评审计划",
            actions.plan,
            PlanForm,
            Permission.VISIT_PLAN,
            done="计划已拟定。请组建现场评审组，再告知申报单位。",
        )
    }
    acts = {
        "set_team": Act(
            "组建现场评审组",
            actions.set_team,
            TeamForm,
            Permission.VISIT_PLAN,
            when=is_unlocked,
            is_aside=lambda visit: bool(team_of(visit)),
            done="现场评审组已保存，新列入的专家已收到通知。",
        ),
        "tell_visit": Act(
            "告知申报单位",
            actions.tell,
            when=is_going_on,
            hindrance=must_not_tell,
            done="已告知申报单位。",
            warning="申报单位将看到日期、地点和议程，并收到消息。",
        ),
        "change_plan": Act(
            "修改计划",
            actions.change_plan,
            ChangePlanForm,
            Permission.VISIT_PLAN,
            when=is_unlocked,
            is_aside=lambda visit: visit.other_day is None,
            done="计划已修改。",
            warning="已告知申报单位的，修改后重新告知，原来的答复不再有效。",
        ),
        "join": Act(
            "声明无利害关系，参加现场评审",
            actions.join,
            permission=Permission.VISIT_WRITE,
            when=is_unlocked,
            done="已声明。现场评审记录和申报材料现在可以打开。",
            warning="本人声明：与该申报单位没有任职、咨询培训、持股、近三年工作关系、亲属关系等可能影响公正评审的利害关系。",
        ),
        "opening": Act(
            "首次会议记录",
            writing(VisitMinutes.Kind.OPENING),
            OpeningForm,
            Permission.VISIT_WRITE,
            when=is_told,
            hindrance=not_yet,
            done="首次会议记录已保存。",
        ),
        "evidence": Act(
            "登记现场证据",
            actions.add_evidence,
            EvidenceForm,
            Permission.VISIT_WRITE,
            when=is_told,
            hindrance=not_yet,
            done="证据已登记。",
            warning="登记后不能修改或者删除；有误的，另登记一条说明。",
        ),
        "rescore": Act(
            "改评",
            actions.rescore,
            RescoreForm,
            Permission.VISIT_LEAD,
            when=is_told,
            hindrance=must_not_score,
            done="改评已保存。",
        ),
        "drop_rescore": Act(
            "取消改评", actions.drop_rescore, DropForm, Permission.VISIT_LEAD, when=has_new_marks, done="已取消。"
        ),
        "closing": Act(
            "末次会议记录",
            writing(VisitMinutes.Kind.CLOSING),
            ClosingForm,
            Permission.VISIT_WRITE,
            when=is_told,
            hindrance=not_yet,
            done="末次会议记录已保存。",
        ),
        "lock_visit": Act(
            "锁定现场评审结果",
            actions.lock,
            when=is_going_on,
            hindrance=must_not_lock,
            done="结果已锁定。",
            warning="锁定后记录、证据和改评都不能再修改。确需修改时由秘书处退回。",
            is_grave=True,
        ),
        "leave": Act(
            "退出现场评审",
            actions.leave,
            LeaveForm,
            Permission.VISIT_WRITE,
            when=is_unlocked,
            done="已退出，您不能再查看该申报的材料和现场记录。",
            warning="退出后立即失去对材料和现场记录的访问，不能撤回。已登记的内容保留。",
            is_grave=True,
        ),
        "reopen_visit": Act(
            "退回现场评审",
            actions.reopen,
            ReasonForm,
            when=may_be_reopened,
            is_aside=True,
            done="已退回现场评审组。",
            warning="退回后总分作废，须由组长重新锁定。",
        ),
    }
    todos = {
        "tell": Todo("现场评审计划待告知申报单位", Role.SECRETARIAT, lambda rows, user: rows.filter(state=S.PLANNED)),
        "answer": Todo(
            "申报单位请求另定现场评审日期", Role.SECRETARIAT, lambda rows, user: rows.exclude(other_day=None)
        ),
        "join": Todo(
            "现场评审待声明利害关系",
            Role.EXPERT,
            lambda rows, user: rows.exclude(state=S.LOCKED).filter(
                seats__expert=user, seats__left_at=None, seats__declared_at=None
            ),
        ),
        "lead": Todo(
            "现场评审待组长锁定结果",
            Role.EXPERT,
            lambda rows, user: rows.filter(state=S.TOLD, seats__expert=user, seats__is_head=True, seats__left_at=None),
        ),
    }

    def get_queryset(self, request):
        rows = super().get_queryset(request).select_related("application__organisation")
        rows = rows.select_related("application__edition__rubric", "application__edition__programme__honour_kind")
        frozen = ScoringFreeze.objects.in_force().filter(edition=OuterRef("application__edition"))
        is_open = phase_is_open("application__edition", Kind.SITE_VISIT)
        return rows.annotate(phase_is_open=is_open, is_frozen=Exists(frozen))

    def get_fieldsets(self, request, obj=None):
        return []

    @admin.display(description="日期", ordering="first_day")
    def days_shown(self, visit):
        return format_html('<span class="number">{}</span>', visit.days)

    def get_urls(self):
        return [
            self.page("<path:object_id>/photos/<int:evidence_pk>/", self.photo_view, "photo"),
            self.page("<path:object_id>/minutes/", self.minutes_view, "minutes"),
            self.page("<path:object_id>/marks/", self.marks_view, "marks"),
            *super().get_urls(),
        ]

    def is_open(self, name, act, user, record):
        """One of the team declares first; whoever has declared does not again."""
        seat = record.seat_of(user)
        if seat and seat.declared_at is None and name not in BEFORE_DECLARING:
            return False
        may_join = seat and seat.declared_at is None
        return (name != "join" or may_join) and super().is_open(name, act, user, record)

    def begun_acts(self, user):
        """Nothing to plan while no case waits for a visit."""
        return super().begun_acts(user) if visitable_cases().exists() else {}

    def open_acts(self, user, record):
        """What is written already comes after what is not, so that the first button is what is next."""
        acts = super().open_acts(user, record)
        written = {row.kind for row in minutes_written(record)} if "evidence" in acts else ()
        return dict(sorted(acts.items(), key=lambda named: (named[1].is_grave, named[0] in written)))

    def get_object(self, request, object_id, from_field=None):
        """The visit with this person's seat, which every act asks for."""
        record = super().get_object(request, object_id, from_field)
        if record is not None:
            seat = seat_on(record, request.user)
            record.known_seats = {request.user.pk: seat}
            if seat is None:  # what else the record may give is asked of the applicant's people
                prefetch_related_objects([record], "application__organisation__memberships")
        return record

    def may_read(self, request, visit):
        """The record of a visit is for the secretariat and for the team once declared."""
        seat = visit.seat_of(request.user)
        return bool(seat.declared_at) if seat else request.user.has_perm(Permission.REVIEW_ASSIGN)

    def record_links(self, request, record):
        links = case_page(record.application, request.user)
        if not self.may_read(request, record):
            return links
        papers = (("现场评审纪要（PDF）", "minutes"), ("改评记录（PDF）", "marks"))
        return [
            *((label, reverse(f"admin:awards_sitevisit_{name}", args=[record.pk])) for label, name in papers),
            *links,
        ]

    def record_context(self, request, record):
        may_read = self.may_read(request, record)
        shown = {"may_read": may_read, "facts": _facts(record)}
        if not may_read:
            return shown
        lines = lines_of(record)
        shown |= {
            "team": team_of(record),
            "minutes": minutes_written(record),
            "noted": [line for line in lines if line.evidence],
            "rescored": [line for line in lines if line.rescored],
            "total": sum(line.score for line in lines),
        }
        if record.seat_of(request.user):
            log_reading(record.application, by=request.user, what="现场评审记录和申报书")
            shown["dossier"] = submitted_dossier(record.application)
        else:
            actions.log_reading(record, by=request.user)
        return shown

    def readable(self, request, object_id):
        visit = self.fetch(request, object_id)
        if not self.may_read(request, visit):
            raise PermissionDenied(Permission.VISIT_WRITE)
        return visit

    @method_decorator(require_safe)
    def photo_view(self, request, object_id, evidence_pk):
        """A photo of the evidence log, as an attachment."""
        visit = self.readable(request, object_id)
        row = visit.evidence.filter(pk=evidence_pk).exclude(photo=None).select_related("photo").first()
        if row is None:
            raise Http404
        actions.log_reading(visit, by=request.user)
        return download(row.photo)

    @method_decorator(require_safe)
    def minutes_view(self, request, object_id):
        """The minutes on paper, with lines to sign on, the applicant's among them."""
        return self.printed(request, object_id, "minutes", minutes_of)

    @method_decorator(require_safe)
    def marks_view(self, request, object_id):
        """The new marks on paper, for the team to sign."""
        return self.printed(request, object_id, "marks", marks_of)

    def printed(self, request, object_id, template, paper_of):
        visit = self.readable(request, object_id)
        values = paper_of(visit)
        actions.log_printing(visit, by=request.user, what=values["title"])
        pdf = paper.draw(f"awards/site_visits/print_{template}.html", **values)
        return paper.handed_out(pdf, f"{visit.application.number}{values['title']}")


def _facts(visit):
    answer = "尚未答复"
    if visit.agreed_at:
        answer = f"已确认（{localtime(visit.agreed_at):%Y-%m-%d %H:%M}）"
    elif visit.other_day:
        answer = f"希望另定 {visit.other_day}：{visit.other_reason}"
    return [
        ("申报编号", visit.application.number),
        ("申报单位", visit.application.organisation.name),
        ("日期", visit.days),
        ("地点", visit.place),
        ("议程", visit.agenda),
        ("申报单位答复", answer if visit.state != S.PLANNED else "尚未告知"),
    ]
