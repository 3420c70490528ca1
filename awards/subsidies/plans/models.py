from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from awards.workflow import Step, Workflow
from foshan_quality.lib import clock
from foshan_quality.lib.money import YuanField
from foshan_quality.permissions import Permission

from ..models import Entitlement

USER = settings.AUTH_USER_MODEL


class PaymentPlan(models.Model):
    """By which instalments an entitlement is paid: entered by one person with its basis, confirmed by another.

    A plan covers what is neither paid nor being paid when it comes into force; it takes the place of the one before.
    """

    class State(models.TextChoices):
        ENTERED = "entered", "待核对"
        IN_FORCE = "in_force", "执行中"
        REPLACED = "replaced", "已被新计划代替"
        DROPPED = "dropped", "已作废"

    entitlement = models.ForeignKey(Entitlement, models.PROTECT, related_name="plans", verbose_name="奖补资格")
    document = models.CharField("依据文件", max_length=200)
    reason = models.TextField("分期理由")
    state = models.CharField("状态", max_length=8, choices=State, default=State.ENTERED, editable=False)
    entered_at = models.DateTimeField("录入时间", default=clock.now, editable=False)
    entered_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False, verbose_name="录入人")
    confirmed_at = models.DateTimeField("核对时间", null=True, editable=False)
    confirmed_by = models.ForeignKey(
        USER, models.PROTECT, related_name="+", null=True, editable=False, verbose_name="核对人"
    )

    workflow = Workflow(
        confirm_plan=Step("核对分期计划", {State.ENTERED}, State.IN_FORCE, Permission.PLAN_CONFIRM),
        drop_plan=Step("作废分期计划", {State.ENTERED}, State.DROPPED, Permission.PLAN_ENTER),
        replace_plan=Step("由新计划代替", {State.IN_FORCE}, State.REPLACED, Permission.PLAN_CONFIRM),
    )

    class Meta:
        verbose_name = verbose_name_plural = "分期计划"
        ordering = ["-pk"]
        constraints = [
            CheckConstraint(name="plan_two_people", condition=~Q(confirmed_by=F("entered_by"))),
            CheckConstraint(
                name="plan_in_force_is_confirmed",
                condition=Q(state__in=["entered", "dropped"])
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
            ),
            UniqueConstraint(fields=["entitlement"], condition=Q(state="in_force"), name="one_plan_in_force"),
            UniqueConstraint(fields=["entitlement"], condition=Q(state="entered"), name="one_plan_waiting"),
        ]

    def __str__(self):
        return f"{self.entitlement} 分期计划"


class Instalment(models.Model):
    """One sum of a plan, payable from a day on. Append-only by trigger: what changes is a new plan."""

    plan = models.ForeignKey(PaymentPlan, models.PROTECT, related_name="instalments")
    turn = models.PositiveSmallIntegerField("期次")
    due_on = models.DateField("应付日期")
    amount = YuanField("金额（元）")
    note = models.CharField("付款条件", max_length=120, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "分期款"
        ordering = ["plan", "turn"]
        constraints = [
            CheckConstraint(name="instalment_positive", condition=Q(amount__gt=0)),
            UniqueConstraint(fields=["plan", "turn"], name="one_instalment_a_turn"),
        ]

    def __str__(self):
        return f"第 {self.turn} 期 {self.amount:,} 元（{self.due_on:%Y-%m-%d} 起）"


class PayoutNotice(models.Model):
    """A public notice that a payment goes before: by a line of the table that demands it, entered and confirmed by two.

    Nothing of the entitlement is paid until the last day of such a notice has passed.
    """

    class State(models.TextChoices):
        ENTERED = "entered", "待核对"
        CONFIRMED = "confirmed", "已核对"
        DROPPED = "dropped", "已作废"

    entitlement = models.ForeignKey(Entitlement, models.PROTECT, related_name="payout_notices", verbose_name="奖补资格")
    document = models.CharField("公示标题或文号", max_length=200)
    address = models.URLField("公开地址", max_length=300, blank=True)
    first_day = models.DateField("公示首日")
    last_day = models.DateField("公示末日")
    state = models.CharField("状态", max_length=9, choices=State, default=State.ENTERED, editable=False)
    entered_at = models.DateTimeField("登记时间", default=clock.now, editable=False)
    entered_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False, verbose_name="登记人")
    confirmed_at = models.DateTimeField("核对时间", null=True, editable=False)
    confirmed_by = models.ForeignKey(
        USER, models.PROTECT, related_name="+", null=True, editable=False, verbose_name="核对人"
    )

    workflow = Workflow(
        confirm_payout_notice=Step("核对拨付公示", {State.ENTERED}, State.CONFIRMED, Permission.PLAN_CONFIRM),
        drop_payout_notice=Step("作废拨付公示", {State.ENTERED}, State.DROPPED, Permission.PLAN_ENTER),
    )

    class Meta:
        verbose_name = verbose_name_plural = "拨付公示"
        ordering = ["-pk"]
        constraints = [
            CheckConstraint(name="payout_notice_ends_after_it_begins", condition=Q(last_day__gte=F("first_day"))),
            CheckConstraint(name="payout_notice_two_people", condition=~Q(confirmed_by=F("entered_by"))),
            CheckConstraint(
                name="payout_notice_is_confirmed",
                condition=~Q(state="confirmed") | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
            ),
            UniqueConstraint(
                fields=["entitlement"], condition=~Q(state="dropped"), name="one_payout_notice_per_entitlement"
            ),
        ]

    def __str__(self):
        return f"{self.document}（{self.first_day:%Y-%m-%d} 至 {self.last_day:%Y-%m-%d}）"
