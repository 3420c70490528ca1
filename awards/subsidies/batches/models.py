from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from awards.workflow import Step, Workflow
from foshan_quality.lib import clock
from foshan_quality.lib.money import YuanField, in_words
from foshan_quality.lib.secrecy import SecretBytesField
from foshan_quality.permissions import Permission

from ..models import MAX_ATTEMPTS, PAYERS, Disbursement

USER = settings.AUTH_USER_MODEL
LAYOUTS = [("csv", "CSV"), ("xml", "XML")]
ENCODINGS = [("utf-8", "UTF-8"), ("gbk", "GBK")]


class TreasuryFile(models.Model):
    """The bytes of one file that went to the treasury or came from it, encrypted for the account numbers in them.

    Never changed or deleted (by trigger), save that a change of keys encrypts them anew.
    """

    content = SecretBytesField("内容")

    class Meta:
        verbose_name = verbose_name_plural = "与财政交换的文件"
        ordering = ["pk"]

    def __str__(self):
        return f"文件 {self.pk}"


class PaymentBatchQuerySet(models.QuerySet):
    def waiting(self):
        """Those not handed over yet that are still being tried."""
        return self.filter(state=PaymentBatch.State.MADE, attempts__lt=MAX_ATTEMPTS, is_parked=False)

    def stuck(self):
        """Those not handed over after as many tries as there are, or not to be tried again: they wait for people."""
        return self.filter(Q(attempts__gte=MAX_ATTEMPTS) | Q(is_parked=True), state=PaymentBatch.State.MADE)


class PaymentBatch(models.Model):
    """Payments of one payer that go to the treasury in one file under one number.

    Numbers run without gaps within a year. What was made never changes (by trigger): the file's bytes, its SHA-256,
    number, count and total, which are those of its payments.
    """

    class State(models.TextChoices):
        MADE = "made", "待送出"
        SENT = "sent", "已送财政"
        ANSWERED = "answered", "已全部答复"

    number = models.CharField("批次号", max_length=30, unique=True)
    year = models.PositiveSmallIntegerField("年度")
    serial = models.PositiveIntegerField("序号")
    payer = models.CharField("支付方", max_length=6, choices=PAYERS)
    layout = models.CharField("版式", max_length=4, choices=LAYOUTS)
    encoding = models.CharField("编码", max_length=6, choices=ENCODINGS)
    state = models.CharField("状态", max_length=8, choices=State, default=State.MADE, editable=False)
    count = models.PositiveIntegerField("笔数")
    total = YuanField("合计（元）")
    digest = models.CharField("SHA-256", max_length=64)
    file = models.OneToOneField(TreasuryFile, models.PROTECT, related_name="batch", editable=False)
    made_at = models.DateTimeField("编制时间", default=clock.now)
    made_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="编制人")
    sent_at = models.DateTimeField("送出时间", null=True, editable=False)
    receipt = models.CharField("财政回执", max_length=80, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField("送出次数", default=0, editable=False)
    is_parked = models.BooleanField("不再自动送出", default=False, editable=False)
    problem = models.TextField("问题", blank=True, editable=False)

    objects = PaymentBatchQuerySet.as_manager()

    workflow = Workflow(
        book_batch=Step("登记送出", {State.MADE}, State.SENT, Permission.DISBURSEMENT_SEND),
        close_batch=Step("全部答复", {State.SENT}, State.ANSWERED, Permission.RESULT_IMPORT),
    )

    class Meta:
        verbose_name = verbose_name_plural = "支付批次"
        ordering = ["-pk"]
        constraints = [
            UniqueConstraint(fields=["year", "serial"], name="one_batch_per_serial"),
            CheckConstraint(name="batch_not_empty", condition=Q(count__gte=1, total__gt=0, serial__gte=1)),
            CheckConstraint(
                name="batch_sent_at_a_moment",
                condition=Q(state="made", sent_at=None) | ~Q(state="made") & Q(sent_at__isnull=False),
            ),
        ]

    def __str__(self):
        return f"支付批次 {self.number}"

    @property
    def content(self):
        """The file's bytes as they were made."""
        return self.file.content

    @property
    def file_name(self):
        """The only name under which it ever goes to the treasury."""
        return f"{self.number}.{self.layout}"

    @property
    def total_in_words(self):
        return in_words(self.total)

    @property
    def is_stuck(self):
        return self.state == self.State.MADE and (self.is_parked or self.attempts >= MAX_ATTEMPTS)


class ResultFile(models.Model):
    """A file in which the treasury says what became of payments: read first, booked when confirmed.

    The same bytes are one file, whoever hands them in and how often. One that cannot be read as a whole is kept with
    its one difference, and nothing of it is booked. One that came by hand `needs_two`: another person books it.
    """

    class State(models.TextChoices):
        READ = "read", "待登记"
        BOOKED = "booked", "已登记"
        UNREADABLE = "unreadable", "不能读入"
        DROPPED = "dropped", "已放弃"

    name = models.CharField("文件名", max_length=200)
    digest = models.CharField("SHA-256", max_length=64)
    file = models.OneToOneField(TreasuryFile, models.PROTECT, related_name="result", editable=False)
    state = models.CharField("状态", max_length=10, choices=State, default=State.READ, editable=False)
    read_at = models.DateTimeField("读入时间", default=clock.now)
    read_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="读入人")
    needs_two = models.BooleanField("须由另一人登记", default=False, editable=False)
    closed_at = models.DateTimeField("办结时间", null=True, editable=False)
    closed_by = models.ForeignKey(
        USER, models.PROTECT, related_name="+", null=True, editable=False, verbose_name="办结人"
    )

    workflow = Workflow(
        book_result=Step("登记结果", {State.READ}, State.BOOKED, Permission.RESULT_IMPORT),
        drop_result=Step("放弃", {State.READ}, State.DROPPED, Permission.RESULT_IMPORT),
    )

    class Meta:
        verbose_name = verbose_name_plural = "财政结果文件"
        ordering = ["-pk"]
        constraints = [
            UniqueConstraint(fields=["digest"], condition=~Q(state="dropped"), name="one_result_file"),
            CheckConstraint(
                name="result_open_until_closed",
                condition=Q(state__in=["read", "unreadable"], closed_at=None, closed_by=None)
                | Q(state__in=["booked", "dropped"], closed_at__isnull=False, closed_by__isnull=False),
            ),
            CheckConstraint(
                name="result_by_hand_takes_two",
                condition=Q(needs_two=False) | ~Q(state="booked") | ~Q(closed_by=F("read_by")),
            ),
        ]

    def __str__(self):
        return self.name


