"""The pool and the season in the office. Registered by the panels, which add what conflicts mean for seats."""

from dataclasses import replace
from functools import partial

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, prefetch_related_objects
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.timezone import localtime
from django.views.decorators.http import require_safe

from awards.programmes.admin import edition_filter
from awards.programmes.models import SEASON_OVER
from enterprises.districts import District
from foshan_quality.lib import clock
from foshan_quality.office import Act, OfficeAdmin, OfficeInline, Todo, column, day_column, figures, spreadsheet
from foshan_quality.permissions import Permission, Role

from . import actions, pool_actions
from .models import ConductEntry, Engagement, Interest, Training
from .office_forms import (
    AcceptForm,
    AgainForm,
    ConductForm,
    DeclarationForm,
    DeclineForm,
    EnrolForm,
    InterestForm,
    InviteForm,
    PledgeForm,
    PledgeTextForm,
    PoolFileForm,
    TakeForm,
    TrainingForm,
    VoidForm,
    live_editions,
)
from .own_admin import OwnAdmin
from .queries import first_day_of, pool_sheet, sample_sheet, text_in_force

E = Engagement.State
ENTERED_BY = column("entered_by.__str__", "登记人")  # a name, no link: not everybody here may open accounts


class InterestInline(OfficeInline):
    model = Interest
    fk_name = "expert"
    fields = ["kind", "organisation_name", "credit_code", "ended_on", "detail", "entered_at", ENTERED_BY]
    fields += ["void_reason"]
    readonly_fields = fields


class TrainingInline(OfficeInline):
    model = Training
    fields = ["course", "held_on", "hours", "result", ENTERED_BY]
    readonly_fields = fields


class ConductInline(OfficeInline):
    model = ConductEntry
    fields = ["kind", "text", "entered_at", ENTERED_BY]
    readonly_fields = fields


class SeasonInline(OfficeInline):
    model = Engagement
    fk_name = "expert"
    fields = ["edition", "state", "days", "reason"]
    readonly_fields = fields

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("edition__programme__honour_kind")


class DistrictFilter(admin.SimpleListFilter):
    title, parameter_name = "所在区", "district"

    def lookups(self, request, model_admin):
        return [*District.choices, ("outside", "市外")]

    def queryset(self, request, queryset):
        code = self.value()
        return queryset.filter(district_code="" if code == "outside" else code) if code else queryset


class SeasonFilter(admin.SimpleListFilter):
    """Experts by how they stand to the newest edition whose review is not over."""

    title, parameter_name = "本届", "season"

    def lookups(self, request, model_admin):
        return [*E.choices, ("none", "未邀请")]

    def queryset(self, request, queryset):
        newest = Engagement.objects.order_by("-edition").values("edition")[:1]
        if self.value() == "none":
            return queryset.exclude(engagements__edition__in=newest)
        if self.value():
            of_newest = Engagement.objects.filter(edition__in=newest, state=self.value())
            return queryset.filter(pk__in=of_newest.values("expert"))
        return queryset


def with_pool_file(list_acts, acts):
    """The acts of the list, a file's updates done by the desk's own act with all that follows from it."""
    take = partial(pool_actions.take_in_pool, update=acts["update"].run)
    return list_acts | {"take": replace(list_acts["take"], run=take)}


