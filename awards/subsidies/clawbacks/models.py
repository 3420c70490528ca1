from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from awards.workflow import Step, Workflow
from foshan_quality.lib import clock
from foshan_quality.lib.money import YuanField
from foshan_quality.permissions import Permission

from ..models import Disbursement

USER = settings.AUTH_USER_MODEL


class ClawbackQuerySet(models.QuerySet):
    def outstanding(self):
        """Those of which something is still owed."""
        return self.filter(owed__gt=F("received") + F("reduced"))


class Clawback(models.Model):
    """What the holder of a revoked honour owes back of one payment.

    `received` and what was `reduced` by a document never exceed `owed`. `pay_to` is what the holder was told of where
    to pay. All three move only when a second person confirms a `ClawbackEntry`.
    """

    disbursement = models.OneToOneField(Disbursement, models.PROTECT, related_name="clawback", verbose_name="拨付单")
    owed = YuanField("应追回（元）")
    received = YuanField("已追回（元）", default=0, editable=False)
    reduced = YuanField("已减免（元）", default=0, editable=False)
    pay_to = models.CharField("缴款方式", max_length=300, blank=True, editable=False)
    due_on = models.DateField("退回期限")
    document = models.CharField("依据文件", max_length=200)
    opened_at = models.DateTimeField("立项时间", default=clock.now, editable=False)
    opened_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False)

    objects = ClawbackQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "奖金追回"
        ordering = ["-pk"]
        constraints = [
            CheckConstraint(name="clawback_positive", condition=Q(owed__gt=0)),
            CheckConstraint(
                name="not_more_than_owed",
                condition=Q(received__gte=0, reduced__gte=0, owed__gte=F("received") + F("reduced")),
            ),
        ]

    def __str__(self):
        return f"{self.disbursement.account.holder} 应追回 {self.owed:,} 元"

    @property
    def settled(self):
        """What has come back or was let off, in yuan."""
        return self.received + self.reduced

    @property
    def outstanding(self):
        return self.owed - self.received - self.reduced


class ClawbackEntry(models.Model):
    """One thing about a clawback that waits for a second person: money that came back (under its voucher), a sum that
    is let off (by a document), or where the holder is to pay. What is entered is never changed (by trigger).
    """

    class Kind(models.TextChoices):
        RECEIVED = "received", "退回到账"
        REDUCED = "reduced", "减免"
        PAY_TO = "pay_to", "缴款方式"

    class State(models.TextChoices):
        ENTERED = "entered", "待复核"
        CONFIRMED = "confirmed", "已复核"
        DROPPED = "dropped", "已作废"

    clawback = models.ForeignKey(Clawback, models.PROTECT, related_name="entries", verbose_name="奖金追回")
    kind = models.CharField("事项", max_length=8, choices=Kind)
    amount = YuanField("金额（元）", null=True)
    day = models.DateField("到账或文件日期", null=True)
    document = models.CharField("凭证号或依据文件", max_length=200)
    text = models.CharField("理由或缴款方式", max_length=300, blank=True)
    state = models.CharField("状态", max_length=9, choices=State, default=State.ENTERED, editable=False)
    entered_at = models.DateTimeField("登记时间", default=clock.now, editable=False)
    entered_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False, verbose_name="登记人")
    confirmed_at = models.DateTimeField("复核时间", null=True, editable=False)
    confirmed_by = models.ForeignKey(
        USER, models.PROTECT, related_name="+", null=True, editable=False, verbose_name="复核人"
    )

    workflow = Workflow(
        confirm_clawback_entry=Step("复核生效", {State.ENTERED}, State.CONFIRMED, Permission.CLAWBACK_CONFIRM),
        reject_clawback_entry=Step("退回", {State.ENTERED}, State.DROPPED, Permission.CLAWBACK_CONFIRM),
        drop_clawback_entry=Step("作废", {State.ENTERED}, State.DROPPED, Permission.CLAWBACK_BOOK),
    )

    class Meta:
        verbose_name = verbose_name_plural = "追回登记"
        ordering = ["-pk"]
        constraints = [
            CheckConstraint(
                name="clawback_entry_is_whole",
                condition=~Q(document="")
                & (
                    Q(kind="received", amount__isnull=False, amount__gt=0, day__isnull=False)
                    | Q(kind="reduced", amount__isnull=False, amount__gt=0, day__isnull=False) & ~Q(text="")
                    | Q(kind="pay_to", amount=None) & ~Q(text="")
                ),
            ),
            CheckConstraint(name="clawback_entry_two_people", condition=~Q(confirmed_by=F("entered_by"))),
            CheckConstraint(
                name="clawback_entry_is_confirmed",
                condition=~Q(state="confirmed") | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
            ),
            UniqueConstraint(
                fields=["document"],
                condition=Q(kind="received") & ~Q(state="dropped"),
                name="one_voucher_entered_once",
            ),
        ]

    def __str__(self):
        sum_ = "" if self.amount is None else f" {self.amount:,} 元"
        return f"{self.clawback.disbursement.account.holder} {self.get_kind_display()}{sum_}"


class Recovery(models.Model):
    """Money that came back, by the voucher of the treasury's account, booked by two people. Append-only by trigger."""

    clawback = models.ForeignKey(Clawback, models.PROTECT, related_name="recoveries")
    entry = models.OneToOneField(ClawbackEntry, models.PROTECT, related_name="recovery", null=True)
    amount = YuanField("金额（元）")
    received_on = models.DateField("到账日期")
    voucher = models.CharField("凭证号", max_length=80)
    booked_at = models.DateTimeField("登记时间", default=clock.now)
    booked_by = models.ForeignKey(USER, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "追回到账"
        ordering = ["pk"]
        constraints = [
            CheckConstraint(name="recovery_positive", condition=Q(amount__gt=0)),
            UniqueConstraint(fields=["voucher"], name="one_recovery_per_voucher"),
        ]
