from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q
from django.utils.timezone import localtime

from foshan_quality.lib import clock


class Reconciliation(models.Model):
    """One comparison of the books with orders, budgets, awards and the treasury's answers. Append-only by trigger.

    While the newest one has differences, no money is released. `differences` holds code, kind, key, name, expected
    and found of each; of very many of one check only the first, `difference_count` counts all.
    """

    run_at = models.DateTimeField("核对时间", default=clock.now)
    run_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="核对人")
    seconds = models.DecimalField("用时（秒）", max_digits=7, decimal_places=2)
    checks = models.PositiveSmallIntegerField("核对项目数")
    difference_count = models.PositiveIntegerField("差异数")
    differences = models.JSONField("差异", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "账目核对"
        ordering = ["-pk"]
        constraints = [
            CheckConstraint(
                name="differences_are_listed",
                condition=Q(difference_count=0, differences=[]) | Q(difference_count__gt=0) & ~Q(differences=[]),
            )
        ]

    def __str__(self):
        return f"账目核对（{localtime(self.run_at):%Y-%m-%d %H:%M}）"

    @property
    def outcome(self):
        return f"差异 {self.difference_count} 处" if self.difference_count else "相符"
