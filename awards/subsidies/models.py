from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from awards.workflow import Step, Workflow
from enterprises.districts import District
from foshan_quality.lib import clock
from foshan_quality.lib.money import CEILING, YuanField, in_words
from foshan_quality.permissions import Permission

USER = settings.AUTH_USER_MODEL
MAX_ATTEMPTS = 8


PAYERS = [("city", "市级财政"), *((district.value, f"{district.label}财政") for district in District)]


class SubsidyRule(models.Model):
    """One line of a published table: an honour, a sum, who pays, its basis and the days it was valid.

    `combined` names the honours it counts together with, `stacking` how. A line entered on screen counts once a
    second person has confirmed it; from then on only its last day may still be set (by trigger).
    """

    class Stacking(models.TextChoices):
        ALONE = "alone", "同一年度有其他合并荣誉的不兑现"
        HIGHEST = "highest", "同一年度只按最高一项"
        TOP_UP = "top_up", "补差到较高一项"
        STACK = "stack", "可以叠加"

    class State(models.TextChoices):
        ENTERED = "entered", "待核对"
        IN_FORCE = "in_force", "已核对"
        DROPPED = "dropped", "录入有误，已作废"

    kind = models.ForeignKey("awards.HonourKind", models.PROTECT, related_name="subsidy_rules", verbose_name="荣誉")
    payer = models.CharField("支付方", max_length=6, choices=PAYERS, default="city")
    amount = YuanField("金额（元）")
    document = models.CharField("依据文件", max_length=200)
    article = models.CharField("条款", max_length=60, blank=True)
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True, blank=True)
    stacking = models.CharField("与其他荣誉", max_length=8, choices=Stacking, default=Stacking.STACK)
    combined = models.JSONField("合并计算的荣誉", default=list, blank=True)
    repeats = models.BooleanField("再次获得同一荣誉的再次兑现", default=False)
    stacking_basis = models.CharField("合并与重复规定的依据", max_length=200, blank=True)
    stacking_confirmed = models.BooleanField("合并与重复规定已确认", default=False)
    needs_notice = models.BooleanField("拨付前须公示", default=False)
    notice_basis = models.CharField("拨付前公示的依据", max_length=200, blank=True)
    notice_days = models.PositiveSmallIntegerField("公示天数", null=True, blank=True)
    notice_in_workdays = models.BooleanField("公示天数按工作日计", default=False)
    is_special = models.BooleanField("专项（不按表）", default=False)
    note = models.CharField("说明", max_length=200, blank=True)
    state = models.CharField("状态", max_length=8, choices=State, default=State.IN_FORCE, editable=False)
    entered_at = models.DateTimeField("录入时间", default=clock.now, editable=False)
    entered_by = models.ForeignKey(
        USER, models.PROTECT, related_name="+", null=True, editable=False, verbose_name="录入人"
    )
    confirmed_at = models.DateTimeField("核对时间", null=True, editable=False)
    confirmed_by = models.ForeignKey(
        USER, models.PROTECT, related_name="+", null=True, editable=False, verbose_name="核对人"
    )

    workflow = Workflow(
        confirm=Step("与文件核对一致", {State.ENTERED}, State.IN_FORCE, Permission.RULES_ENTER),
        drop=Step("作废", {State.ENTERED}, State.DROPPED, Permission.RULES_ENTER),
    )

    class Meta:
        verbose_name = verbose_name_plural = "奖补标准"
        ordering = ["kind", "valid_from"]
        constraints = [
            CheckConstraint(name="rule_amount_positive", condition=Q(amount__gt=0)),
            CheckConstraint(
                name="rule_ends_after_it_begins", condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from"))
            ),
            CheckConstraint(name="rule_two_people", condition=~Q(confirmed_by=F("entered_by"))),
            CheckConstraint(
                name="entered_rule_is_confirmed",
                condition=~Q(state="in_force") | Q(entered_by=None) | Q(confirmed_by__isnull=False),
            ),
            CheckConstraint(name="notice_has_a_basis", condition=Q(needs_notice=False) | ~Q(notice_basis="")),
            CheckConstraint(
                name="notice_days_of_a_notice", condition=Q(notice_days=None) | Q(needs_notice=True, notice_days__gte=1)
            ),
            UniqueConstraint(
                fields=["kind", "payer", "valid_from", "amount"],
                condition=~Q(state="dropped"),
                name="one_rule_per_start",
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.amount:,} 元（{self.valid_from:%Y-%m-%d} 起）"


class OutsidePayment(models.Model):
    """A sum an organisation had for an honour otherwise than through this portal: another payer, an earlier year.

    Entered from its source and never deleted; a wrong entry is struck, with the reason in the trail.
    """

    organisation = models.ForeignKey(
        "enterprises.Organisation", models.PROTECT, related_name="outside_payments", verbose_name="单位"
    )
    kind = models.ForeignKey("awards.HonourKind", models.PROTECT, related_name="+", verbose_name="荣誉")
    year = models.PositiveIntegerField("荣誉年度")
    payer = models.CharField("支付方", max_length=6, choices=[*PAYERS, ("other", "其他")])
    payer_name = models.CharField("资金名称或支付单位", max_length=120)
    amount = YuanField("金额（元）")
    paid_on = models.DateField("到账日期", null=True, blank=True)
    source = models.CharField("来源", max_length=200)
    entered_at = models.DateTimeField("录入时间", default=clock.now, editable=False)
    entered_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False, verbose_name="录入人")
    struck_at = models.DateTimeField("作废时间", null=True, editable=False)
    struck_by = models.ForeignKey(
        USER, models.PROTECT, related_name="+", null=True, editable=False, verbose_name="作废人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "其他渠道资助"
        ordering = ["-year", "-pk"]
        constraints = [
            CheckConstraint(name="outside_amount_positive", condition=Q(amount__gt=0)),
            UniqueConstraint(
                fields=["organisation", "kind", "year", "payer", "payer_name"],
                condition=Q(struck_at=None),
                name="outside_payment_entered_once",
            ),
        ]

    def __str__(self):
        return f"{self.organisation} {self.year}年{self.kind} {self.amount:,} 元"


class Budget(models.Model):
    """A fund's money for a year. `reserved` never exceeds `total`: the database refuses.

    It pays in its own year, and after that only until `carried_until`, by the document it was carried over under.
    """

    fund = models.CharField("资金名称", max_length=80)
    payer = models.CharField("支付方", max_length=6, choices=PAYERS, default="city")
    year = models.PositiveIntegerField("年度")
    total = YuanField("总额（元）")
    reserved = YuanField("已占用（元）", default=0, editable=False)
    document = models.CharField("下达文件", max_length=120)
    carried_until = models.DateField("结转使用至", null=True, editable=False)
    carried_under = models.CharField("结转文件", max_length=120, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "资金预算"
        ordering = ["-year", "fund"]
        constraints = [
            UniqueConstraint(fields=["fund", "year"], name="one_budget_a_year"),
            CheckConstraint(name="not_over_budget", condition=Q(reserved__gte=0, reserved__lte=F("total"))),
            CheckConstraint(
                name="carried_under_a_document",
                condition=Q(carried_until=None, carried_under="")
                | Q(carried_until__isnull=False) & ~Q(carried_under=""),
            ),
        ]

    def __str__(self):
        return f"{self.year}年{self.fund}"

    @property
    def remaining(self):
        return self.total - self.reserved


class BudgetChange(models.Model):
    """More money for a fund's year, or less, by a document. Append-only by trigger."""

    budget = models.ForeignKey(Budget, models.PROTECT, related_name="changes")
    amount = YuanField("增减（元）")
    document = models.CharField("调整文件", max_length=120)
    changed_at = models.DateTimeField("调整时间", default=clock.now)
    changed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="经办人")

    class Meta:
        verbose_name = verbose_name_plural = "预算调整"
        ordering = ["pk"]
        constraints = [CheckConstraint(name="budget_change_not_zero", condition=~Q(amount=0))]

    def __str__(self):
        return f"{self.budget} {self.amount:+,} 元"


class Entitlement(models.Model):
    """What one honour entitles to, from one payer. Another sum than is owed needs its own basis and an authoriser.

    `owed_amount` is the table's sum less what the same matter brought before; `findings` (code, text, deducted)
    is what was found and shown when it was entered, and the reason explains it.
    """

    class State(models.TextChoices):
        ENTERED = "entered", "待授权"
        READY = "ready", "可拨付"
        DECLINED = "declined", "不予授权"
        WITHDRAWN = "withdrawn", "已撤回"

    honour = models.ForeignKey("awards.Honour", models.PROTECT, related_name="entitlements", verbose_name="荣誉")
    payer = models.CharField("支付方", max_length=6, choices=PAYERS, default="city")
    amount = YuanField("金额（元）")
    table_amount = YuanField("公布标准（元）", null=True)
    owed_amount = YuanField("按标准应付（元）", null=True)
    findings = models.JSONField("核查发现", default=list)
    document = models.CharField("依据文件", max_length=200)
    reason = models.TextField("理由或说明", blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.ENTERED, editable=False)
    entered_at = models.DateTimeField("录入时间", default=clock.now, editable=False)
    entered_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False)
    authorised_at = models.DateTimeField("授权时间", null=True, editable=False)
    authorised_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, editable=False)

    workflow = Workflow(
        authorise=Step("授权", {State.ENTERED}, State.READY, Permission.ENTITLEMENT_AUTHORISE),
        decline=Step("不予授权", {State.ENTERED}, State.DECLINED, Permission.ENTITLEMENT_AUTHORISE),
        take_back=Step("撤回", {State.ENTERED, State.READY}, State.WITHDRAWN, Permission.ENTITLEMENT_ENTER),
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
                | Q(owed_amount__isnull=False, amount=F("owed_amount"))
                | (Q(authorised_by__isnull=False) & ~Q(reason="")),
            ),
            CheckConstraint(
                name="owed_is_the_table_less_deductions",
                condition=Q(owed_amount=None, table_amount=None)
                | Q(owed_amount__isnull=False, table_amount__isnull=False, owed_amount__lte=F("table_amount")),
            ),
            CheckConstraint(name="findings_are_explained", condition=Q(findings=[]) | ~Q(reason="")),
            UniqueConstraint(
                fields=["honour", "payer"],
                condition=~Q(state__in=["declined", "withdrawn"]),
                name="one_entitlement_per_honour",
            ),
        ]

    def __str__(self):
        return f"{self.honour} {self.amount:,} 元"

    @property
    def is_special(self):
        return self.amount != self.owed_amount

    @property
    def above_table(self):
        """How much more than the published amount it is, in yuan; None where nothing was published."""
        return None if self.table_amount is None else self.amount - self.table_amount

    @property
    def amount_in_words(self):
        return in_words(self.amount)


