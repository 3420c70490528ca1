from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Exists, OuterRef, Q, UniqueConstraint

from awards.programmes.phase_rules import Kind
from awards.reviews.models import Assignment, live
from awards.reviews.phase_queries import cases_led_by, cases_open_to
from awards.workflow import Step, Workflow
from foshan_quality.permissions import Permission, Relation, Role

USER = settings.AUTH_USER_MODEL


class ConsensusQuerySet(models.QuerySet):
    def visible_to(self, user):
        """All for the secretariat; for an expert those of the panels sat on, as far as the phase lets be seen."""
        if user.has_perm(Permission.REVIEW_ASSIGN):
            return self
        return self.filter(application__in=cases_open_to(user, Kind.CONSENSUS))

    def led_by(self, user):
        """Those of the panels this person heads."""
        return self.filter(application__in=cases_led_by(user))

    def unanswered_by(self, user):
        """The closed ones this person has neither closed nor said anything to since."""
        given = Opinion.objects.filter(consensus=OuterRef("pk"), round=OuterRef("round"), member=user)
        return self.filter(state=Consensus.State.CLOSED).exclude(closed_by=user).exclude(Exists(given))


class Consensus(models.Model):
    """What a panel agrees on for one application. Single sheets stay as they are; `score` is set when it is closed.

    `version` grows with each save, `round` with each closing. `seats` are the keys of the assignments whose sheets it
    rests on: when an expert is taken off the case later, it no longer holds.
    """

    class State(models.TextChoices):
        OPEN = "open", "合议中"
        CLOSED = "closed", "已合议"

    application = models.OneToOneField(
        "awards.Application", models.PROTECT, related_name="consensus", verbose_name="申报"
    )
    state = models.CharField("状态", max_length=8, choices=State, default=State.OPEN, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    round = models.PositiveSmallIntegerField("轮次", default=0, editable=False)
    begun_at = models.DateTimeField("开始时间")
    begun_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="开始人")
    closed_at = models.DateTimeField("关闭时间", null=True)
    closed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, verbose_name="关闭人")
    seats = models.JSONField("参加合议的席位", default=list, editable=False)
    score = models.DecimalField("合议总分", max_digits=6, decimal_places=2, null=True)

    objects = ConsensusQuerySet.as_manager()

    workflow = Workflow(
        close_consensus=Step("关闭合议", {State.OPEN}, State.CLOSED, Permission.CONSENSUS_LEAD),
        reopen_consensus=Step("退回合议", {State.CLOSED}, State.OPEN, Permission.PHASE_RUN),
    )

    class Meta:
        verbose_name = verbose_name_plural = "合议评审"
        ordering = ["application__number", "pk"]
        constraints = [
            CheckConstraint(
                name="consensus_closed_with_its_total",
                condition=Q(state="closed", closed_at__isnull=False, closed_by__isnull=False, score__isnull=False)
                | Q(state="open", closed_at=None, closed_by=None, score=None),
            ),
        ]

    def __str__(self):
        return f"{self.application.number} 合议"

    def seat_of(self, user):
        """The expert's seat on the panel once the own sheet is in, or None. One query, unless it is among the
        `known_seats` a page has set."""
        known = getattr(self, "known_seats", {})
        if user.pk in known:
            return known[user.pk]
        submitted = Assignment.objects.filter(state=Assignment.State.SUBMITTED)
        return submitted.filter(live(), application=self.application_id, expert=user).first()

    def roles_of(self, user):
        """What that seat gives."""
        seat = self.seat_of(user) if Role.EXPERT in user.roles else None
        if seat is None:
            return set()
        return {Relation.PANEL_MEMBER} | ({Relation.PANEL_HEAD} if seat.is_head else set())


class AgreedItem(models.Model):
    """What the panel set for one item. `marks` are the single marks it rests on, in the order of the seats."""

    consensus = models.ForeignKey(Consensus, models.CASCADE, related_name="items")
    item = models.ForeignKey("awards.Item", models.PROTECT, related_name="+")
    percentage = models.PositiveSmallIntegerField("合议百分比", null=True)
    discussion = models.TextField("讨论记录", blank=True)
    marks = models.JSONField("各专家百分比")
    is_wide = models.BooleanField("超过分歧限度")

    class Meta:
        verbose_name = verbose_name_plural = "合议评分"
        ordering = ["item_id"]
        constraints = [
            UniqueConstraint(fields=["consensus", "item"], name="one_agreed_item"),
            CheckConstraint(name="agreed_percentage_range", condition=Q(percentage=None) | Q(percentage__lte=100)),
            CheckConstraint(
                name="wide_item_was_discussed",
                condition=Q(percentage=None) | Q(is_wide=False) | ~Q(discussion=""),
            ),
        ]


class Opinion(models.Model):
    """What a member of the panel says to a closed consensus: agreed, or a dissenting note. Append-only by trigger."""

    consensus = models.ForeignKey(Consensus, models.PROTECT, related_name="opinions")
    round = models.PositiveSmallIntegerField("轮次")
    member = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="专家")
    agrees = models.BooleanField("同意")
    note = models.TextField("不同意见", blank=True)
    given_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "合议表态"
        ordering = ["pk"]
        constraints = [
            UniqueConstraint(fields=["consensus", "round", "member"], name="one_opinion_per_round"),
            CheckConstraint(name="dissent_says_why", condition=Q(agrees=True) | ~Q(note="")),
        ]
