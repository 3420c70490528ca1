from functools import cached_property

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from awards.workflow import Step, Workflow
from foshan_quality.lib import clock
from foshan_quality.lib.ready import Ready
from foshan_quality.lib.words import ordinal, paper_moment
from foshan_quality.permissions import Permission

from . import rules
from .catalogue import DocumentKind

USER = settings.AUTH_USER_MODEL


class HonourKind(models.Model):
    """A kind of honour a firm can hold: the city's own award, and the higher ones that subsidies follow."""

    class Level(models.TextChoices):
        CITY = "city", "市级"
        PROVINCIAL = "provincial", "省级"
        NATIONAL = "national", "国家级"

    name = models.CharField("名称", max_length=60, unique=True)
    level = models.CharField("级别", max_length=10, choices=Level)

    class Meta:
        verbose_name = verbose_name_plural = "荣誉种类"

    def __str__(self):
        return self.name


class Programme(models.Model):
    """An award scheme run on this portal."""

    code = models.SlugField("代码", max_length=10, unique=True)
    honour_kind = models.OneToOneField(HonourKind, models.PROTECT, verbose_name="荣誉")
    editions_before = models.PositiveIntegerField("上线前已办届数", default=0)
    certificate_form = models.CharField(
        "证书编号格式", max_length=60, help_text="{year} 为年度，{ordinal} 为届次，{sequence} 为本届序号"
    )

    class Meta:
        verbose_name = verbose_name_plural = "奖项"

    def __str__(self):
        return self.honour_kind.name


class EditionQuerySet(models.QuerySet):
    def public(self):
        """Editions whose call has been published."""
        return self.exclude(state=Edition.State.PREPARING)

    def taking_applications(self, moment):
        """Editions open at this moment."""
        return self.filter(state=Edition.State.OPEN, opens_at__lte=moment, closes_at__gt=moment)


SEASON_OVER = ["publicity", "awarded"]  # states of an edition in which its experts have no access any more


class Edition(models.Model):
    """One edition of a programme, from preparation to the granting of honours."""

    class State(models.TextChoices):
        PREPARING = "preparing", "筹备中"
        PUBLISHED = "published", "已公告"
        OPEN = "open", "申报中"
        REVIEW = "review", "评审中"
        PUBLICITY = "publicity", "公示中"
        AWARDED = "awarded", "已表彰"

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="editions", verbose_name="奖项")
    year = models.PositiveIntegerField("年度")
    ordinal = models.PositiveIntegerField("届次")
    state = models.CharField("状态", max_length=10, choices=State, default=State.PREPARING, editable=False)
    rubric = models.ForeignKey("awards.Rubric", models.PROTECT, verbose_name="评分准则")
    opens_at = models.DateTimeField("申报开始")
    closes_at = models.DateTimeField("申报截止")
    approval_number = models.CharField("批准文号", max_length=60, blank=True)
    approved_on = models.DateField("批准日期", null=True, blank=True)
    is_rehearsal = models.BooleanField("演练", default=False, editable=False)
    last_application = models.PositiveIntegerField(default=0, editable=False)
    last_certificate = models.PositiveIntegerField(default=0, editable=False)

    objects = EditionQuerySet.as_manager()

    workflow = Workflow(
        publish=Step("发布申报公告", {State.PREPARING}, State.PUBLISHED, Permission.EDITION_PUBLISH),
        open=Step("开放申报", {State.PUBLISHED}, State.OPEN, Permission.EDITION_PUBLISH),
        start_review=Step("结束申报、进入评审", {State.OPEN}, State.REVIEW, Permission.EDITION_PUBLISH),
        publicise=Step("进入公示", {State.REVIEW, State.PUBLICITY}, State.PUBLICITY, Permission.NOTICE_PUBLISH),
        award=Step("表彰", {State.PUBLICITY}, State.AWARDED, Permission.RESOLUTION_ENTER),
    )

    class Meta:
        verbose_name = verbose_name_plural = "届次"
        ordering = ["-year", "-ordinal"]
        constraints = [
            UniqueConstraint(fields=["programme", "ordinal"], name="one_edition_per_ordinal"),
            CheckConstraint(name="window_runs_forward", condition=Q(closes_at__gt=F("opens_at"))),
            CheckConstraint(
                name="published_only_with_approval",
                condition=Q(state="preparing") | (~Q(approval_number="") & Q(approved_on__isnull=False)),
            ),
        ]

    def __str__(self):
        return f"{self.year}年第{ordinal(self.ordinal)}届{self.programme}{'（演练）' if self.is_rehearsal else ''}"

    @property
    def name_of_year(self):
        return f"{self.year}年第{ordinal(self.ordinal)}届"

    @property
    def code(self):
        return f"{self.programme.code}{self.year}{self.ordinal:02d}"

    @cached_property
    def settled(self):
        """The edition's rules as typed values by key."""
        return {rule.key: rules.parse(rule.key, rule.value) for rule in self.rules.all()}

    @cached_property
    def papers(self):
        """The papers this edition asks for, in order."""
        return [line.kind for line in CATALOGUE.all(self.pk)]

    def remember(self, values, lines):
        """Rules by key and lines of the catalogue in order, as texts and rows that were read along with others."""
        self.settled = {key: rules.parse(key, value) for key, value in values.items()}
        self.papers = [DocumentKind.of(line) for line in lines]

    @cached_property
    def open_window_proposal(self):
        """The change of the close that waits for a second person, or None. One query."""
        return self.window_proposals.filter(state="proposed").select_related("proposed_by").first()

    def takes_applications(self, moment):
        """Whether a new submission would be in time. The clock decides, not a job."""
        return self.state == self.State.OPEN and self.opens_at <= moment < self.closes_at


