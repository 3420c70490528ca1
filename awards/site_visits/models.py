from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Exists, F, OuterRef, Q, UniqueConstraint

from awards.programmes.models import SEASON_OVER
from awards.reviews.models import Assignment
from awards.workflow import Step, Workflow
from enterprises.memberships.models import Membership
from foshan_quality.permissions import Permission, Relation, Role

USER = settings.AUTH_USER_MODEL


def held(user):
    """The seats on teams this person holds: not left, of no season that is over, for no applicant one belongs to, and
    for no case one has been taken off."""
    belongs = Membership.objects.filter(
        organisation=OuterRef("visit__application__organisation"), user=user, ended_at=None
    )
    recused = Assignment.objects.filter(
        application=OuterRef("visit__application"), expert=user, state=Assignment.State.RECUSED
    )
    seats = VisitSeat.objects.filter(expert=user, left_at=None)
    return seats.exclude(visit__application__edition__state__in=SEASON_OVER).exclude(Exists(belongs) | Exists(recused))


class SiteVisitQuerySet(models.QuerySet):
    def visible_to(self, user):
        """All for the secretariat; for an expert the visits of whose team one is."""
        if user.has_perm(Permission.REVIEW_ASSIGN):
            return self
        return self.filter(pk__in=held(user).values("visit"))

    def told(self):
        """Those the applicant knows of."""
        return self.exclude(state=SiteVisit.State.PLANNED)


class SiteVisit(models.Model):
    """A visit to one shortlisted case: the plan, told to the applicant, and the score it ends in.

    `version` grows with each change of the plan, so that an answer of the applicant is about the plan it was given to.
    """

    class State(models.TextChoices):
        PLANNED = "planned", "拟定计划"
        TOLD = "told", "已告知申报单位"
        LOCKED = "locked", "结果已锁定"

    application = models.OneToOneField(
        "awards.Application", models.PROTECT, related_name="site_visit", verbose_name="申报"
    )
    state = models.CharField("状态", max_length=8, choices=State, default=State.PLANNED, editable=False)
    first_day = models.DateField("开始日期")
    last_day = models.DateField("结束日期")
    place = models.CharField("地点", max_length=200)
    agenda = models.TextField("议程")
    version = models.PositiveIntegerField(default=1, editable=False)
    planned_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="拟定人")
    told_at = models.DateTimeField("告知时间", null=True)
    agreed_at = models.DateTimeField("申报单位确认时间", null=True)
    agreed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True)
    other_day = models.DateField("申报单位希望的日期", null=True)
    other_reason = models.TextField("另定日期的原因", blank=True)
    locked_at = models.DateTimeField("锁定时间", null=True)
    locked_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True)
    score = models.DecimalField("现场评审后总分", max_digits=6, decimal_places=2, null=True)

    objects = SiteVisitQuerySet.as_manager()

    workflow = Workflow(
        tell_visit=Step("告知申报单位", {State.PLANNED}, State.TOLD, Permission.VISIT_PLAN),
        lock_visit=Step("锁定现场评审结果", {State.TOLD}, State.LOCKED, Permission.VISIT_LEAD),
        reopen_visit=Step("退回现场评审", {State.LOCKED}, State.TOLD, Permission.VISIT_PLAN),
    )

    class Meta:
        verbose_name = verbose_name_plural = "现场评审"
        ordering = ["application__number", "pk"]
        constraints = [
            CheckConstraint(name="visit_runs_forward", condition=Q(last_day__gte=F("first_day"))),
            CheckConstraint(name="visit_told_with_its_time", condition=Q(state="planned") ^ Q(told_at__isnull=False)),
            CheckConstraint(
                name="visit_agreed_at_and_by",
                condition=Q(agreed_at=None, agreed_by=None) | Q(agreed_at__isnull=False, agreed_by__isnull=False),
            ),
            CheckConstraint(name="other_day_with_a_reason", condition=Q(other_day=None) ^ ~Q(other_reason="")),
            CheckConstraint(
                name="visit_locked_with_its_score",
                condition=Q(state="locked", locked_at__isnull=False, locked_by__isnull=False, score__isnull=False)
                | ~Q(state="locked") & Q(locked_at=None, locked_by=None, score=None),
            ),
        ]

    def __str__(self):
        return f"{self.application.number} 现场评审"

    @property
    def days(self):
        """2026-06-20, or from one day to another."""
        return str(self.first_day) if self.first_day == self.last_day else f"{self.first_day} 至 {self.last_day}"

    def seat_of(self, user):
        """The person's seat on the team, or None. One query, unless it is among the `known_seats` a page has set."""
        known = getattr(self, "known_seats", {})
        if user.pk in known:
            return known[user.pk]
        return held(user).filter(visit=self).first() if Role.EXPERT in user.roles else None

    def roles_of(self, user):
        """What a seat on the team gives; to the applicant's people, once they are told, what their membership gives."""
        seat = self.seat_of(user)
        if seat:
            return {Relation.VISITOR} | ({Relation.VISIT_HEAD} if seat.is_head and seat.declared_at else set())
        return set() if self.state == self.State.PLANNED else set(self.application.organisation.roles_of(user))


