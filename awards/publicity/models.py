from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.urls import reverse

from awards.workflow import Step, Workflow
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission

USER = settings.AUTH_USER_MODEL


class NoticeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """All for those who draw them up; for the others of the office what everybody sees."""
        return self if user.has_perm(Permission.NOTICE_PUBLISH) else self.public()

    def public(self):
        """Published notices. Before release nothing exists for the public."""
        return self.filter(state=Notice.State.PUBLISHED)

    def open(self, day):
        """Published and taking objections: from the moment of publication to the end of the last day."""
        return self.public().filter(last_day__gte=day)


class Notice(models.Model):
    """A public notice of the proposed list. Names are frozen as registered at drafting.

    `names` is a list of dicts: application, name, district.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "拟定"
        PUBLISHED = "published", "已发布"
        DROPPED = "dropped", "已作废"

    edition = models.ForeignKey("awards.Edition", models.PROTECT, related_name="notices", verbose_name="届次")
    title = models.CharField("标题", max_length=120)
    body = models.TextField("正文")
    names = models.JSONField("名单", default=list)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT, editable=False)
    first_day = models.DateField("公示开始", null=True, editable=False)
    last_day = models.DateField("公示结束", null=True, editable=False)
    working_days = models.PositiveIntegerField("工作日数", null=True, editable=False)
    drafted_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False)
    published_at = models.DateTimeField("发布时间", null=True, editable=False)
    published_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, editable=False)

    objects = NoticeQuerySet.as_manager()

    workflow = Workflow(
        publish=Step("发布", {State.DRAFT}, State.PUBLISHED, Permission.NOTICE_PUBLISH),
        drop=Step("作废", {State.DRAFT}, State.DROPPED, Permission.NOTICE_PUBLISH),
    )

    class Meta:
        verbose_name = verbose_name_plural = "公示"
        ordering = ["-published_at", "-pk"]
        constraints = [
            CheckConstraint(name="notice_two_people", condition=~Q(published_by=F("drafted_by"))),
            CheckConstraint(
                name="published_with_window",
                condition=~Q(state="published")
                | Q(
                    first_day__isnull=False,
                    last_day__isnull=False,
                    last_day__gte=F("first_day"),
                    published_at__isnull=False,
                    published_by__isnull=False,
                ),
            ),
            UniqueConstraint(fields=["edition"], condition=Q(state="draft"), name="one_notice_in_draft"),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("notice", args=[self.pk])


class Objection(models.Model):
    """A real-name objection to one name on a notice. Private: never shown outside the secretariat."""

    class State(models.TextChoices):
        RECEIVED = "received", "待核查"
        UPHELD = "upheld", "成立"
        DISMISSED = "dismissed", "不成立"

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="objections", verbose_name="公示")
    application = models.ForeignKey(
        "awards.Application", models.PROTECT, related_name="objections", verbose_name="申报"
    )
    objector = models.CharField("异议人", max_length=120, help_text="个人填真实姓名；单位填全称")
    contact = models.CharField("联系方式", max_length=120)
    grounds = models.TextField("事实与理由")
    receipt = models.CharField("回执号", max_length=20, unique=True, editable=False)
    state = models.CharField("状态", max_length=10, choices=State, default=State.RECEIVED, editable=False)
    received_at = models.DateTimeField("收到时间", default=clock.now, editable=False)
    recorded_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, editable=False)
    finding = models.TextField("核查结论", blank=True, editable=False)
    decided_at = models.DateTimeField("作出时间", null=True, editable=False)
    decided_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, editable=False)

    workflow = Workflow(
        uphold=Step("异议成立", {State.RECEIVED}, State.UPHELD, Permission.OBJECTION_DECIDE),
        dismiss=Step("异议不成立", {State.RECEIVED}, State.DISMISSED, Permission.OBJECTION_DECIDE),
    )

    class Meta:
        verbose_name = verbose_name_plural = "异议"
        ordering = ["-pk"]
        constraints = [
            CheckConstraint(
                name="decided_with_finding",
                condition=Q(state="received")
                | (~Q(finding="") & Q(decided_at__isnull=False, decided_by__isnull=False)),
            )
        ]

    def __str__(self):
        return f"{self.receipt} {self.application.organisation}"