class EditionRule(models.Model):
    """One rule of one edition: the value and what it rests on."""

    KEYS = [(rule.key, rule.label) for rule in rules.RULES.values()]

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="rules")
    key = models.CharField("规则", max_length=40, choices=KEYS)
    value = models.CharField("值", max_length=40)
    document = models.CharField("依据文件", max_length=120)
    article = models.CharField("条款", max_length=60, blank=True)
    is_confirmed = models.BooleanField(
        "本市规定", default=False, help_text="未勾选的为参考值，公开页面不作为本市规定展示"
    )

    class Meta:
        verbose_name = verbose_name_plural = "规则与依据"
        ordering = ["pk"]
        constraints = [UniqueConstraint(fields=["edition", "key"], name="one_value_per_rule")]

    def __str__(self):
        return f"{self.get_key_display()}：{self.value}"


class WindowProposal(models.Model):
    """A new close for a published call, waiting for a second person."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "待确认"
        CONFIRMED = "confirmed", "已确认"
        DROPPED = "dropped", "已作废"

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="window_proposals", verbose_name="届次")
    state = models.CharField("状态", max_length=9, choices=State, default=State.PROPOSED, editable=False)
    closes_before = models.DateTimeField("原截止时间")
    closes_at = models.DateTimeField("新截止时间")
    reason = models.TextField("理由")
    document = models.CharField("文号", max_length=60)
    proposed_at = models.DateTimeField("提出时间")
    proposed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="提出人")
    decided_at = models.DateTimeField("办理时间", null=True)
    decided_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, verbose_name="办理人")

    workflow = Workflow(
        confirm_window=Step("确认截止时间变更", {State.PROPOSED}, State.CONFIRMED, Permission.EDITION_PUBLISH),
        drop_window=Step("作废截止时间变更", {State.PROPOSED}, State.DROPPED, Permission.EDITION_PUBLISH),
    )

    class Meta:
        verbose_name = verbose_name_plural = "截止时间变更申请"
        ordering = ["-pk"]
        constraints = [
            UniqueConstraint(fields=["edition"], condition=Q(state="proposed"), name="one_window_proposal"),
            CheckConstraint(
                name="window_confirmed_by_a_second", condition=~Q(state="confirmed") | ~Q(decided_by=F("proposed_by"))
            ),
            CheckConstraint(
                name="window_decided_at_and_by",
                condition=Q(state="proposed", decided_at=None, decided_by=None)
                | ~Q(state="proposed") & Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.edition}截止时间{self.words}"

    @property
    def words(self):
        """延长 or 提前."""
        return "延长" if self.closes_at > self.closes_before else "提前"


class WindowChange(models.Model):
    """The close of a call was moved: from when to when, by which paper, by which two people. Append-only by trigger."""

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="window_changes", verbose_name="届次")
    closes_before = models.DateTimeField("原截止时间")
    closes_at = models.DateTimeField("新截止时间")
    reason = models.TextField("理由")
    document = models.CharField("文号", max_length=60)
    proposed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="提出人")
    confirmed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="确认人")
    changed_at = models.DateTimeField("确认时间")

    class Meta:
        verbose_name = verbose_name_plural = "截止时间变更记录"
        ordering = ["-pk"]
        constraints = [
            CheckConstraint(name="window_changed_by_two", condition=~Q(confirmed_by=F("proposed_by"))),
            CheckConstraint(name="window_change_moves", condition=~Q(closes_at=F("closes_before"))),
        ]

    def __str__(self):
        return f"截止时间由{paper_moment(self.closes_before)}{self.words}至{paper_moment(self.closes_at)}"

    @property
    def words(self):
        """延长 or 提前."""
        return "延长" if self.closes_at > self.closes_before else "提前"


# Every file that is handed in is measured by it.
CATALOGUE = Ready(lambda edition: CatalogueLine.objects.filter(edition=edition))


class CatalogueLine(models.Model):
    """One line of the papers an edition asks for."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="catalogue")
    position = models.PositiveSmallIntegerField("顺序", default=0)
    key = models.SlugField("代码", max_length=40)
    label = models.CharField("材料", max_length=80)
    hint = models.CharField("说明", max_length=200, blank=True)
    formats = models.CharField("格式", max_length=60)
    max_megabytes = models.PositiveSmallIntegerField("单个文件上限（MB）")
    max_pages = models.PositiveSmallIntegerField("单个文件页数上限")
    is_stamped = models.BooleanField("须盖章", default=False)
    takes_many = models.BooleanField("可传多个文件", default=True)
    is_required = models.BooleanField("必交", default=True)
    sample = models.ForeignKey("enterprises.StoredFile", models.PROTECT, related_name="+", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "材料清单"
        ordering = ["position", "pk"]
        constraints = [
            UniqueConstraint(fields=["edition", "key"], name="one_catalogue_line_per_key"),
            CheckConstraint(
                name="catalogue_limits_are_positive", condition=Q(max_megabytes__gte=1) & Q(max_pages__gte=1)
            ),
        ]

    def __str__(self):
        return self.label

    @property
    def kind(self):
        """The line as plain values."""
        return DocumentKind.of(vars(self))


class Condition(models.Model):
    """One condition of an edition's self-check: what is asked, why, what it rests on and which paper proves it.

    `measure` names what the system can judge by itself (applications/eligibility.py); an empty one is answered by
    the firm. A measure without its value is switched off.
    """

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="conditions")
    position = models.PositiveSmallIntegerField("顺序", default=0)
    key = models.SlugField("代码", max_length=40)
    question = models.CharField("条件", max_length=120)
    explanation = models.CharField("说明", max_length=300, blank=True)
    proof = models.CharField("证明材料", max_length=200, blank=True)
    document = models.CharField("依据文件", max_length=120)
    article = models.CharField("条款", max_length=60, blank=True)
    is_confirmed = models.BooleanField("本市规定", default=False)
    measure = models.CharField("自动判断", max_length=40, blank=True)
    value = models.CharField("值", max_length=40, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "自测条件"
        ordering = ["position", "pk"]
        constraints = [
            UniqueConstraint(fields=["edition", "key"], name="one_condition_per_key"),
            CheckConstraint(name="condition_has_its_basis", condition=~Q(document="")),
        ]

    def __str__(self):
        return self.question


class CalendarDay(models.Model):
    """Whether people work that day: the table that all working-day counts use. Editable by the secretariat."""

    day = models.DateField("日期", primary_key=True)
    is_working = models.BooleanField("上班")
    source = models.CharField("来源", max_length=80)
    changed_at = models.DateTimeField("修改时间", default=clock.now, editable=False)
    changed_by = models.ForeignKey(USER, models.PROTECT, null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "工作日历"
        ordering = ["-day"]

    def __str__(self):
        return f"{self.day:%Y-%m-%d} {'上班' if self.is_working else '放假'}"
