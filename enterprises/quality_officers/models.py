from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from foshan_quality.lib import clock


class QualityOfficer(models.Model):
    """One person's time as chief quality officer. Ended, never deleted; one at a time."""

    organisation = models.ForeignKey("enterprises.Organisation", models.PROTECT, related_name="quality_officers")
    name = models.CharField("姓名", max_length=60)
    post = models.CharField("职务", max_length=60, help_text="例如 副总经理、质量总监")
    appointed_on = models.DateField("任命日期")
    trained_on = models.DateField("培训合格日期", null=True)
    certificate_number = models.CharField("证书编号", max_length=60, blank=True)
    ended_on = models.DateField("离任日期", null=True)
    recorded_at = models.DateTimeField("登记时间", default=clock.now, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False, verbose_name="登记人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "首席质量官"
        ordering = ["-appointed_on", "-pk"]
        constraints = [
            UniqueConstraint(fields=["organisation"], condition=Q(ended_on=None), name="one_quality_officer"),
            CheckConstraint(name="quality_officer_ends_later", condition=Q(ended_on__gte=F("appointed_on"))),
        ]

    def __str__(self):
        return f"{self.name}（{self.post}）"
