from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from foshan_quality.lib import clock
from foshan_quality.lib.money import YuanField

from .models import Disbursement

USER = settings.AUTH_USER_MODEL


class ClawbackQuerySet(models.QuerySet):
    def outstanding(self):
        """Those of which something is still owed."""
        return self.filter(received__lt=F("owed"))


class Clawback(models.Model):
    """What the holder of a revoked honour owes back of one payment. `received` never exceeds `owed`."""

    disbursement = models.OneToOneField(Disbursement, models.PROTECT, related_name="clawback", verbose_name="拨付单")
    owed = YuanField("应追回（元）")
    received = YuanField("已追回（元）", default=0, editable=False)
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
            CheckConstraint(name="not_more_than_owed", condition=Q(received__gte=0, received__lte=F("owed"))),
        ]

    def __str__(self):
        return f"{self.disbursement.account.holder} 应追回 {self.owed:,} 元"

    @property
    def outstanding(self):
        return self.owed - self.received


class Recovery(models.Model):
    """Money that came back, by the voucher of the treasury's account. Append-only by trigger."""

    clawback = models.ForeignKey(Clawback, models.PROTECT, related_name="recoveries")
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
