from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from awards.workflow import Step, Workflow
from foshan_quality.lib import clock
from foshan_quality.lib.money import YuanField
from foshan_quality.permissions import Permission

USER = settings.AUTH_USER_MODEL


class Resolution(models.Model):
    """The government document that grants an edition's honours: entered by one, confirmed by another.

    `names` are the winners as the document writes them; `scan` is empty only in what was entered before scans were.
    `waiting` are the candidates it leaves to a later one, dicts application and name: an objection to them was
    undecided. The first resolution awards the edition; one that `supplements` it decides on those who waited.
    """

    class State(models.TextChoices):
        ENTERED = "entered", "待核对"
        IN_FORCE = "in_force", "生效"
        DROPPED = "dropped", "录入有误，已作废"

    edition = models.ForeignKey("awards.Edition", models.PROTECT, related_name="resolutions", verbose_name="届次")
    number = models.CharField("文号", max_length=60, help_text="例如 佛府〔2021〕3号")
    title = models.CharField("标题", max_length=200)
    issuer = models.CharField("发文机关", max_length=60, default="佛山市人民政府")
    issued_on = models.DateField("成文日期")
    scan = models.ForeignKey(
        "enterprises.StoredFile", models.PROTECT, related_name="+", null=True, editable=False, verbose_name="扫描件"
    )
    names = models.JSONField("文件所列名单", default=list, editable=False)
    waiting = models.JSONField("暂缓审定的单位", default=list, editable=False)
    supplements = models.ForeignKey(
        "self", models.PROTECT, related_name="supplementary", null=True, editable=False, verbose_name="补充的批准文件"
    )
    fewer_because = models.TextField("少于拟奖名单的原因", blank=True, editable=False)
    state = models.CharField("状态", max_length=10, choices=State, default=State.ENTERED, editable=False)
    entered_at = models.DateTimeField("录入时间", default=clock.now, editable=False)
    entered_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False)
    confirmed_at = models.DateTimeField("核对时间", null=True, editable=False)
    confirmed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, editable=False)

    workflow = Workflow(
        confirm=Step("与原件核对一致，生效", {State.ENTERED}, State.IN_FORCE, Permission.RESOLUTION_ENTER),
        drop=Step("作废", {State.ENTERED}, State.DROPPED, Permission.RESOLUTION_ENTER),
    )

    class Meta:
        verbose_name = verbose_name_plural = "批准文件"
        ordering = ["-pk"]
        constraints = [
            UniqueConstraint(
                fields=["edition"],
                condition=~Q(state="dropped") & Q(supplements=None),
                name="one_first_resolution_per_edition",
            ),
            UniqueConstraint(fields=["edition"], condition=Q(state="entered"), name="one_resolution_entered_at_a_time"),
            UniqueConstraint(fields=["number"], condition=~Q(state="dropped"), name="one_resolution_per_number"),
            CheckConstraint(name="resolution_two_people", condition=~Q(confirmed_by=F("entered_by"))),
            CheckConstraint(
                name="in_force_when_confirmed",
                condition=~Q(state="in_force") | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
            ),
            CheckConstraint(
                name="resolution_lists_names",
                condition=Q(scan__isnull=True)
                | (~Q(names=[]) | Q(supplements__isnull=False) & ~Q(fewer_because="")) & ~Q(issuer=""),
            ),
            CheckConstraint(name="resolution_supplements_another", condition=~Q(supplements=F("pk"))),
        ]

    def __str__(self):
        return f"{self.number}《{self.title}》"

    @property
    def is_supplement(self):
        return self.supplements_id is not None


class ResolutionLine(models.Model):
    """What a resolution in force decided on one candidate. Append-only by trigger: no candidate is decided on twice."""

    resolution = models.ForeignKey(Resolution, models.PROTECT, related_name="lines")
    application = models.ForeignKey("awards.Application", models.PROTECT, related_name="resolution_lines")
    name = models.CharField("单位名称", max_length=120)
    is_approved = models.BooleanField("批准")

    class Meta:
        verbose_name = verbose_name_plural = "审定结果"
        ordering = ["pk"]
        constraints = [UniqueConstraint(fields=["application"], name="one_resolution_per_candidate")]

    def __str__(self):
        return f"{self.name}（{'批准' if self.is_approved else '未获批准'}）"


UNDECIDED = ["proposed", "told", "heard", "decided"]  # states of a revocation that is not over


class HonourQuerySet(models.QuerySet):
    def in_force(self):
        return self.filter(revoked_on=None)

    def in_question(self):
        """Those that somebody has proposed to take back, without a decision in force yet."""
        return self.filter(revocations__state__in=UNDECIDED)


class Honour(models.Model):
    """A granted honour. Ours come from a resolution; past and higher ones are entered with their source."""

    kind = models.ForeignKey("awards.HonourKind", models.PROTECT, related_name="honours", verbose_name="荣誉")
    year = models.PositiveIntegerField("年度")
    organisation_name = models.CharField("获奖单位", max_length=120, help_text="授奖时的登记名称，不随更名改变")
    organisation = models.ForeignKey(
        "enterprises.Organisation",
        models.PROTECT,
        related_name="honours",
        null=True,
        blank=True,
        verbose_name="申报单位",
    )
    application = models.OneToOneField("awards.Application", models.PROTECT, related_name="granted", null=True)
    resolution = models.ForeignKey(Resolution, models.PROTECT, related_name="honours", null=True, blank=True)
    announced_on = models.DateField("公布日期", null=True, blank=True)
    reported_amount = YuanField("公开报道的奖励（元）", null=True, blank=True)
    source = models.CharField("来源", max_length=200, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)
    is_rehearsal = models.BooleanField("演练", default=False, editable=False)
    revoked_on = models.DateField("撤销日期", null=True, editable=False)
    revoked_because = models.CharField("撤销原因（公开）", max_length=300, blank=True, editable=False)
    revoked_under = models.CharField("撤销决定文号", max_length=60, blank=True, editable=False)

    objects = HonourQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "荣誉"
        ordering = ["-year", "pk"]
        constraints = [
            UniqueConstraint(
                fields=["kind", "year", "organisation_name"], condition=Q(resolution=None), name="recorded_once"
            ),
            UniqueConstraint(
                fields=["kind", "year", "organisation"],
                condition=Q(resolution=None, organisation__isnull=False),
                name="recorded_once_per_organisation",
            ),
            CheckConstraint(name="honour_has_ground", condition=Q(resolution__isnull=False) | ~Q(source="")),
            CheckConstraint(
                name="reason_only_when_revoked",
                condition=Q(revoked_on__isnull=False) | Q(revoked_because="", revoked_under=""),
            ),
        ]

    def __str__(self):
        return f"{self.organisation_name} {self.year}年{self.kind}"
