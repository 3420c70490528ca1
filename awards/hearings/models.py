from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Deferrable, Q, UniqueConstraint
from django.utils.timezone import localtime

from awards.reviews.models import Assignment, live
from awards.workflow import Step, Workflow
from foshan_quality.permissions import Permission, Relation, Role

from .judgement import said

USER = settings.AUTH_USER_MODEL


class Hearing(models.Model):
    """The hearing of an edition: one place, sessions of one day or several, so many minutes a case.

    `sessions` are [[from, to], …] as ISO texts in order, empty for hearings from before there were any; `begins_at` is
    when the first begins. `version` grows with each change.
    """

    class State(models.TextChoices):
        PLANNED = "planned", "已抽签，未告知"
        TOLD = "told", "已告知申报单位"

    edition = models.OneToOneField("awards.Edition", models.PROTECT, related_name="hearing", verbose_name="届次")
    state = models.CharField("状态", max_length=8, choices=State, default=State.PLANNED, editable=False)
    begins_at = models.DateTimeField("开始时间")
    sessions = models.JSONField("时段", default=list, editable=False)
    place = models.CharField("地点", max_length=200)
    minutes = models.PositiveSmallIntegerField("每家分钟数", editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    called_at = models.DateTimeField("召集时间", editable=False)
    called_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False, verbose_name="召集人")
    told_at = models.DateTimeField("告知时间", null=True, editable=False)

    workflow = Workflow(tell_hearing=Step("告知申报单位", {State.PLANNED}, State.TOLD, Permission.HEARING_RUN))

    class Meta:
        verbose_name = verbose_name_plural = "陈述答辩"
        ordering = ["-edition"]
        constraints = [
            CheckConstraint(name="hearing_told_with_its_time", condition=Q(state="planned") ^ Q(told_at__isnull=False)),
            CheckConstraint(name="hearing_takes_time", condition=Q(minutes__gte=1)),
        ]

    def __str__(self):
        return f"{self.edition}陈述答辩"

    @property
    def sessions_said(self):
        """The sessions, one a line; only the beginning where there are none."""
        stretches = [[localtime(datetime.fromisoformat(moment)) for moment in session] for session in self.sessions]
        return "\n".join(said(*stretch) for stretch in stretches) or f"{localtime(self.begins_at):%Y-%m-%d %H:%M} 开始"


class HearingDraw(models.Model):
    """One drawing of the order: its seed and what it gave. The last one stands. Append-only by trigger."""

    hearing = models.ForeignKey(Hearing, models.PROTECT, related_name="draws")
    number = models.PositiveSmallIntegerField("第几次")
    seed = models.CharField("种子", max_length=32)
    order = models.JSONField("次序")  # numbers of the applications
    reason = models.TextField("重新抽签的理由", blank=True)
    drawn_at = models.DateTimeField("抽签时间")
    drawn_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="办理人")

    class Meta:
        verbose_name = verbose_name_plural = "抽签"
        ordering = ["number"]
        constraints = [
            UniqueConstraint(fields=["hearing", "number"], name="one_draw_per_number"),
            CheckConstraint(
                name="drawn_again_with_a_reason",
                condition=Q(number=1, reason="") | Q(number__gt=1) & ~Q(reason=""),
            ),
        ]


class HearingCaseQuerySet(models.QuerySet):
    def visible_to(self, user):
        """All for the secretariat; once told, an expert's own cases whose independent sheet is in."""
        if user.has_perm(Permission.REVIEW_ASSIGN):
            return self
        seats = Assignment.objects.filter(live(), expert=user, state=Assignment.State.SUBMITTED)
        return self.filter(hearing__state=Hearing.State.TOLD, application__in=seats.values("application"))


class HearingCase(models.Model):
    """One application in a hearing, its turn and its time. Its score is what the marks of its panel come to."""

    hearing = models.ForeignKey(Hearing, models.PROTECT, related_name="cases", verbose_name="陈述答辩")
    application = models.OneToOneField(
        "awards.Application", models.PROTECT, related_name="hearing_case", verbose_name="申报"
    )
    turn = models.PositiveSmallIntegerField("次序")
    begins_at = models.DateTimeField("开始时间")

    objects = HearingCaseQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "答辩评分"
        ordering = ["-hearing", "turn"]
        constraints = [
            UniqueConstraint(fields=["hearing", "turn"], name="one_case_per_turn", deferrable=Deferrable.IMMEDIATE),
            UniqueConstraint(
                fields=["hearing", "begins_at"], name="one_case_at_a_time", deferrable=Deferrable.IMMEDIATE
            ),
            CheckConstraint(name="turns_count_from_one", condition=Q(turn__gte=1)),
        ]

    def __str__(self):
        return f"{self.application.number} 陈述答辩"

    @property
    def day(self):
        return localtime(self.begins_at).date()

    @property
    def time(self):
        """2026-07-10 09:40—10:20."""
        end = self.begins_at + timedelta(minutes=self.hearing.minutes)
        return said(localtime(self.begins_at), localtime(end))

    def roles_of(self, user):
        """What a seat on the panel gives, once the own independent sheet is in."""
        if Role.EXPERT not in user.roles:
            return set()
        seats = self.application.assignments.filter(live(), expert=user, state=Assignment.State.SUBMITTED)
        return {Relation.HEARER} if seats.exists() else set()


class HearingMark(models.Model):
    """What one expert gave: one percentage for the whole, with words. Locked while it has `submitted_at`."""

    assignment = models.OneToOneField(Assignment, models.PROTECT, related_name="hearing_mark")
    percentage = models.PositiveSmallIntegerField("百分比")
    words = models.TextField("问答记录与评语")
    submitted_at = models.DateTimeField("提交时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "答辩评分"
        constraints = [
            CheckConstraint(name="hearing_mark_range", condition=Q(percentage__lte=100)),
            CheckConstraint(name="hearing_mark_with_words", condition=~Q(words="")),
        ]
