from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from awards.workflow import Step, Workflow
from foshan_quality.lib import clock
from foshan_quality.lib.identity import masked
from foshan_quality.lib.money import YuanField, in_words
from foshan_quality.permissions import Permission

USER = settings.AUTH_USER_MODEL
MAX_ATTEMPTS = 8


class SubsidyRule(models.Model):
    """One line of a published table: an honour, a sum, its basis and the days it was valid."""

    kind = models.ForeignKey("awards.HonourKind", models.PROTECT, related_name="subsidy_rules", verbose_name="荣誉")
    amount = YuanField("金额（元）")
    document = models.CharField("依据文件", max_length=200)
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True, blank=True)
    is_special = models.BooleanField("专项（不按表）", default=False)
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "奖补标准"
        ordering = ["kind", "valid_from"]
        constraints = [
            CheckConstraint(name="rule_amount_positive", condition=Q(amount__gt=0)),
            UniqueConstraint(fields=["kind", "valid_from", "amount"], name="one_rule_per_start"),
        ]

    def __str__(self):
        return f"{self.kind} {self.amount:,} 元（{self.valid_from:%Y-%m-%d} 起）"


class Budget(models.Model):
    """A fund's money for a year. `reserved` never exceeds `total`: the database refuses."""

    fund = models.CharField("资金名称", max_length=80)
    year = models.PositiveIntegerField("年度")
    total = YuanField("总额（元）")
    reserved = YuanField("已占用（元）", default=0, editable=False)
    document = models.CharField("下达文件", max_length=120)

    class Meta:
        verbose_name = verbose_name_plural = "资金预算"
        ordering = ["-year", "fund"]
        constraints = [
            UniqueConstraint(fields=["fund", "year"], name="one_budget_a_year"),
            CheckConstraint(name="not_over_budget", condition=Q(reserved__gte=0, reserved__lte=F("total"))),
        ]

    def __str__(self):
        return f"{self.year}年{self.fund}"

    @property
    def remaining(self):
        return self.total - self.reserved


class Entitlement(models.Model):
    """What one honour entitles to. A sum other than the table's needs its own basis and an authoriser."""

    class State(models.TextChoices):
        ENTERED = "entered", "待授权"
        READY = "ready", "可拨付"
        DECLINED = "declined", "不予授权"

    honour = models.OneToOneField("awards.Honour", models.PROTECT, related_name="entitlement", verbose_name="荣誉")
    amount = YuanField("金额（元）")
    table_amount = YuanField("公布标准（元）", null=True)
    document = models.CharField("依据文件", max_length=200)
    reason = models.TextField("超标准理由", blank=True)
    state = models.CharField("状态", max_length=8, choices=State, default=State.ENTERED, editable=False)
    entered_at = models.DateTimeField("录入时间", default=clock.now, editable=False)
    entered_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False)
    authorised_at = models.DateTimeField("授权时间", null=True, editable=False)
    authorised_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, editable=False)

    workflow = Workflow(
        authorise=Step("授权", {State.ENTERED}, State.READY, Permission.ENTITLEMENT_AUTHORISE),
        decline=Step("不予授权", {State.ENTERED}, State.DECLINED, Permission.ENTITLEMENT_AUTHORISE),
    )

    class Meta:
        verbose_name = verbose_name_plural = "奖补资格"
        ordering = ["-pk"]
        constraints = [
            CheckConstraint(name="entitlement_positive", condition=Q(amount__gt=0)),
            CheckConstraint(name="entitlement_two_people", condition=~Q(authorised_by=F("entered_by"))),
            CheckConstraint(
                name="special_needs_authority",
                condition=~Q(state="ready")
                | Q(table_amount__isnull=False, amount=F("table_amount"))
                | (Q(authorised_by__isnull=False) & ~Q(reason="")),
            ),
        ]

    def __str__(self):
        return f"{self.honour} {self.amount:,} 元"

    @property
    def is_special(self):
        return self.amount != self.table_amount

    @property
    def amount_in_words(self):
        return in_words(self.amount)


