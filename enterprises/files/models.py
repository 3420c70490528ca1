from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from foshan_quality.lib import clock

from .kinds import BY_CONTENT_TYPE


def storage_name(instance, filename):
    """Our own name; the person's file name never reaches the disk."""
    return f"files/{clock.today():%Y/%m}/{uuid4().hex}"


def picture_name(instance, filename):
    """Where the picture of a page lies, apart from the files it was drawn from."""
    return f"pages/{clock.today():%Y/%m}/{uuid4().hex}"


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

    @property
    def kind(self):
        return BY_CONTENT_TYPE[self.content_type]


class KeptFile(models.Model):
    """A file kept of a form that came back (`keeping.py`), so that nobody chooses it twice.

    The night takes away what no form was handed in with.
    """

    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="kept")
    kept_at = models.DateTimeField("留存时间", default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = "表单留存的文件"


class PageSet(models.Model):
    """The pictures of a file's pages, for whoever reads it. The row is the queue: QUEUED ones are drawn by a task."""

    class State(models.TextChoices):
        QUEUED = "queued", "生成中"
        DRAWN = "drawn", "已生成"
        PARKED = "parked", "未能生成"

    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="page_set")
    state = models.CharField("状态", max_length=8, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    problem = models.CharField("说明", max_length=300, blank=True)
    drawn_at = models.DateTimeField("生成时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "页图"
        constraints = [
            CheckConstraint(
                name="page_set_drawn_with_its_time", condition=~Q(state="drawn") ^ Q(drawn_at__isnull=False)
            ),
            CheckConstraint(name="page_set_parked_with_a_reason", condition=~Q(state="parked") | ~Q(problem="")),
        ]


class PageImage(models.Model):
    """One page as a picture (WebP), counted from 1. Drawn anew from the file at any time, so it has no digest."""

    page_set = models.ForeignKey(PageSet, models.PROTECT, related_name="images")
    number = models.PositiveIntegerField("页码")
    image = models.FileField(upload_to=picture_name, max_length=120)

    class Meta:
        verbose_name = verbose_name_plural = "页图（单页）"
        ordering = ["number"]
        constraints = [UniqueConstraint(fields=["page_set", "number"], name="one_picture_per_page")]
