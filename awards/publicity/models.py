from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Exists, F, OuterRef, Q, Subquery, UniqueConstraint
from django.urls import reverse
from django.utils.timezone import localdate

from awards.workflow import Step, Workflow
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission

USER = settings.AUTH_USER_MODEL


class TextTemplate(models.Model):
    """What a programme's notice or paper says, with places to fill. Append-only by trigger: the newest counts."""

    class Kind(models.TextChoices):
        NOTICE = "notice", "公示"
        ANNOUNCEMENT = "announcement", "通知"
        REQUEST = "request", "请示"
        COMMENDATION = "commendation", "通报"

    programme = models.ForeignKey("awards.Programme", models.PROTECT, related_name="texts", verbose_name="奖项")
    kind = models.CharField("文种", max_length=14, choices=Kind)
    version = models.PositiveIntegerField("版本")
    title = models.CharField("标题", max_length=120)
    to = models.CharField("主送", max_length=120, blank=True)
    body = models.TextField("正文")
    source = models.CharField("依据", max_length=120, help_text="经谁核定、何时核定")
    set_at = models.DateTimeField("设置时间", default=clock.now)
    set_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="设置人")

    class Meta:
        verbose_name = verbose_name_plural = "公文模板"
        ordering = ["programme", "kind", "-version"]
        constraints = [
            UniqueConstraint(fields=["programme", "kind", "version"], name="one_text_per_version"),
            CheckConstraint(name="text_names_its_source", condition=~Q(source="")),
        ]

    def __str__(self):
        return f"{self.programme}{self.get_kind_display()}模板第 {self.version} 版"


class NoticeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """All for those who draw them up; for the others of the office what everybody sees."""
        return self if user.has_perm(Permission.NOTICE_PUBLISH) else self.public()

    def public(self):
        """Notices whose release is over. Before release nothing exists for the public."""
        return self.filter(state__in=Notice.OUT)

    def released(self, moment):
        """What the public sees at this moment: the clock alone releases a notice that two people have settled."""
        return self.filter(state__in=Notice.SETTLED, published_at__lte=moment)

    def with_successor(self, moment):
        """Each with address and number of the released notice that stands in its place, if there is one."""
        later = Notice.objects.released(moment).filter(replaces=OuterRef("pk"))
        return self.annotate(
            successor_address=Subquery(later.values("address")[:1]),
            successor_number=Subquery(later.values("number")[:1]),
        )

    def open(self, moment):
        """Taking objections: from the moment of release to the end of the last day, unless withdrawn or replaced."""
        later = Notice.objects.released(moment).filter(replaces=OuterRef("pk"))
        standing = self.released(moment).exclude(state=Notice.State.WITHDRAWN).filter(~Exists(later))
        return standing.filter(last_day__gte=localdate(moment))

    def due(self, moment):
        """Released by the clock, the rest still to be done by a task."""
        return self.filter(state=Notice.State.SCHEDULED, published_at__lte=moment)


