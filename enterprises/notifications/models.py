from django.conf import settings
from django.db import models
from django.db.models import UniqueConstraint

from foshan_quality.lib import clock


class Message(models.Model):
    """One thing one person is told. The unique key makes telling twice impossible."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="inbox")
    kind = models.CharField("类别", max_length=40)
    matter = models.CharField("事项", max_length=80)
    text = models.TextField("内容")
    link = models.CharField("链接", max_length=200, blank=True)
    sent_at = models.DateTimeField("时间", default=clock.now, editable=False)
    read_at = models.DateTimeField("已读时间", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "消息"
        ordering = ["-sent_at", "-pk"]
        constraints = [UniqueConstraint(fields=["user", "kind", "matter"], name="told_once")]

    def __str__(self):
        return self.text[:40]
