from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from awards.applications.models import Application
from awards.workflow import Step, Workflow
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission

USER = settings.AUTH_USER_MODEL


class Kind(models.TextChoices):
    TOLD = "told", "一次性告知书"
    CORRECTION = "correction", "补正告知书"
    ACCEPTANCE = "acceptance", "受理通知书"
    REFUSAL = "refusal", "不予受理通知书"
    RECOMMENDATION = "recommendation", "区级推荐函"


def storage_name(instance, filename):
    return f"letters/{instance.written_at:%Y}/{uuid4().hex}.pdf"


class LetterWording(models.Model):
    """What an edition's letters of one kind say beyond the decision itself: 机关代字, basis, remedy."""

    KINDS = [(k.value, k.label) for k in Kind if k != Kind.RECOMMENDATION]

    edition = models.ForeignKey("awards.Edition", models.PROTECT, related_name="wordings", verbose_name="届次")
    kind = models.CharField("文书", max_length=14, choices=KINDS)
    code = models.CharField("机关代字", max_length=30, help_text="文号〔〕之前的部分，例如本机关代字加文书代字")
    basis = models.CharField("办理依据", max_length=300, blank=True)
    remedy = models.TextField("救济途径", blank=True)
    source = models.CharField("用语依据", max_length=120)
    is_confirmed = models.BooleanField("已经核定", default=False)
    changed_at = models.DateTimeField("修改时间", default=clock.now)
    changed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="修改人")

    class Meta:
        verbose_name = verbose_name_plural = "文书用语"
        ordering = ["-edition", "kind"]
        constraints = [
            UniqueConstraint(fields=["edition", "kind"], name="one_wording_per_kind"),
            CheckConstraint(name="refusal_names_a_remedy", condition=~Q(kind="refusal") | ~Q(remedy="")),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}：{self.code}"


class LetterSeries(models.Model):
    """The counter of one code and year; numbers are given out under its row lock, so that none is missing."""

    code = models.CharField("机关代字", max_length=40)
    year = models.PositiveIntegerField("年度")
    last = models.PositiveIntegerField("最后序号", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "文号"
        constraints = [UniqueConstraint(fields=["code", "year"], name="one_series_per_year")]


class LetterQuerySet(models.QuerySet):
    def visible_to(self, user):
        """All for staff (a district's for its officers); a firm's own, save what passes between offices."""
        seen = self.filter(application__in=Application.objects.visible_to(user).values("pk"))
        if user.has_perm(Permission.LETTER_VIEW):
            return seen
        own = user.memberships.filter(ended_at=None).values("organisation")
        return self.filter(application__organisation__in=own).exclude(kind=Kind.RECOMMENDATION)

    def drawn(self):
        return self.filter(state=Letter.State.DRAWN)


class Letter(models.Model):
    """One letter and its frozen words. The row is the queue; a drawn one stays as it is, a corrected one is new."""

    class State(models.TextChoices):
        QUEUED = "queued", "待生成"
        DRAWN = "drawn", "已生成"
        PARKED = "parked", "生成失败，待处理"

    application = models.ForeignKey(Application, models.PROTECT, related_name="letters", verbose_name="申报")
    kind = models.CharField("文书", max_length=14, choices=Kind)
    screening = models.ForeignKey("awards.Screening", models.PROTECT, related_name="letters", null=True)
    district_review = models.ForeignKey("awards.DistrictReview", models.PROTECT, related_name="letters", null=True)
    replaces = models.OneToOneField(
        "self", models.PROTECT, related_name="replaced_by", null=True, verbose_name="更正并替代"
    )
    replaces_because = models.TextField("更正原因", blank=True)
    code = models.CharField("机关代字", max_length=40, blank=True)
    year = models.PositiveIntegerField("年度")
    sequence = models.PositiveIntegerField("序号", null=True)
    number = models.CharField("文号", max_length=80, blank=True)
    content = models.JSONField("内容")
    state = models.CharField("状态", max_length=8, choices=State, default=State.QUEUED, editable=False)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    problem = models.TextField("失败原因", blank=True)
    pdf = models.FileField("文件", upload_to=storage_name, max_length=120, blank=True)
    digest = models.CharField("SHA-256", max_length=64, blank=True)
    pages = models.PositiveSmallIntegerField("页数", null=True)
    written_at = models.DateTimeField("编号时间", default=clock.now)
    written_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField("生成时间", null=True)

    objects = LetterQuerySet.as_manager()

    workflow = Workflow(
        draw_letter=Step("生成", {State.QUEUED}, State.DRAWN, Permission.LETTER_DRAW),
        park_letter=Step("搁置", {State.QUEUED}, State.PARKED, Permission.LETTER_DRAW),
        retry_letter=Step("重新生成", {State.PARKED}, State.QUEUED, Permission.LETTER_ISSUE),
    )

    class Meta:
        verbose_name = verbose_name_plural = "文书"
        ordering = ["-pk"]
        constraints = [
            UniqueConstraint(fields=["code", "year", "sequence"], name="one_letter_per_number"),
            UniqueConstraint(fields=["screening"], condition=Q(replaces=None), name="one_first_letter_per_screening"),
            UniqueConstraint(
                fields=["district_review"], condition=Q(replaces=None), name="one_first_letter_per_review"
            ),
            CheckConstraint(
                name="letter_about_one_decision",
                condition=Q(kind="recommendation", screening=None, district_review__isnull=False, sequence=None)
                | ~Q(kind="recommendation")
                & Q(screening__isnull=False, district_review=None, sequence__isnull=False)
                & ~Q(number=""),
            ),
            CheckConstraint(
                name="replacement_says_why",
                condition=Q(replaces=None, replaces_because="") | Q(replaces__isnull=False) & ~Q(replaces_because=""),
            ),
            CheckConstraint(
                name="letter_drawn_with_file",
                condition=~Q(state="drawn") | (~Q(pdf="") & ~Q(digest="") & Q(drawn_at__isnull=False)),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.number or self.application.number}"

    @property
    def addressee(self):
        return self.content["to"]

    @property
    def successor(self):
        return getattr(self, "replaced_by", None)

    @property
    def district_code(self):
        return self.application.district_code
