from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from awards.workflow import Step, Workflow
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission

from ..models import LedgerTransaction

USER = settings.AUTH_USER_MODEL


class Reversal(models.Model):
    """A booking to be taken back: proposed by one officer with a reason, booked when another confirms it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "待确认"
        BOOKED = "booked", "已冲正"
        DROPPED = "dropped", "已作废"

    booking = models.ForeignKey(
        LedgerTransaction, models.PROTECT, related_name="reversals", verbose_name="要冲正的记账"
    )
    reason = models.TextField("理由")
    state = models.CharField("状态", max_length=8, choices=State, default=State.PROPOSED, editable=False)
    proposed_at = models.DateTimeField("提出时间", default=clock.now, editable=False)
    proposed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False, verbose_name="提出人")
    confirmed_at = models.DateTimeField("确认时间", null=True, editable=False)
    confirmed_by = models.ForeignKey(
        USER, models.PROTECT, related_name="+", null=True, editable=False, verbose_name="确认人"
    )
    booked = models.OneToOneField(
        LedgerTransaction, models.PROTECT, related_name="+", null=True, editable=False, verbose_name="冲正记账"
    )

    workflow = Workflow(
        confirm_reversal=Step("确认冲正", {State.PROPOSED}, State.BOOKED, Permission.LEDGER_CORRECT),
        drop_reversal=Step("作废", {State.PROPOSED}, State.DROPPED, Permission.LEDGER_CORRECT),
    )

    class Meta:
        verbose_name = verbose_name_plural = "台账冲正"
        ordering = ["-pk"]
        constraints = [
            CheckConstraint(name="reversal_has_a_reason", condition=~Q(reason="")),
            CheckConstraint(name="reversal_two_people", condition=~Q(confirmed_by=F("proposed_by"))),
            CheckConstraint(
                name="reversal_is_booked_when_confirmed",
                condition=Q(
                    state="booked", confirmed_at__isnull=False, confirmed_by__isnull=False, booked__isnull=False
                )
                | ~Q(state="booked") & Q(confirmed_at=None, confirmed_by=None, booked=None),
            ),
            UniqueConstraint(fields=["booking"], condition=~Q(state="dropped"), name="one_reversal_per_booking"),
        ]

    def __str__(self):
        return f"冲正：{self.booking.memo}"