class VisitSeat(models.Model):
    """One expert on a team. Sees the record and writes in it once declared free; gone with `left_at`."""

    visit = models.ForeignKey(SiteVisit, models.PROTECT, related_name="seats")
    expert = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="专家")
    is_head = models.BooleanField("组长", default=False)
    declared_at = models.DateTimeField("声明时间", null=True)
    left_at = models.DateTimeField("退出时间", null=True)
    left_reason = models.TextField("退出原因", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "现场评审组成员"
        ordering = ["pk"]
        constraints = [
            UniqueConstraint(fields=["visit", "expert"], name="one_visit_seat_per_expert"),
            UniqueConstraint(fields=["visit"], condition=Q(is_head=True, left_at=None), name="one_head_of_a_visit"),
            CheckConstraint(name="left_visit_with_a_reason", condition=Q(left_at=None) ^ ~Q(left_reason="")),
        ]


class VisitMinutes(models.Model):
    """The minutes of the opening or the closing meeting."""

    class Kind(models.TextChoices):
        OPENING = "opening", "首次会议"
        CLOSING = "closing", "末次会议"

    visit = models.ForeignKey(SiteVisit, models.PROTECT, related_name="minutes")
    kind = models.CharField("会议", max_length=8, choices=Kind)
    held_at = models.DateTimeField("时间")
    attendance = models.TextField("出席人员")
    text = models.TextField("会议记录")
    version = models.PositiveIntegerField(default=1)
    written_at = models.DateTimeField("填写时间")
    written_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="填写人")

    class Meta:
        verbose_name = verbose_name_plural = "会议记录"
        ordering = ["-kind"]
        constraints = [UniqueConstraint(fields=["visit", "kind"], name="one_minutes_per_meeting")]


class SiteEvidence(models.Model):
    """One line of the evidence log: what was seen about an item, with a photo or without. Append-only by trigger."""

    visit = models.ForeignKey(SiteVisit, models.PROTECT, related_name="evidence")
    item = models.ForeignKey("awards.Item", models.PROTECT, related_name="+", verbose_name="评分项")
    seen = models.TextField("所见情况")
    photo = models.ForeignKey(
        "enterprises.StoredFile", models.PROTECT, related_name="+", null=True, verbose_name="照片"
    )
    noted_at = models.DateTimeField("登记时间")
    noted_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="登记人")

    class Meta:
        verbose_name = verbose_name_plural = "现场证据"
        ordering = ["pk"]
        constraints = [CheckConstraint(name="evidence_says_what_was_seen", condition=~Q(seen=""))]


class RescoredItem(models.Model):
    """An item the team marks anew, resting on a line of the evidence log."""

    visit = models.ForeignKey(SiteVisit, models.PROTECT, related_name="rescored")
    item = models.ForeignKey("awards.Item", models.PROTECT, related_name="+", verbose_name="评分项")
    before = models.PositiveSmallIntegerField("现场评审前百分比")
    after = models.PositiveSmallIntegerField("现场评审后百分比")
    reason = models.TextField("改评理由")
    evidence = models.ForeignKey(SiteEvidence, models.PROTECT, related_name="+", verbose_name="证据")
    set_at = models.DateTimeField("改评时间")
    set_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="改评人")

    class Meta:
        verbose_name = verbose_name_plural = "改评"
        ordering = ["item_id"]
        constraints = [
            UniqueConstraint(fields=["visit", "item"], name="rescored_once"),
            CheckConstraint(name="rescored_range", condition=Q(before__lte=100, after__lte=100)),
            CheckConstraint(name="rescored_differs", condition=~Q(after=F("before"))),
            CheckConstraint(name="rescored_says_why", condition=~Q(reason="")),
        ]
