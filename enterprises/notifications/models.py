from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from foshan_quality.lib import clock

from .catalogue import KINDS, OPTIONAL, Nature, nature_of


class MessageQuerySet(models.QuerySet):
    def due(self, moment):
        """Messages whose mail copy should be tried now, the longest waiting first."""
        return self.filter(copy=Message.Copy.QUEUED, copy_due_at__lte=moment).order_by("copy_due_at", "pk")


class Message(models.Model):
    """One thing one person is told. The unique key makes telling twice impossible.

    The row is also the queue of its mail copy.
    """

    class Copy(models.TextChoices):
        NONE = "", "不发"
        QUEUED = "queued", "待发送"
        SENT = "sent", "已发送"
        PARKED = "parked", "发送失败，待处理"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="inbox", verbose_name="收件人")
    kind = models.CharField("类别", max_length=40)
    matter = models.CharField("事项", max_length=80)
    text = models.TextField("内容")
    link = models.CharField("链接", max_length=200, blank=True)
    sent_at = models.DateTimeField("时间", default=clock.now, editable=False)
    read_at = models.DateTimeField("已读时间", null=True, editable=False)
    copy = models.CharField("邮件抄送", max_length=6, choices=Copy, blank=True, editable=False)
    copy_text = models.TextField("邮件内容", blank=True, editable=False)
    copy_attempts = models.PositiveSmallIntegerField("尝试次数", default=0, editable=False)
    copy_due_at = models.DateTimeField("下次尝试", null=True, editable=False)
    copy_sent_at = models.DateTimeField("邮件发出时间", null=True, editable=False)
    copy_problem = models.CharField("原因", max_length=200, blank=True, editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "消息"
        ordering = ["-sent_at", "-pk"]
        constraints = [
            UniqueConstraint(fields=["user", "kind", "matter"], name="told_once"),
            CheckConstraint(name="copy_sent_at_a_moment", condition=Q(copy="sent") ^ Q(copy_sent_at=None)),
            CheckConstraint(name="queued_copy_has_a_turn", condition=~Q(copy="queued") | Q(copy_due_at__isnull=False)),
            CheckConstraint(name="parked_copy_has_a_problem", condition=~Q(copy="parked") | ~Q(copy_problem="")),
        ]
        indexes = [models.Index(fields=["copy_due_at"], condition=Q(copy="queued"), name="copies_due")]

    def __str__(self):
        return self.title

    @property
    def title(self):
        return KINDS[self.kind].title if self.kind in KINDS else "消息"

    @property
    def nature(self):
        return nature_of(self.kind)

    @property
    def is_copy_unwanted(self):
        """Whether the person has stopped such mail, or has lost the account. One query at most."""
        return not self.user.is_active or self.user.copy_stops.filter(nature=self.nature).exists()


class StuckCopyManager(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(copy=Message.Copy.PARKED)


class StuckCopy(Message):
    """A message whose mail copy could not be sent, as the system officer's list shows it."""

    objects = StuckCopyManager()

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = "未发出的邮件抄送"


class CopyStop(models.Model):
    """Somebody wants no mail copies of messages of one nature. 待办 always come."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="copy_stops")
    nature = models.CharField("类别", max_length=8, choices=Nature)

    class Meta:
        verbose_name = verbose_name_plural = "停发的邮件抄送"
        constraints = [
            UniqueConstraint(fields=["user", "nature"], name="one_stop_per_nature"),
            CheckConstraint(name="only_reminders_and_news_stop", condition=Q(nature__in=[str(n) for n in OPTIONAL])),
        ]
