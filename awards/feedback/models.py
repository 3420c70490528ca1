from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from awards.reviews.phase_queries import cases_headed_by
from awards.workflow import Step, Workflow
from foshan_quality.permissions import Permission, Relation, Role

USER = settings.AUTH_USER_MODEL


class FeedbackQuerySet(models.QuerySet):
    def visible_to(self, user):
        """All for the secretariat; for an expert those of the panels headed."""
        if user.has_perm(Permission.FEEDBACK_APPROVE):
            return self
        return self.filter(application__in=cases_headed_by(user))

    def released(self):
        """Those the applicant may read."""
        return self.filter(state=FeedbackReport.State.RELEASED)


class FeedbackReport(models.Model):
    """What an applicant is told to improve by: drafted from the sheets, edited by the head, approved, released."""

    class State(models.TextChoices):
        DRAFT = "draft", "待组长修改"
        HANDED_IN = "handed_in", "待秘书处核准"
        APPROVED = "approved", "已核准，待发放"
        RELEASED = "released", "已发放"

    application = models.OneToOneField(
        "awards.Application", models.PROTECT, related_name="feedback_report", verbose_name="申报"
    )
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    drafted_at = models.DateTimeField("生成时间")
    drafted_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="生成人")
    approved_at = models.DateTimeField("核准时间", null=True)
    approved_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, verbose_name="核准人")
    released_at = models.DateTimeField("发放时间", null=True)
    released_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, verbose_name="发放人")

    objects = FeedbackQuerySet.as_manager()

    workflow = Workflow(
        hand_in_feedback=Step("提交核准", {State.DRAFT}, State.HANDED_IN, Permission.FEEDBACK_WRITE),
        send_back_feedback=Step(
            "退回组长修改", {State.HANDED_IN, State.APPROVED}, State.DRAFT, Permission.FEEDBACK_APPROVE
        ),
        approve_feedback=Step("核准", {State.HANDED_IN}, State.APPROVED, Permission.FEEDBACK_APPROVE),
        release_feedback=Step("发放", {State.APPROVED}, State.RELEASED, Permission.FEEDBACK_APPROVE),
    )

    class Meta:
        verbose_name = verbose_name_plural = "反馈报告"
        ordering = ["application__number", "pk"]
        constraints = [
            CheckConstraint(
                name="feedback_approved_at_and_by",
                condition=Q(state__in=["approved", "released"], approved_at__isnull=False, approved_by__isnull=False)
                | Q(state__in=["draft", "handed_in"], approved_at=None, approved_by=None),
            ),
            CheckConstraint(
                name="feedback_released_at_and_by",
                condition=Q(state="released", released_at__isnull=False, released_by__isnull=False)
                | ~Q(state="released") & Q(released_at=None, released_by=None),
            ),
        ]

    def __str__(self):
        return f"{self.application.number} 反馈报告"

    def roles_of(self, user):
        """The head of the case's panel writes its feedback."""
        leads = Role.EXPERT in user.roles and cases_headed_by(user).filter(application=self.application_id).exists()
        return {Relation.PANEL_HEAD} if leads else set()


class FeedbackPart(models.Model):
    """What the report says of one category."""

    report = models.ForeignKey(FeedbackReport, models.CASCADE, related_name="parts")
    category = models.ForeignKey("awards.Category", models.PROTECT, related_name="+", verbose_name="类目")
    strengths = models.TextField("优势", blank=True)
    improvements = models.TextField("改进机会", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "反馈内容"
        ordering = ["category_id"]
        constraints = [UniqueConstraint(fields=["report", "category"], name="one_feedback_part_per_category")]