class ExpertAdmin(OfficeAdmin):
    """The expert pool."""

    change_list_template = "awards/experts/pool.html"
    list_display = [
        column("user.__str__", "姓名", order="user__name"),
        "employer",
        "title",
        "fields",
        column("district_said", "所在区", order="district_code"),
        column("may_head", "可任组长", order="may_head"),
    ]
    list_filter = [SeasonFilter, DistrictFilter, "may_head"]
    list_select_related = ["user"]
    search_fields = ["user__name", "employer", "fields"]
    search_help_text = "姓名、工作单位或专业领域"
    ordering = ["user__name"]
    fields = [
        column("user.__str__", "姓名"),
        "employer",
        "employer_code",
        "employer_group",
        column("district_said", "所在区"),
        "title",
        "fields",
        column("may_head", "可任组长"),
    ]
    inlines = [SeasonInline, InterestInline, TrainingInline, ConductInline]
    list_acts = {
        "enrol": Act(
            "专家入库", actions.enrol_expert, EnrolForm, Permission.REVIEW_ASSIGN, done="已入库。", back_to_list=True
        ),
        "import": Act(
            "从表格导入",
            pool_actions.try_pool,
            PoolFileForm,
            Permission.REVIEW_ASSIGN,
            warning="上传只做试算，不写入；逐行核对结果后再确认。全部行正确才能写入。",
            answer="awards/experts/trial.html",
        ),
        "take": Act(
            "写入专家库",
            pool_actions.take_in_pool,
            TakeForm,
            Permission.REVIEW_ASSIGN,
            done="已写入专家库。",
            warning="要先在“从表格导入”上传文件试算，再从试算结果页写入。",
            back_to_list=True,
            is_listed=False,
        ),
    }
    acts = {
        "update": Act(
            "更新专家信息",
            actions.update_entry,
            EnrolForm,
            Permission.REVIEW_ASSIGN,
            done="专家信息已保存。",
            warning="变更工作单位后，原单位自动记为曾任职；与在评申报形成利害关系的，立即终止其评审并通知有关人员。",
        ),
        "interest": Act(
            "登记利害关系",
            actions.enter_interest,
            InterestForm,
            Permission.REVIEW_ASSIGN,
            done="已登记。涉及在评申报的，该专家的评审已经终止，有关人员已收到通知。",
            warning="涉及在评申报的，保存后该专家立即失去访问，已填的评分保留存档、不参与计分，组长和秘书处收到通知。",
        ),
        "void_interest": Act(
            "作废利害关系",
            lambda record, *, interest, **given: actions.void_interest(interest, **given),
            VoidForm,
            Permission.REVIEW_ASSIGN,
            done="已作废；原来的一条保留。",
            warning="只用于登记错误。已终止的评审不会恢复。",
        ),
        "training": Act(
            "登记培训", actions.add_training, TrainingForm, Permission.REVIEW_ASSIGN, done="培训记录已保存。"
        ),
        "conduct": Act(
            "记入信誉档案",
            actions.add_conduct,
            ConductForm,
            Permission.REVIEW_ASSIGN,
            done="已记入信誉档案。",
            warning="记入后不能修改或删除，写错的另记一条说明。",
        ),
    }

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(Permission.REVIEW_ASSIGN)

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def get_urls(self):
        return [
            self.page("sample/", self.sample_view, "sample"),
            self.page("export/", self.export_view, "export"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        export = reverse("admin:awards_expert_export") + query
        return super().changelist_view(request, {"export_url": export} | (extra_context or {}))

    @method_decorator(require_safe)
    def sample_view(self, request):
        """The workbook to fill in."""
        self._refuse_strangers(request)
        return spreadsheet(sample_sheet(), "expert-pool-sample")

    @method_decorator(require_safe)
    def export_view(self, request):
        """The pool as filtered and searched, as a workbook that can be taken in again; the trail says who took it."""
        self._refuse_strangers(request)
        experts = list(self.get_changelist_instance(request).get_queryset(request))
        content, asked = pool_sheet(experts), request.GET.urlencode() or "全部"
        pool_actions.log_export(by=request.user, what=asked[:200], count=len(experts))
        return spreadsheet(content, f"expert-pool-{clock.today():%Y%m%d}")

    def _refuse_strangers(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied(Permission.REVIEW_ASSIGN)


def is_in_season(record):
    """Whether the edition's review is not over; what was asked of its experts stays as it is afterwards."""
    return record.edition.state not in SEASON_OVER


def is_bound(record):
    return hasattr(record, "pledge")


class EngagementAdmin(OwnAdmin):
    """Who is asked for an edition and how far: answered, promise signed, interests declared. An expert sees the own."""

    own_path, edition_path, left = "expert__user", "edition", Q(state=E.ENDED)
    change_form_template = "awards/experts/engagement.html"
    list_filter = [edition_filter(), "state"]
    search_fields = ["expert__user__name", "expert__employer"]
    search_help_text = "姓名或工作单位"
    ordering = ["-edition__year", "expert__user__name", "pk"]
    list_acts = {
        "invite": Act(
            "邀请专家",
            actions.invite,
            InviteForm,
            Permission.REVIEW_ASSIGN,
            done="邀请已发出。",
            warning="请先核定本届保密承诺书；发出第一份邀请时还没有核定的，启用参考文本。",
            back_to_list=True,
        ),
        "pledge_text": Act(
            "核定保密承诺书",
            actions.set_pledge_text,
            PledgeTextForm,
            Permission.REVIEW_ASSIGN,
            done="新版本的承诺书已启用。",
            warning="此后签署的专家签新版本；已签署的仍为其所签版本。",
            back_to_list=True,
        ),
    }
    acts = {
        "accept_invitation": Act("接受邀请", actions.accept_invitation, AcceptForm, done="已接受。请签署保密承诺书。"),
        "decline_invitation": Act("谢绝邀请", actions.decline_invitation, DeclineForm, done="已谢绝，谢谢答复。"),
        "sign_pledge": Act(
            "签署保密承诺书",
            actions.sign_pledge,
            PledgeForm,
            Permission.ENGAGEMENT_ANSWER,
            when=lambda record: record.state == E.ACCEPTED and not is_bound(record),
            done="承诺书已签署并留存。请声明利害关系。",
            template="awards/experts/pledge.html",
        ),
        "declare_interests": Act(
            "声明利害关系",
            actions.declare_interests,
            DeclarationForm,
            Permission.ENGAGEMENT_ANSWER,
            when=lambda record: record.state == E.ACCEPTED and is_bound(record),
            done="声明已保存。有利害关系的申报不会分配给您，已分配的立即终止。",
            template="awards/experts/declare.html",
        ),
        "interest": Act(
            "申报利害关系",
            lambda record, **given: actions.enter_interest(record.expert, **given),
            InterestForm,
            Permission.ENGAGEMENT_ANSWER,
            when=lambda record: record.state == E.ACCEPTED,
            done="已申报。涉及您在评申报的，该项评审已经终止。",
            warning="评审中发现的利害关系请随时申报。涉及您在评申报的，立即失去对其材料的访问，不能撤回。",
        ),
        "invite_again": Act(
            "再次邀请",
            actions.invite_again,
            AgainForm,
            when=is_in_season,
            is_aside=True,
            done="邀请已再次发出。",
        ),
        "end_engagement": Act(
            "终止聘请",
            actions.end_engagement,
            DeclineForm,
            when=is_in_season,
            done="聘请已终止，该专家本届的评审任务一并终止。",
            warning="终止后该专家不能再查看本届任何材料，未完成和已提交的评分都不再计入。",
            is_grave=True,
        ),
    }
    todos = {
        "answer": Todo("评审邀请待答复", Role.EXPERT, lambda rows, user: rows.filter(state=E.INVITED)),
        "sign": Todo("保密承诺书待签署", Role.EXPERT, lambda rows, user: rows.filter(state=E.ACCEPTED, pledge=None)),
        "declare": Todo(
            "利害关系待声明",
            Role.EXPERT,
            lambda rows, user: rows.filter(state=E.ACCEPTED, pledge__isnull=False, declarations=None),
        ),
    }

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows.select_related("edition__programme__honour_kind", "expert__user", "pledge__text")

    def begun_acts(self, user):
        """Nobody is asked while there is no edition to ask for."""
        return super().begun_acts(user) if live_editions().exists() else {}

    def get_list_display(self, request):
        season = ["edition", "state_mark", day_column("answer_by", "答复期限"), "days", "signed"]
        if not request.user.has_perm(Permission.REVIEW_ASSIGN):
            return season
        return [column("expert.user.__str__", "专家", order="expert__user__name"), "employer", *season]

    def get_fieldsets(self, request, obj=None):
        return []

    @admin.display(description="工作单位", ordering="expert__employer")
    def employer(self, engagement):
        return engagement.expert.employer

    @admin.display(description="保密承诺")
    def signed(self, engagement):
        if not is_bound(engagement):
            return "—"
        return figures(engagement.pledge.signed_at)

    def main_link(self, request, record):
        """Once all is signed and declared, on to the cases; declaring anew is the exception then."""
        prefetch_related_objects([record], "declarations")
        is_ready = record.state == E.ACCEPTED and is_bound(record) and record.expert.user_id == request.user.pk
        tasks = reverse("admin:awards_assignment_changelist")
        return ("我的评审任务", tasks) if is_ready and record.declarations.all() else ()

    def record_context(self, request, record):
        pledge = record.pledge if is_bound(record) else None
        return {
            "facts": _facts(record, pledge),
            "pledge": pledge,
            "declarations": list(record.declarations.all()),
            "interests": list(record.expert.interests.standing()),
            "first_day": first_day_of(record.edition),
            "is_own": record.expert.user_id == request.user.pk,
        }

    def act_context(self, request, act, record, form):
        context = super().act_context(request, act, record, form)
        if isinstance(form, PledgeForm):
            form.renew()
            context["pledge_text"] = text_in_force(record.edition)
        return context


def _facts(record, pledge):
    late = "（已过期）" if record.is_late(clock.now()) else ""
    return [
        ("届次", str(record.edition)),
        ("专家", str(record.expert.user)),
        ("邀请时间", f"{localtime(record.invited_at):%Y-%m-%d %H:%M}"),
        ("答复期限", f"{localtime(record.answer_by):%Y-%m-%d %H:%M}{late}"),
        ("答复时间", record.answered_at and f"{localtime(record.answered_at):%Y-%m-%d %H:%M}"),
        ("本届可投入", record.days and f"{record.days} 天"),
        ("保密承诺", pledge and f"{localtime(pledge.signed_at):%Y-%m-%d %H:%M} 签署（第 {pledge.text.version} 版）"),
        ("谢绝或终止原因", record.reason),
    ]
