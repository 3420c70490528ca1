from django.conf import settings
from django.db import models

from foshan_quality.lib import clock


class DrawnPaper(models.Model):
    """A paper that a worker draws. The row is the queue: QUEUED rows are drawn.

    Each kind adds what it is about, its file and its steps; drawn it has the file, parked a reason, by constraint.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "排队中"
        DRAWN = "drawn", "已生成"
        PARKED = "parked", "生成失败"

    state = models.CharField("状态", max_length=8, choices=State, default=State.QUEUED, editable=False)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    problem = models.TextField("失败原因", blank=True)
    requested_at = models.DateTimeField("申请时间", default=clock.now)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField("生成时间", null=True)

    class Meta:
        abstract = True
        ordering = ["-pk"]