class Disbursement(models.Model):
    """One payment against one entitlement: prepared by one officer, approved by another, sent once in a batch.

    It pays the whole or one instalment; payments that count never exceed the entitlement (by trigger). One made after
    a return names the payment it `replaces`, and `because` says why to the same account, where it is the same.
    `reference` is ours and unique: it is the paying side's key, so that sending twice pays once.
    `seen` is the SHA-256 of payee, account, amount and basis that the checker approved. From `sending` on it lies in
    one batch and stays there (by trigger; those sent before there were batches have none).
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
    instalment = models.ForeignKey(
        "awards.Instalment", models.PROTECT, related_name="payments", null=True, editable=False, verbose_name="分期款"
    )
    replaces = models.ForeignKey(
        "self", models.PROTECT, related_name="replacements", null=True, editable=False, verbose_name="重付的拨付单"
    )
    because = models.CharField("账户未变的理由", max_length=300, blank=True, editable=False)
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
    looked_at = models.DateTimeField("账户核实时间", null=True, editable=False)
    looked_by = models.ForeignKey(
        USER, models.PROTECT, related_name="+", null=True, editable=False, verbose_name="账户核实人"
    )
    look_note = models.CharField("账户核实情况", max_length=300, blank=True, editable=False)
    seen = models.CharField("复核摘要", max_length=64, blank=True, editable=False)
    batch = models.ForeignKey(
        "awards.PaymentBatch",
        models.PROTECT,
        related_name="payments",
        null=True,
        editable=False,
        verbose_name="支付批次",
    )
    problem = models.TextField("问题", blank=True, editable=False)
    receipt = models.CharField("财政回执", max_length=80, blank=True, editable=False)
    answered_on = models.DateField("到账或退汇日期", null=True, editable=False)

    workflow = Workflow(
        approve=Step("复核通过", {State.PREPARED}, State.APPROVED, Permission.DISBURSEMENT_APPROVE),
        reject=Step("退回经办", {State.PREPARED, State.APPROVED}, State.CANCELLED, Permission.DISBURSEMENT_APPROVE),
        cancel=Step("撤销", {State.PREPARED}, State.CANCELLED, Permission.DISBURSEMENT_PREPARE),
        claim=Step("编入支付批次", {State.APPROVED}, State.SENDING, Permission.BATCH_MAKE),
        book=Step("登记回执", {State.SENDING}, State.SENT, Permission.DISBURSEMENT_SEND),
        settle=Step("登记到账", {State.SENT}, State.PAID, Permission.RESULT_IMPORT),
        bounce=Step("登记退汇", {State.SENT}, State.RETURNED, Permission.RESULT_IMPORT),
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
                name="third_person_looks", condition=~Q(looked_by=F("prepared_by")) & ~Q(looked_by=F("approved_by"))
            ),
            CheckConstraint(
                name="looked_with_a_note", condition=Q(looked_by=None) | Q(looked_at__isnull=False) & ~Q(look_note="")
            ),
            CheckConstraint(
                name="approved_by_somebody",
                condition=Q(state__in=["prepared", "cancelled"])
                | Q(approved_at__isnull=False, approved_by__isnull=False) & ~Q(seen=""),
            ),
            CheckConstraint(
                name="in_a_batch_when_claimed",
                condition=Q(batch=None) | Q(state__in=["sending", "sent", "paid", "returned"]),
            ),
            UniqueConstraint(
                fields=["entitlement"],
                condition=Q(instalment=None) & ~Q(state__in=["returned", "cancelled"]),
                name="one_live_payment_per_entitlement",
            ),
            UniqueConstraint(
                fields=["instalment"],
                condition=~Q(state__in=["returned", "cancelled"]),
                name="one_live_payment_per_instalment",
            ),
            UniqueConstraint(
                fields=["replaces"], condition=~Q(state="cancelled"), name="one_payment_in_place_of_a_returned_one"
            ),
            CheckConstraint(
                name="same_account_only_after_a_return", condition=Q(because="") | Q(replaces__isnull=False)
            ),
        ]

    def __str__(self):
        return f"{self.account.holder} {self.amount:,} 元"

    @property
    def amount_in_words(self):
        return in_words(self.amount)


class LedgerTransaction(models.Model):
    """One booking: entries that add up to zero, all of one budget. Append-only; `source` makes a second one impossible.

    `entry_count` says how many entries it has, so that none can be added later. `reverses` is set on a booking that
    takes another one back, entry by entry; the other knows it as `reversed_by`. Triggers hold all of this.
    """

    source = models.CharField("来源", max_length=80, unique=True)
    memo = models.CharField("摘要", max_length=200)
    booked_at = models.DateTimeField("记账时间", default=clock.now, db_index=True)
    booked_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    entry_count = models.PositiveSmallIntegerField("分录数", default=2, db_default=2, editable=False)
    reverses = models.OneToOneField(
        "self", models.PROTECT, related_name="reversed_by", null=True, editable=False, verbose_name="冲正的记账"
    )

    class Meta:
        verbose_name = verbose_name_plural = "台账"
        ordering = ["-pk"]
        constraints = [CheckConstraint(name="two_entries_at_least", condition=Q(entry_count__gte=2))]

    def __str__(self):
        return f"{self.memo}（第 {self.pk} 号）"


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
        REDUCED = "reduced", "已减免"

    transaction = models.ForeignKey(LedgerTransaction, models.PROTECT, related_name="entries")
    account = models.CharField("科目", max_length=14, choices=Account)
    budget = models.ForeignKey(Budget, models.PROTECT, related_name="entries", verbose_name="资金预算")
    disbursement = models.ForeignKey(Disbursement, models.PROTECT, related_name="entries", null=True)
    amount = YuanField("金额（借正贷负）")

    class Meta:
        verbose_name = verbose_name_plural = "台账分录"
        ordering = ["pk"]
        constraints = [
            CheckConstraint(name="entry_not_zero", condition=~Q(amount=0)),
            CheckConstraint(name="entry_within_bounds", condition=Q(amount__gt=-CEILING, amount__lt=CEILING)),
        ]