class Disbursement(models.Model):
    """One payment against one entitlement: prepared by one officer, approved by another, sent once.

    `reference` is ours and unique: it is the paying side's key, so that sending twice pays once.
    `seen` is the SHA-256 of payee, account, amount and basis that the checker approved.
    """

    class State(models.TextChoices):
        PREPARED = "prepared", "待复核"
        APPROVED = "approved", "已复核"
        SENDING = "sending", "送财政中"
        SENT = "sent", "已送财政"
        PAID = "paid", "已拨付"
        RETURNED = "returned", "已退汇"
        CANCELLED = "cancelled", "已撤销"

    entitlement = models.ForeignKey(Entitlement, models.PROTECT, related_name="disbursements", verbose_name="奖补资格")
    budget = models.ForeignKey(Budget, models.PROTECT, related_name="disbursements", verbose_name="资金预算")
    account = models.ForeignKey("enterprises.BankAccount", models.PROTECT, related_name="+", verbose_name="收款账户")
    reference = models.UUIDField("支付流水号", default=uuid4, unique=True, editable=False)
    amount = YuanField("金额（元）")
    document = models.CharField("依据文件", max_length=200)
    state = models.CharField("状态", max_length=10, choices=State, default=State.PREPARED, editable=False)
    prepared_at = models.DateTimeField("经办时间", default=clock.now, editable=False)
    prepared_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False, verbose_name="经办")
    approved_at = models.DateTimeField("复核时间", null=True, editable=False)
    approved_by = models.ForeignKey(
        USER, models.PROTECT, related_name="+", null=True, editable=False, verbose_name="复核"
    )
    seen = models.CharField("复核摘要", max_length=64, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField("送出次数", default=0, editable=False)
    problem = models.TextField("问题", blank=True, editable=False)
    receipt = models.CharField("财政回执", max_length=80, blank=True, editable=False)
    answered_on = models.DateField("到账或退汇日期", null=True, editable=False)

    workflow = Workflow(
        approve=Step("复核通过", {State.PREPARED}, State.APPROVED, Permission.DISBURSEMENT_APPROVE),
        reject=Step("退回经办", {State.PREPARED, State.APPROVED}, State.CANCELLED, Permission.DISBURSEMENT_APPROVE),
        cancel=Step("撤销", {State.PREPARED}, State.CANCELLED, Permission.DISBURSEMENT_PREPARE),
        claim=Step("送财政", {State.APPROVED}, State.SENDING, Permission.DISBURSEMENT_SEND),
        book=Step("登记回执", {State.SENDING}, State.SENT, Permission.DISBURSEMENT_SEND),
        settle=Step("登记到账", {State.SENT}, State.PAID, Permission.DISBURSEMENT_SEND),
        bounce=Step("登记退汇", {State.SENT}, State.RETURNED, Permission.DISBURSEMENT_SEND),
        stop_payment=Step(
            "因撤销荣誉停付", {State.PREPARED, State.APPROVED}, State.CANCELLED, Permission.REVOCATION_RUN
        ),
    )

    class Meta:
        verbose_name = verbose_name_plural = "拨付单"
        ordering = ["-pk"]
        constraints = [
            CheckConstraint(name="payment_positive", condition=Q(amount__gt=0)),
            CheckConstraint(name="two_officers", condition=~Q(approved_by=F("prepared_by"))),
            CheckConstraint(
                name="approved_by_somebody",
                condition=Q(state__in=["prepared", "cancelled"])
                | Q(approved_at__isnull=False, approved_by__isnull=False) & ~Q(seen=""),
            ),
            UniqueConstraint(
                fields=["entitlement"],
                condition=~Q(state__in=["returned", "cancelled"]),
                name="one_live_payment_per_entitlement",
            ),
        ]

    def __str__(self):
        return f"{self.account.holder} {self.amount:,} 元"

    @property
    def amount_in_words(self):
        return in_words(self.amount)

    @property
    def masked_account(self):
        return masked(self.account.number)


class LedgerTransaction(models.Model):
    """One booking: entries that add up to zero. Append-only; `source` makes booking twice impossible."""

    source = models.CharField("来源", max_length=80, unique=True)
    memo = models.CharField("摘要", max_length=200)
    booked_at = models.DateTimeField("记账时间", default=clock.now)
    booked_by = models.ForeignKey(USER, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "台账"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.memo}（{self.source}）"


class LedgerEntry(models.Model):
    """One line of a booking. Debit positive, credit negative, in yuan."""

    class Account(models.TextChoices):
        APPROPRIATION = "appropriation", "财政拨款"
        AVAILABLE = "available", "可用额度"
        COMMITTED = "committed", "已复核待付"
        IN_TRANSIT = "in_transit", "在途"
        PAID = "paid", "已拨付"
        CLAWBACK = "clawback", "应追回"
        RECOVERED = "recovered", "已追回"

    transaction = models.ForeignKey(LedgerTransaction, models.PROTECT, related_name="entries")
    account = models.CharField("科目", max_length=14, choices=Account)
    budget = models.ForeignKey(Budget, models.PROTECT, related_name="entries", verbose_name="资金预算")
    disbursement = models.ForeignKey(Disbursement, models.PROTECT, related_name="entries", null=True)
    amount = YuanField("金额（借正贷负）")

    class Meta:
        verbose_name = verbose_name_plural = "台账分录"
        ordering = ["pk"]
        constraints = [CheckConstraint(name="entry_not_zero", condition=~Q(amount=0))]
