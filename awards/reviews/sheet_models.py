"""What belongs to the score sheet: its history, the switch that stops all scoring, the dossier as experts read it."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from awards.workflow import Step, Workflow
from enterprises.audit.models import AuditEvent
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission

USER = settings.AUTH_USER_MODEL
READS = [  # what stands in the list of who opened what
    "read_dossier",
    "read_sheet",
    "print_sheet",
    "read_consensus",
    "print_consensus",
    "read_visit",
    "print_visit",
    "read_hearing",
    "print_hearing",
    "read_ranking",
    "download_ranking",
    "read_calibration",
    "export_calibration",
    "read_candidate",
    "read_feedback",
]


class MarkVersion(models.Model):
    """One item's mark as it stood after a save; so a sheet can be rebuilt as of a moment. Append-only by trigger."""

    class Source(models.TextChoices):
        PAGE = "page", "评分页"
        FILE = "file", "离线评分表"
        RESTORED = "restored", "恢复"

    sheet = models.ForeignKey("awards.ScoreSheet", models.PROTECT, related_name="mark_versions")
    item = models.ForeignKey("awards.Item", models.PROTECT, related_name="+")
    version = models.PositiveIntegerField("评分表版次")
    percentage = models.PositiveSmallIntegerField("百分比", null=True)
    strengths = models.TextField("优势", blank=True)
    improvements = models.TextField("改进机会", blank=True)
    evidence = models.CharField("证据页", max_length=200, blank=True)
    source = models.CharField("来源", max_length=8, choices=Source, default=Source.PAGE)
    written_at = models.DateTimeField("保存时间")
    written_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="保存人")

    class Meta:
        verbose_name = verbose_name_plural = "评分留存"
        ordering = ["pk"]
        constraints = [UniqueConstraint(fields=["sheet", "item", "version"], name="one_mark_version_per_save")]


class ScoringFreezeQuerySet(models.QuerySet):
    def in_force(self):
        """Not lifted."""
        return self.filter(lifted_at=None)


class ScoringFreeze(models.Model):
    """All scoring of an edition stopped, by whom and why, and who let it go on. While one stands no mark is written."""

    class State(models.TextChoices):
        IN_FORCE = "frozen", "冻结中"
        LIFTED = "lifted", "已解除"

    edition = models.ForeignKey("awards.Edition", models.PROTECT, related_name="freezes", verbose_name="届次")
    state = models.CharField("状态", max_length=8, choices=State, default=State.IN_FORCE, editable=False)
    reason = models.TextField("冻结原因")
    frozen_at = models.DateTimeField("冻结时间", default=clock.now)
    frozen_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="冻结人")
    lifted_at = models.DateTimeField("解除时间", null=True)
    lifted_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, verbose_name="解除人")
    lift_reason = models.TextField("解除理由", blank=True)

    objects = ScoringFreezeQuerySet.as_manager()

    workflow = Workflow(lift_freeze=Step("解除冻结", {State.IN_FORCE}, State.LIFTED, Permission.SCORING_FREEZE))

    class Meta:
        verbose_name = verbose_name_plural = "评分冻结"
        ordering = ["-pk"]
        constraints = [
            UniqueConstraint(fields=["edition"], condition=Q(lifted_at=None), name="one_freeze_in_force"),
            CheckConstraint(name="freeze_has_reason", condition=~Q(reason="")),
            CheckConstraint(
                name="freeze_lifted_with_reason",
                condition=Q(state="frozen", lifted_at=None, lifted_by=None, lift_reason="")
                | Q(state="lifted", lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lift_reason=""),
            ),
        ]

    def __str__(self):
        return f"{self.edition}评分冻结"


class ReadingCopy(models.Model):
    """A submitted dossier as experts read it: the book and every file with pages. The row is the queue.

    `papers` lists them in the order in which references name them: [{"label", "name", "file", "pages", "document"}],
    0 the book. `marks` are {item code: page of the book}.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "准备中"
        READY = "ready", "可阅读"
        PARKED = "parked", "未能准备"

    snapshot = models.OneToOneField("awards.Snapshot", models.PROTECT, related_name="reading_copy")
    state = models.CharField("状态", max_length=8, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    papers = models.JSONField("文件", default=list)
    marks = models.JSONField("各评分项所在页", default=dict)
    ready_at = models.DateTimeField("备妥时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "评审阅读本"
        constraints = [
            CheckConstraint(name="copy_ready_with_its_time", condition=~Q(state="ready") ^ Q(ready_at__isnull=False))
        ]


class ReadingPage(models.Model):
    """The words of one page, for the search."""

    copy = models.ForeignKey(ReadingCopy, models.CASCADE, related_name="pages")
    paper = models.PositiveSmallIntegerField("文件序号")
    number = models.PositiveIntegerField("页码")
    text = models.TextField("文字", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "评审阅读本（页）"
        ordering = ["paper", "number"]
        constraints = [UniqueConstraint(fields=["copy", "paper", "number"], name="one_text_per_page")]


class SheetHabit(models.Model):
    """How a person likes the score sheet: whether single keys work."""

    user = models.OneToOneField(USER, models.PROTECT, related_name="sheet_habit")
    uses_keys = models.BooleanField("使用快捷键", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "评分页习惯"


class ReadingQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Readings of dossiers and of marks, for the secretariat and the auditor; nothing else of the trail."""
        return self.filter(verb__in=READS) if user.has_perm(Permission.READING_VIEW) else self.none()


class Reading(AuditEvent):
    """One line of the trail that says who opened what."""

    objects = ReadingQuerySet.as_manager()

    class Meta:
        proxy = True
        app_label = "awards"
        ordering = ["-seq"]
        verbose_name = verbose_name_plural = "查阅记录"

    def __str__(self):
        return f"{self.actor_name} {self.target_name}"
