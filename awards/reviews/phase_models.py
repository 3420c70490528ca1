from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from awards.process import State as Case
from awards.programmes.phase_rules import Cases, Kind
from awards.workflow import Step, Workflow
from foshan_quality.permissions import Permission

from .phases import Scorer, Seen

USER = settings.AUTH_USER_MODEL


class ReviewPhase(models.Model):
    """One phase of an edition's review, made from its rules when the review begins."""

    class State(models.TextChoices):
        WAITING = "waiting", "未开始"
        OPEN = "open", "进行中"
        CLOSED = "closed", "已结束"

    edition = models.ForeignKey("awards.Edition", models.PROTECT, related_name="phases", verbose_name="届次")
    kind = models.CharField("阶段", max_length=12, choices=Kind)
    position = models.PositiveSmallIntegerField("次序")
    weight = models.PositiveSmallIntegerField("权重（%）")
    cases = models.CharField("参加的申报", max_length=12, choices=Cases)
    scored_by = models.CharField("评分方式", max_length=8, choices=Scorer)
    peers_seen = models.CharField("他人评分何时可见", max_length=10, choices=Seen)
    state = models.CharField("状态", max_length=8, choices=State, default=State.WAITING, editable=False)
    opened_at = models.DateTimeField("开始时间", null=True, editable=False)
    opened_by = models.ForeignKey(
        USER, models.PROTECT, related_name="+", null=True, editable=False, verbose_name="开始人"
    )
    closed_at = models.DateTimeField("结束时间", null=True, editable=False)
    closed_by = models.ForeignKey(
        USER, models.PROTECT, related_name="+", null=True, editable=False, verbose_name="结束人"
    )

    workflow = Workflow(
        open_phase=Step("开始本阶段", {State.WAITING}, State.OPEN, Permission.PHASE_RUN),
        close_phase=Step("结束本阶段", {State.OPEN}, State.CLOSED, Permission.PHASE_RUN),
        reopen_phase=Step("重新进行本阶段", {State.CLOSED}, State.OPEN, Permission.PHASE_RUN),
    )

    class Meta:
        verbose_name = verbose_name_plural = "评审阶段"
        ordering = ["-edition", "position"]
        constraints = [
            UniqueConstraint(fields=["edition", "kind"], name="one_phase_per_kind"),
            UniqueConstraint(fields=["edition", "position"], name="one_phase_per_position"),
            CheckConstraint(name="phase_weight_is_a_percentage", condition=Q(weight__lte=100)),
            CheckConstraint(
                name="phase_opened_at_and_by",
                condition=Q(state="waiting", opened_at=None, opened_by=None)
                | ~Q(state="waiting") & Q(opened_at__isnull=False, opened_by__isnull=False),
            ),
            CheckConstraint(
                name="phase_closed_at_and_by",
                condition=Q(state="closed", closed_at__isnull=False, closed_by__isnull=False)
                | ~Q(state="closed") & Q(closed_at=None, closed_by=None),
            ),
        ]

    def __str__(self):
        return f"{self.edition}{self.get_kind_display()}"

    @property
    def is_open(self):
        return self.state == self.State.OPEN

    @property
    def state_of_cases(self):
        """The state an application is in while it takes part."""
        return Case.IN_REVIEW if self.cases == Cases.ALL else Case.SHORTLISTED
