from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from awards.workflow import Step, Workflow
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission

USER = settings.AUTH_USER_MODEL


class HonourEntry(models.Model):
    """A higher honour as its source document tells it: entered by one, an honour once another has confirmed it."""

    class State(models.TextChoices):
        ENTERED = "entered", "待核对"
        CONFIRMED = "confirmed", "已登记"
        DROPPED = "dropped", "已作废"

    kind = models.ForeignKey("awards.HonourKind", models.PROTECT, related_name="entries", verbose_name="荣誉")
    year = models.PositiveIntegerField("年度")
    organisation = models.ForeignKey(
        "enterprises.Organisation", models.PROTECT, related_name="honour_entries", verbose_name="单位"
    )
    organisation_name = models.CharField("授奖时的名称", max_length=120)
    announced_on = models.DateField("公布日期")
    number = models.CharField("文号", max_length=60, blank=True)
    title = models.CharField("来源文件", max_length=120)
    address = models.URLField("公开地址", max_length=300, blank=True)
    scan = models.ForeignKey(
        "enterprises.StoredFile", models.PROTECT, related_name="+", null=True, editable=False, verbose_name="扫描件"
    )
    is_rehearsal = models.BooleanField("演练", default=False, editable=False)
    honour = models.OneToOneField("awards.Honour", models.PROTECT, related_name="entry", null=True, editable=False)
    state = models.CharField("状态", max_length=9, choices=State, default=State.ENTERED, editable=False)
    entered_at = models.DateTimeField("录入时间", default=clock.now, editable=False)
    entered_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False)
    confirmed_at = models.DateTimeField("核对时间", null=True, editable=False)
    confirmed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, editable=False)

    workflow = Workflow(
        confirm=Step("核对一致，登记", {State.ENTERED}, State.CONFIRMED, Permission.HONOUR_RECORD),
        drop=Step("作废", {State.ENTERED}, State.DROPPED, Permission.HONOUR_RECORD),
    )

    class Meta:
        verbose_name = verbose_name_plural = "上级荣誉录入"
        ordering = ["-pk"]
        constraints = [
            UniqueConstraint(
                fields=["kind", "year", "organisation"], condition=~Q(state="dropped"), name="one_entry_per_honour"
            ),
            CheckConstraint(name="entry_two_people", condition=~Q(confirmed_by=F("entered_by"))),
            CheckConstraint(
                name="entry_has_a_source", condition=~Q(title="") & (~Q(address="") | Q(scan__isnull=False))
            ),
            CheckConstraint(
                name="entry_confirmed_with_its_honour",
                condition=~Q(state="confirmed")
                | Q(honour__isnull=False, confirmed_at__isnull=False, confirmed_by__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.organisation_name} {self.year}年{self.kind}"

    @property
    def source(self):
        """The source as the register names it: title and number of the document."""
        return f"{self.title}（{self.number}）" if self.number else self.title


class HonourImport(models.Model):
    """A workbook of past laureates: tried by one, taken over by another. `rows` are its cells as read."""

    class State(models.TextChoices):
        CHECKED = "checked", "已试算，待导入"
        DONE = "done", "已导入"
        DROPPED = "dropped", "已放弃"

    name = models.CharField("文件名", max_length=200)
    digest = models.CharField("SHA-256", max_length=64)
    rows = models.JSONField("单元格")
    state = models.CharField("状态", max_length=7, choices=State, default=State.CHECKED, editable=False)
    uploaded_at = models.DateTimeField("上传时间", default=clock.now, editable=False)
    uploaded_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False, verbose_name="上传人")
    closed_at = models.DateTimeField("办结时间", null=True, editable=False)
    closed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, editable=False)
    imported = models.PositiveIntegerField("导入条数", null=True, editable=False)

    workflow = Workflow(
        take_over_list=Step("导入", {State.CHECKED}, State.DONE, Permission.HONOUR_RECORD),
        give_up_list=Step("放弃", {State.CHECKED}, State.DROPPED, Permission.HONOUR_RECORD),
    )

    class Meta:
        verbose_name = verbose_name_plural = "历届名单导入"
        ordering = ["-pk"]
        constraints = [
            CheckConstraint(
                name="honours_imported_by_another",
                condition=~Q(state="done")
                | Q(closed_at__isnull=False, closed_by__isnull=False, imported__isnull=False)
                & ~Q(closed_by=F("uploaded_by")),
            )
        ]

    def __str__(self):
        return self.name
