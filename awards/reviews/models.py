from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Exists, F, OuterRef, Q, UniqueConstraint
from django.utils.functional import cached_property

from awards.programmes.models import SEASON_OVER
from awards.workflow import Step, Workflow
from enterprises.memberships.models import Membership
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission, Relation, Role

USER = settings.AUTH_USER_MODEL


def unattached():
    """The expert has not become a member of the applicant meanwhile."""
    belongs = Membership.objects.filter(
        organisation=OuterRef("application__organisation"), user=OuterRef("expert"), ended_at=None
    )
    return ~Exists(belongs)


def live():
    """The edition's review is not over, and the expert has not become a member of the applicant meanwhile."""
    return ~Q(application__edition__state__in=SEASON_OVER) & unattached()


class AssignmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """All for the secretariat; an expert's own that are live. Nobody else's, ever."""
        if user.has_perm(Permission.REVIEW_ASSIGN):
            return self
        return self.filter(live(), expert=user)

    def sitting(self):
        """Not recused."""
        return self.exclude(state=Assignment.State.RECUSED)


class Assignment(models.Model):
    """One expert on one application: declares conflicts, then scores, then submits."""

    class State(models.TextChoices):
        ASSIGNED = "assigned", "待声明利害关系"
        SITTING = "sitting", "评审中"
        SUBMITTED = "submitted", "已提交评分"
        RECUSED = "recused", "已回避"

    application = models.ForeignKey("awards.Application", models.PROTECT, related_name="assignments")
    expert = models.ForeignKey(USER, models.PROTECT, related_name="assignments", verbose_name="专家")
    is_head = models.BooleanField("组长", default=False)
    state = models.CharField("状态", max_length=10, choices=State, default=State.ASSIGNED, editable=False)
    assigned_at = models.DateTimeField("分配时间", default=clock.now, editable=False)
    assigned_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False)
    declared_at = models.DateTimeField("声明时间", null=True, editable=False)
    recusal_reason = models.TextField("回避原因", blank=True, editable=False)

    objects = AssignmentQuerySet.as_manager()

    workflow = Workflow(
        declare_free=Step("声明无利害关系，开始评审", {State.ASSIGNED}, State.SITTING, Permission.REVIEW_SCORE),
        recuse=Step("申请回避", {State.ASSIGNED, State.SITTING}, State.RECUSED, Permission.REVIEW_SCORE),
        submit_sheet=Step("提交评分", {State.SITTING}, State.SUBMITTED, Permission.REVIEW_SCORE),
        reopen_sheet=Step("退回修改评分", {State.SUBMITTED}, State.SITTING, Permission.SHEET_REOPEN),
        remove=Step(
            "调离（回避）", {State.ASSIGNED, State.SITTING, State.SUBMITTED}, State.RECUSED, Permission.REVIEW_ASSIGN
        ),
        set_aside=Step(
            "因利害关系退出",
            {State.ASSIGNED, State.SITTING, State.SUBMITTED},
            State.RECUSED,
            Permission.CONFLICT_FOLLOW,
        ),
    )

    class Meta:
        verbose_name = verbose_name_plural = "评审任务"
        ordering = ["application__number", "pk"]
        constraints = [
            UniqueConstraint(fields=["application", "expert"], name="one_assignment_per_expert"),
            CheckConstraint(name="recusal_has_reason", condition=~Q(state="recused") | ~Q(recusal_reason="")),
            CheckConstraint(name="nobody_assigns_self", condition=~Q(expert=F("assigned_by"))),
        ]

    def __str__(self):
        return f"{self.application.number} · {self.expert}"

    @property
    def may_read_dossier(self):
        """The dossier opens after the declaration and closes with a recusal."""
        return self.state in {self.State.SITTING, self.State.SUBMITTED}

    def roles_of(self, user):
        """The expert's seat while it is held and the season lasts; to the head of the panel, the others' seats."""
        if Role.EXPERT not in user.roles:
            return set()
        if user.pk == self.expert_id:
            is_seated = self.state != self.State.RECUSED and self.is_live
            return {Relation.SITTING_EXPERT} if is_seated else set()
        heads = Assignment.objects.filter(live(), application=self.application_id, expert=user, is_head=True)
        return {Relation.PANEL_HEAD} if heads.sitting().exists() else set()

    @cached_property
    def is_live(self):
        """Whether the expert could still have access: see `live`. One query, unless it was read along."""
        return Assignment.objects.filter(live(), pk=self.pk).exists()


class ScoreSheet(models.Model):
    """One expert's marks for one application in one phase. `total` is set at submission, 0.01 exact.

    It lies between 0 and the total of the edition's rubric: the trigger total_within_rubric.
    """

    class Phase(models.TextChoices):
        INDEPENDENT = "independent", "独立评审"

    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="sheets")
    phase = models.CharField("阶段", max_length=12, choices=Phase, default=Phase.INDEPENDENT)
    version = models.PositiveIntegerField(default=0)
    total = models.DecimalField("总分", max_digits=6, decimal_places=2, null=True)
    submitted_at = models.DateTimeField("提交时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "评分表"
        constraints = [
            UniqueConstraint(fields=["assignment", "phase"], name="one_sheet_per_phase"),
            CheckConstraint(
                name="total_with_submission",
                condition=Q(total=None, submitted_at=None) | Q(total__isnull=False, submitted_at__isnull=False),
            ),
        ]


class Mark(models.Model):
    """One item's percentage, with the expert's words."""

    sheet = models.ForeignKey(ScoreSheet, models.CASCADE, related_name="marks")
    item = models.ForeignKey("awards.Item", models.PROTECT, related_name="+")
    percentage = models.PositiveSmallIntegerField("百分比", null=True)
    strengths = models.TextField("优势", blank=True)
    improvements = models.TextField("改进机会", blank=True)
    evidence = models.CharField("证据页", max_length=200, blank=True)  # as citing.py writes them: 12、附3:2

    class Meta:
        verbose_name = verbose_name_plural = "评分"
        ordering = ["item_id"]
        constraints = [
            UniqueConstraint(fields=["sheet", "item"], name="one_mark_per_item"),
            CheckConstraint(name="percentage_range", condition=Q(percentage=None) | Q(percentage__lte=100)),
        ]
