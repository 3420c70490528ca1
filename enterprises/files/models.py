from uuid import uuid4

from django.conf import settings
from django.db import models

from foshan_quality.lib import clock


def storage_name(instance, filename):
    """Our own name; the person's file name never reaches the disk."""
    return f"files/{clock.today():%Y/%m}/{uuid4().hex}"


class StoredFile(models.Model):
    """One checked file. Rows are not changed; a better version is a new row."""

    file = models.FileField(upload_to=storage_name, max_length=120)
    name = models.CharField("文件名", max_length=200)
    content_type = models.CharField("类型", max_length=80)
    size = models.PositiveBigIntegerField("大小（字节）")
    pages = models.PositiveIntegerField("页数", null=True)
    digest = models.CharField("SHA-256", max_length=64)
    uploaded_at = models.DateTimeField("上传时间", default=clock.now, editable=False)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "文件"

    def __str__(self):
        return self.name