class ResultLine(models.Model):
    """One line of a result file and what it comes to: as tried while the file is open, as booked once it is closed.

    A difference stays, with who settled it and how. Never changed after the booking but for that (by trigger).
    """

    class Outcome(models.TextChoices):
        SETTLED = "settled", "到账"
        RETURNED = "returned", "退汇"
        REPEATED = "repeated", "已登记过，不再登记"
        DIFFERENCE = "difference", "有差异，不登记"

    file = models.ForeignKey(ResultFile, models.PROTECT, related_name="lines", verbose_name="结果文件")
    number = models.PositiveIntegerField("行号")
    batch_number = models.CharField("批次号", max_length=60, blank=True)
    reference = models.CharField("支付流水号", max_length=60, blank=True)
    amount = YuanField("金额（元）", null=True)
    said = models.CharField("财政结果", max_length=4, blank=True)
    day = models.DateField("日期", null=True)
    note = models.CharField("财政说明", max_length=300, blank=True)
    text = models.TextField("原文")
    payment = models.ForeignKey(Disbursement, models.PROTECT, related_name="answers", null=True, verbose_name="拨付单")
    outcome = models.CharField("结果", max_length=10, choices=Outcome)
    why = models.CharField("差异", max_length=400, blank=True)
    booked_at = models.DateTimeField("登记时间", null=True, editable=False)
    resolved_at = models.DateTimeField("处理时间", null=True, editable=False)
    resolved_by = models.ForeignKey(
        USER, models.PROTECT, related_name="+", null=True, editable=False, verbose_name="处理人"
    )
    resolution = models.CharField("处理情况", max_length=300, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "财政结果明细"
        ordering = ["file", "number"]
        constraints = [
            UniqueConstraint(fields=["file", "number"], name="one_result_per_line"),
            UniqueConstraint(
                fields=["payment"],
                condition=Q(outcome__in=["settled", "returned"], booked_at__isnull=False),
                name="one_answer_per_payment",
            ),
            CheckConstraint(
                name="booked_line_has_its_payment",
                condition=~Q(outcome__in=["settled", "returned"])
                | Q(payment__isnull=False, amount__isnull=False, day__isnull=False) & ~Q(said=""),
            ),
            CheckConstraint(
                name="difference_says_why", condition=Q(outcome="difference") & ~Q(why="") | ~Q(outcome="difference")
            ),
            CheckConstraint(
                name="difference_resolved_with_a_note",
                condition=Q(resolved_at=None, resolved_by=None, resolution="")
                | Q(outcome="difference", resolved_at__isnull=False, resolved_by__isnull=False) & ~Q(resolution=""),
            ),
        ]

    def __str__(self):
        return f"{self.file} 第 {self.number} 行"
