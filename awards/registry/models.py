from django.db import models
from django.db.models import UniqueConstraint


class Target(models.Model):
    """A published quality target of the city or province, with its source. Shown beside what is counted."""

    indicator = models.CharField("指标", max_length=80)
    comparison = models.CharField("关系", max_length=2)
    value = models.DecimalField("目标值", max_digits=10, decimal_places=2)
    unit = models.CharField("单位", max_length=20, blank=True)
    due_year = models.PositiveIntegerField("目标年")
    source = models.CharField("来源", max_length=80)
    counted_from = models.CharField("可由本系统统计", max_length=20, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "质量目标"
        ordering = ["due_year", "pk"]
        constraints = [UniqueConstraint(fields=["indicator", "due_year"], name="one_target_per_year")]

    def __str__(self):
        return f"{self.indicator} {self.comparison}{self.value}{self.unit}（{self.due_year}）"
