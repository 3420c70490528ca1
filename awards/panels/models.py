from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q

from foshan_quality.lib import clock

USER = settings.AUTH_USER_MODEL
MAX_ATTEMPTS = 3


class PanelProposal(models.Model):
    """New seats for all cases of an edition, by machine or from a file; nothing of it holds until it is applied.

    The row is the queue. `digest` says on which cases, experts, conflicts, seats and rules it was made; with others
    it cannot be applied.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "计算中"
        READY = "ready", "待确认"
        IMPOSSIBLE = "impossible", "无法满足规则"
        PARKED = "parked", "计算失败"
        APPLIED = "applied", "已生效"
        DROPPED = "dropped", "已放弃"

    class Source(models.TextChoices):
        MACHINE = "machine", "机器方案"
        FILE = "file", "名单文件"

    edition = models.ForeignKey("awards.Edition", models.PROTECT, related_name="panel_proposals", verbose_name="届次")
    state = models.CharField("状态", max_length=10, choices=State, default=State.QUEUED, editable=False)
    source = models.CharField("来源", max_length=7, choices=Source)
    file_name = models.CharField("文件", max_length=200, blank=True)
    method = models.CharField("方法", max_length=200, blank=True)
    seed = models.PositiveIntegerField("随机种子", null=True)
    digest = models.CharField("依据的数据（SHA-256）", max_length=64, blank=True)
    seats = models.JSONField(default=list)  # [[application, expert], …], new ones only
    heads = models.JSONField(default=list)  # [[application, expert], …], every case of the proposal
    problems = models.JSONField(default=list)  # sentences: what cannot be met, which rows cannot be read
    seconds = models.DecimalField("计算用时（秒）", max_digits=7, decimal_places=1, null=True)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    tried_at = models.DateTimeField("上次尝试", null=True)
    asked_at = models.DateTimeField("提出时间", default=clock.now)
    asked_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="提出人")
    closed_at = models.DateTimeField("办结时间", null=True)
    closed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, verbose_name="办结人")

    class Meta:
        verbose_name = verbose_name_plural = "评审组方案"
        ordering = ["-pk"]
        constraints = [
            CheckConstraint(
                name="proposal_closed_at_and_by",
                condition=Q(state__in=["applied", "dropped"], closed_at__isnull=False, closed_by__isnull=False)
                | ~Q(state__in=["applied", "dropped"]) & Q(closed_at=None, closed_by=None),
            ),
            CheckConstraint(
                name="proposal_knows_its_ground", condition=~Q(state__in=["ready", "applied"]) | ~Q(digest="")
            ),
            CheckConstraint(
                name="machine_proposal_has_seed", condition=Q(source="file") | Q(seed__isnull=False) & ~Q(method="")
            ),
        ]

    def __str__(self):
        return f"{self.edition}{self.get_source_display()} {self.pk}"