class Notice(models.Model):
    """A public notice of the proposed list. Names are frozen as registered at drafting.

    `names` is a list of dicts: application, name, district. `drawn_from` is what the template gave, to tell
    what was changed by hand. Once released its words, names and window stay as they are (a trigger holds them);
    a mistake is corrected by another notice that replaces it.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "拟定"
        SCHEDULED = "scheduled", "待发布"
        PUBLISHED = "published", "已发布"
        WITHDRAWN = "withdrawn", "已撤回"
        DROPPED = "dropped", "已作废"

    OUT = [State.PUBLISHED, State.WITHDRAWN]
    SETTLED = [State.SCHEDULED, *OUT]

    edition = models.ForeignKey("awards.Edition", models.PROTECT, related_name="notices", verbose_name="届次")
    title = models.CharField("标题", max_length=120)
    body = models.TextField("正文")
    names = models.JSONField("名单", default=list)
    drawn_from = models.JSONField("模板文本", default=dict, editable=False)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT, editable=False)
    replaces = models.ForeignKey(
        "self", models.PROTECT, related_name="replacements", null=True, editable=False, verbose_name="更正并取代"
    )
    because = models.TextField("更正原因", blank=True, editable=False)
    number = models.PositiveIntegerField("公示序号", null=True, editable=False)
    address = models.SlugField("网址", max_length=40, blank=True, editable=False)
    former_address = models.PositiveIntegerField("原网址", unique=True, null=True, editable=False)
    first_day = models.DateField("公示开始", null=True, editable=False)
    last_day = models.DateField("公示结束", null=True, editable=False)
    working_days = models.PositiveIntegerField("工作日数", null=True, editable=False)
    drafted_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False)
    published_at = models.DateTimeField("发布时间", null=True, editable=False)
    published_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, editable=False)
    withdrawn_at = models.DateTimeField("撤回时间", null=True, editable=False)
    withdrawn_because = models.TextField("撤回原因", blank=True, editable=False)

    objects = NoticeQuerySet.as_manager()

    workflow = Workflow(
        publish=Step("发布", {State.DRAFT}, State.PUBLISHED, Permission.NOTICE_PUBLISH),
        schedule=Step("定时发布", {State.DRAFT}, State.SCHEDULED, Permission.NOTICE_PUBLISH),
        recall=Step("取消定时发布", {State.SCHEDULED}, State.DRAFT, Permission.NOTICE_PUBLISH),
        release=Step("到时发布", {State.SCHEDULED}, State.PUBLISHED, Permission.NOTICE_PUBLISH),
        withdraw_notice=Step("撤回公示", {State.PUBLISHED}, State.WITHDRAWN, Permission.NOTICE_PUBLISH),
        drop=Step("作废", {State.DRAFT}, State.DROPPED, Permission.NOTICE_PUBLISH),
    )

    class Meta:
        verbose_name = verbose_name_plural = "公示"
        ordering = ["-published_at", "-pk"]
        constraints = [
            CheckConstraint(name="notice_two_people", condition=~Q(published_by=F("drafted_by"))),
            CheckConstraint(
                name="published_with_window",
                condition=~Q(state__in=["scheduled", "published", "withdrawn"])
                | Q(
                    first_day__isnull=False,
                    last_day__isnull=False,
                    last_day__gte=F("first_day"),
                    published_at__isnull=False,
                    published_by__isnull=False,
                    number__isnull=False,
                )
                & ~Q(address=""),
            ),
            CheckConstraint(
                name="withdrawn_notice_says_why",
                condition=~Q(state="withdrawn") | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_because=""),
            ),
            CheckConstraint(
                name="replacing_notice_says_why",
                condition=Q(replaces=None, because="") | Q(replaces__isnull=False) & ~Q(because=""),
            ),
            UniqueConstraint(
                fields=["edition"], condition=Q(state__in=["draft", "scheduled"]), name="one_notice_pending"
            ),
            UniqueConstraint(fields=["edition", "number"], name="one_notice_per_number"),
            UniqueConstraint(fields=["address"], condition=~Q(address=""), name="one_notice_per_address"),
            UniqueConstraint(fields=["replaces"], condition=~Q(state="dropped"), name="one_replacement_of_a_notice"),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("notice", args=[self.address or "-"])


class Objection(models.Model):
    """A real-name objection to one name on a notice. Private: never shown outside the secretariat.

    The candidate waits until a second person has confirmed what the first proposed; the others go on.
    """

    class State(models.TextChoices):
        RECEIVED = "received", "待核查"
        UPHELD = "upheld", "成立"
        DISMISSED = "dismissed", "不成立"
        WITHDRAWN = "withdrawn", "已撤回"

    OUTCOMES = [("upheld", "异议成立"), ("dismissed", "异议不成立")]

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="objections", verbose_name="公示")
    application = models.ForeignKey(
        "awards.Application", models.PROTECT, related_name="objections", verbose_name="申报"
    )
    objector = models.CharField("异议人", max_length=120, help_text="个人填真实姓名；单位填全称")
    contact = models.CharField("联系方式", max_length=120)
    grounds = models.TextField("事实与理由")
    receipt = models.CharField("回执号", max_length=20, unique=True, editable=False)
    code_digest = models.CharField("查询码摘要", max_length=64, blank=True, editable=False)
    state = models.CharField("状态", max_length=10, choices=State, default=State.RECEIVED, editable=False)
    received_at = models.DateTimeField("收到时间", default=clock.now, editable=False)
    recorded_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, editable=False)
    examine_by = models.DateField("核查期限", null=True, editable=False)
    proposed_outcome = models.CharField("拟作结论", max_length=10, choices=OUTCOMES, blank=True, editable=False)
    proposed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, editable=False)
    proposed_at = models.DateTimeField("提出结论时间", null=True, editable=False)
    finding = models.TextField("核查结论", blank=True, editable=False)
    decided_at = models.DateTimeField("作出时间", null=True, editable=False)
    decided_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, editable=False)
    reply_number = models.CharField("答复文号", max_length=80, blank=True, editable=False)
    withdrawn_at = models.DateTimeField("撤回时间", null=True, editable=False)
    withdrawn_because = models.TextField("撤回说明", blank=True, editable=False)

    workflow = Workflow(
        uphold=Step("确认异议成立", {State.RECEIVED}, State.UPHELD, Permission.OBJECTION_DECIDE),
        dismiss=Step("确认异议不成立", {State.RECEIVED}, State.DISMISSED, Permission.OBJECTION_DECIDE),
    )

    class Meta:
        verbose_name = verbose_name_plural = "异议"
        ordering = ["-pk"]
        constraints = [
            CheckConstraint(
                name="decided_with_finding",
                condition=Q(state__in=["received", "withdrawn"])
                | (~Q(finding="") & Q(decided_at__isnull=False, decided_by__isnull=False)),
            ),
            CheckConstraint(name="objection_decided_by_two", condition=~Q(decided_by=F("proposed_by"))),
            CheckConstraint(
                name="objection_proposed_whole",
                condition=Q(proposed_outcome="", proposed_by=None, proposed_at=None)
                | ~Q(proposed_outcome="") & ~Q(finding="") & Q(proposed_by__isnull=False, proposed_at__isnull=False),
            ),
            CheckConstraint(
                name="objection_withdrawn_with_its_time",
                condition=~Q(state="withdrawn") | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_because=""),
            ),
            UniqueConstraint(fields=["code_digest"], condition=~Q(code_digest=""), name="one_objection_per_code"),
        ]

    def __str__(self):
        return f"{self.receipt} {self.application.organisation}"

    @property
    def is_decided(self):
        return self.state in {self.State.UPHELD, self.State.DISMISSED}

    @property
    def objector_masked(self):
        """The first character; who needs the rest asks for it and is noted."""
        return f"{self.objector[:1]}{'＊' * (min(len(self.objector), 4) - 1)}"


class ObjectionFile(models.Model):
    """One paper of evidence that came with an objection. Private like it."""

    objection = models.ForeignKey(Objection, models.PROTECT, related_name="files")
    file = models.OneToOneField("enterprises.StoredFile", models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "异议证据"
        ordering = ["pk"]


class Statement(models.Model):
    """What the applicant says to an objection: asked with the facts alone, answered in words and files by a day."""

    objection = models.OneToOneField(Objection, models.PROTECT, related_name="statement", verbose_name="异议")
    facts = models.TextField("需要说明的事实")
    due_on = models.DateField("答复期限")
    asked_at = models.DateTimeField("发出时间", default=clock.now)
    asked_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="发出人")
    answer = models.TextField("申报单位的说明", blank=True)
    answered_at = models.DateTimeField("答复时间", null=True)
    answered_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "情况说明"
        constraints = [
            CheckConstraint(
                name="statement_answered_whole",
                condition=Q(answer="", answered_at=None, answered_by=None)
                | ~Q(answer="") & Q(answered_at__isnull=False, answered_by__isnull=False),
            ),
            CheckConstraint(name="statement_asks_something", condition=~Q(facts="")),
        ]

    def roles_of(self, user):
        """What a membership of the firm gives."""
        return set(self.objection.application.organisation.roles_of(user))


class StatementFile(models.Model):
    """One paper the applicant handed in with its statement."""

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="files")
    file = models.OneToOneField("enterprises.StoredFile", models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "情况说明附件"
        ordering = ["pk"]
