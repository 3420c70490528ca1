from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from awards.resolutions.models import UNDECIDED
from awards.workflow import Step, Workflow
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission

USER = settings.AUTH_USER_MODEL
OPEN = UNDECIDED


class RevocationQuerySet(models.QuerySet):
    def told(self):
        """Those the holder knows of."""
        return self.filter(told_at__isnull=False)


class Revocation(models.Model):
    """A proposal to take an honour back and what became of it. The decision is entered by one, confirmed by another.

    `number` to `scan` are the document of the decision; `grounds` says why an honour stays.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "待告知"
        TOLD = "told", "听取陈述申辩"
        HEARD = "heard", "待决定"
        DECIDED = "decided", "决定待核对"
        REVOKED = "revoked", "已撤销"
        KEPT = "kept", "不予撤销"
        DROPPED = "dropped", "提议已撤回"

    class Cause(models.TextChoices):
        FRAUD = "fraud", "弄虚作假取得荣誉"
        ACCIDENT = "accident", "发生重大质量、安全、环保、公共卫生事故"
        INSPECTION = "inspection", "产品质量监督抽查不合格"
        OTHER = "other", "其他违背评奖宗旨的情形"
        RETURNED = "returned", "单位自愿交回"

    class Outcome(models.TextChoices):
        REVOKE = "revoke", "撤销"
        KEEP = "keep", "不予撤销"

    honour = models.ForeignKey("awards.Honour", models.PROTECT, related_name="revocations", verbose_name="荣誉")
    cause = models.CharField("事由", max_length=10, choices=Cause)
    facts = models.TextField("事实")
    basis = models.CharField("依据", max_length=200, help_text="规定的名称和条款")
    state = models.CharField("状态", max_length=8, choices=State, default=State.PROPOSED, editable=False)
    proposed_at = models.DateTimeField("提出时间", default=clock.now, editable=False)
    proposed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False, verbose_name="提出人")
    told_at = models.DateTimeField("告知时间", null=True, editable=False)
    told_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, editable=False)
    answer_by = models.DateField("陈述申辩截止", null=True, editable=False)
    heard_on = models.DateField("听取意见日期", null=True, editable=False)
    hearing_record = models.TextField("听取意见记录", blank=True, editable=False)
    heard_at = models.DateTimeField("记录时间", null=True, editable=False)
    heard_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, editable=False)
    outcome = models.CharField("决定", max_length=6, choices=Outcome, blank=True, editable=False)
    issuer = models.CharField("决定机关", max_length=60, blank=True, editable=False)
    number = models.CharField("决定文号", max_length=60, blank=True, editable=False)
    title = models.CharField("决定标题", max_length=200, blank=True, editable=False)
    issued_on = models.DateField("决定日期", null=True, editable=False)
    scan = models.ForeignKey("enterprises.StoredFile", models.PROTECT, related_name="+", null=True, editable=False)
    public_reason = models.CharField("公开的撤销原因", max_length=300, blank=True, editable=False)
    grounds = models.TextField("不予撤销的理由", blank=True, editable=False)
    repay_by = models.DateField("奖金退回期限", null=True, editable=False)
    entered_at = models.DateTimeField("录入时间", null=True, editable=False)
    entered_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, editable=False)
    confirmed_at = models.DateTimeField("核对时间", null=True, editable=False)
    confirmed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, editable=False)

    objects = RevocationQuerySet.as_manager()

    workflow = Workflow(
        tell_revocation=Step("告知单位", {State.PROPOSED}, State.TOLD, Permission.REVOCATION_RUN),
        hear_holder=Step("记录听取意见情况", {State.TOLD}, State.HEARD, Permission.REVOCATION_RUN),
        enter_decision=Step("录入决定", {State.PROPOSED, State.HEARD}, State.DECIDED, Permission.REVOCATION_RUN),
        return_decision=Step("退回重新录入", {State.DECIDED}, State.HEARD, Permission.REVOCATION_RUN),
        revoke=Step("核对一致，撤销荣誉", {State.DECIDED}, State.REVOKED, Permission.REVOCATION_RUN),
        keep_honour=Step("核对一致，不予撤销", {State.DECIDED}, State.KEPT, Permission.REVOCATION_RUN),
        drop=Step("撤回提议", {State.PROPOSED}, State.DROPPED, Permission.REVOCATION_RUN),
    )

    class Meta:
        verbose_name = verbose_name_plural = "撤销"
        ordering = ["-pk"]
        constraints = [
            UniqueConstraint(fields=["honour"], condition=Q(state__in=OPEN), name="one_open_revocation_per_honour"),
            UniqueConstraint(fields=["honour"], condition=Q(state="revoked"), name="revoked_once"),
            CheckConstraint(name="revocation_two_people", condition=~Q(confirmed_by=F("entered_by"))),
            CheckConstraint(
                name="told_with_its_last_day",
                condition=Q(told_at=None, told_by=None, answer_by=None)
                | Q(told_at__isnull=False, told_by__isnull=False, answer_by__isnull=False),
            ),
            CheckConstraint(
                name="heard_with_a_record",
                condition=Q(heard_at=None, heard_by=None, heard_on=None, hearing_record="")
                | Q(heard_at__isnull=False, heard_by__isnull=False, heard_on__isnull=False) & ~Q(hearing_record=""),
            ),
            CheckConstraint(
                name="no_decision_before_the_holder_is_heard",
                condition=Q(state__in=["proposed", "told", "dropped"])
                | Q(heard_at__isnull=False)
                | Q(cause="returned"),
            ),
            CheckConstraint(
                name="revoked_under_a_document",
                condition=~Q(state="revoked")
                | Q(outcome="revoke", issued_on__isnull=False, scan__isnull=False, confirmed_at__isnull=False)
                & Q(confirmed_by__isnull=False, entered_by__isnull=False)
                & ~Q(number="")
                & ~Q(public_reason=""),
            ),
            CheckConstraint(
                name="kept_with_grounds",
                condition=~Q(state="kept")
                | Q(outcome="keep", confirmed_at__isnull=False, confirmed_by__isnull=False) & ~Q(grounds=""),
            ),
        ]

    def __str__(self):
        return f"撤销 {self.honour}"

    @property
    def is_return(self):
        """Whether the holder itself gives the honour back; then nobody need be heard."""
        return self.cause == self.Cause.RETURNED

    def roles_of(self, user):
        """What the holder's memberships make of the person."""
        organisation = self.honour.organisation
        return organisation.roles_of(user) if organisation else set()


class RevocationPaper(models.Model):
    """A file of evidence. Private to the secretariat."""

    revocation = models.ForeignKey(Revocation, models.PROTECT, related_name="papers")
    file = models.OneToOneField("enterprises.StoredFile", models.PROTECT, related_name="+")
    added_at = models.DateTimeField("登记时间", default=clock.now)
    added_by = models.ForeignKey(USER, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "证据材料"
        ordering = ["pk"]


class HolderStatement(models.Model):
    """What the holder said in its own case, once or several times. Append-only by trigger."""

    revocation = models.ForeignKey(Revocation, models.PROTECT, related_name="statements")
    text = models.TextField("陈述申辩")
    file = models.OneToOneField("enterprises.StoredFile", models.PROTECT, related_name="+", null=True)
    stated_at = models.DateTimeField("提交时间", default=clock.now)
    stated_by = models.ForeignKey(USER, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "陈述申辩"
        ordering = ["pk"]
        constraints = [CheckConstraint(name="statement_says_something", condition=~Q(text=""))]
