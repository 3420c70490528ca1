from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from foshan_quality.lib import clock

from .kinds import Kind, Level

USER = settings.AUTH_USER_MODEL


class CreditImport(models.Model):
    """A workbook of credit records that was handed in: its cells as read, tried first, imported when confirmed.

    `rows` holds [row number, [cell or null, …]] from the headings on, a cell being [kind, text] as `workbook.py`
    gives it. `outcome` is set by the import: new, changed, unchanged, unreadable (counts) and `flaws`, rows of
    [row number, column, what, what to do].
    """

    class State(models.TextChoices):
        CHECKED = "checked", "待确认"
        DONE = "done", "已导入"
        DROPPED = "dropped", "已放弃"

    name = models.CharField("文件名", max_length=200)
    digest = models.CharField("SHA-256", max_length=64)
    rows = models.JSONField("内容")
    state = models.CharField("状态", max_length=8, choices=State, default=State.CHECKED, editable=False)
    uploaded_at = models.DateTimeField("上传时间", default=clock.now, editable=False)
    uploaded_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="上传人")
    closed_at = models.DateTimeField("办结时间", null=True, editable=False)
    closed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, verbose_name="办结人")
    outcome = models.JSONField("结果", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "信用记录导入"
        ordering = ["-pk"]
        constraints = [
            CheckConstraint(
                name="import_open_until_closed",
                condition=Q(state="checked", closed_at=None, closed_by=None)
                | ~Q(state="checked") & Q(closed_at__isnull=False, closed_by__isnull=False),
            ),
            CheckConstraint(name="import_done_with_outcome", condition=~Q(state="done") | Q(outcome__isnull=False)),
        ]

    def __str__(self):
        return self.name


class CreditRecordQuerySet(models.QuerySet):
    def newest(self):
        """The last row of each chain: what is known today, withdrawn ones too."""
        return self.filter(replacement=None)

    def in_force(self):
        """What counts: the last row of each chain, without those withdrawn."""
        return self.newest().filter(is_void=False)


class CreditRecord(models.Model):
    """One finding against one organisation, as its source words it. Append-only by trigger.

    A row that `replaces` another corrects it, adds a 信用修复 or withdraws it, with the reason. The document's
    number together with code and kind says which record it is, so they never change along a chain.
    """

    credit_code = models.CharField("统一社会信用代码", max_length=18, db_index=True)
    name = models.CharField("单位名称", max_length=120, help_text="与来源一致")
    kind = models.CharField("类别", max_length=10, choices=Kind)
    level = models.CharField("事故等级", max_length=8, choices=Level, blank=True)
    number = models.CharField("文书号", max_length=80)
    authority = models.CharField("作出机关", max_length=120)
    decided_on = models.DateField("作出日期")
    published_on = models.DateField("公示日期", null=True)
    ends_on = models.DateField("有效期至", null=True)
    repaired_on = models.DateField("修复日期", null=True)
    summary = models.TextField("内容摘要", blank=True)
    source = models.CharField("来源", max_length=200)
    is_void = models.BooleanField("作废", default=False)
    replaces = models.OneToOneField("self", models.PROTECT, related_name="replacement", null=True)
    reason = models.TextField("更正理由", blank=True)
    batch = models.ForeignKey(CreditImport, models.PROTECT, related_name="records", null=True, verbose_name="导入文件")
    entered_at = models.DateTimeField("登记时间", default=clock.now)
    entered_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="登记人")

    objects = CreditRecordQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "信用记录"
        ordering = ["-pk"]
        constraints = [
            UniqueConstraint(
                fields=["credit_code", "kind", "number"],
                condition=Q(replaces=None),
                name="one_credit_record_per_document",
            ),
            CheckConstraint(name="level_of_accidents_only", condition=Q(kind="accident") ^ Q(level="")),
            CheckConstraint(
                name="replacing_record_has_reason",
                condition=Q(replaces=None, reason="") | Q(replaces__isnull=False) & ~Q(reason=""),
            ),
            CheckConstraint(name="void_record_replaces_one", condition=Q(is_void=False) | Q(replaces__isnull=False)),
            CheckConstraint(
                name="credit_dates_run_forward",
                condition=(Q(ends_on=None) | Q(ends_on__gte=F("decided_on")))
                & (Q(repaired_on=None) | Q(repaired_on__gte=F("decided_on"))),
            ),
        ]

    def __str__(self):
        return f"{self.name} {self.get_kind_display()} {self.number}"

    @property
    def kind_said(self):
        """The kind, for an accident with its level."""
        return self.get_level_display() or self.get_kind_display()

    @property
    def said(self):
        """The record in one phrase, for a sentence: kind, authority, number, day."""
        return f"{self.kind_said}，{self.authority}{self.number}，{self.decided_on} 作出"

    @property
    def standing_said(self):
        """Where the row stands in its chain."""
        if hasattr(self, "replacement"):
            return "已被更正"
        if self.is_void:
            return "已作废"
        return "已修复" if self.repaired_on else "有效"
