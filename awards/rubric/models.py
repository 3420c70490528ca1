from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint


class Rubric(models.Model):
    """One version of the criteria, loaded from a data file.

    Frozen by trigger, with its categories and items, as soon as the call of an edition that uses it is published.
    """

    code = models.SlugField("代码", max_length=40, unique=True)
    title = models.CharField("名称", max_length=120)
    total = models.PositiveSmallIntegerField("总分")
    step = models.PositiveSmallIntegerField("百分比步长", default=5)
    bands = models.JSONField("分段", default=list)
    band_descriptions = models.JSONField("分段描述", default=dict)
    note = models.TextField("说明", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "评分准则"
        constraints = [
            CheckConstraint(name="rubric_total_fits_a_sheet", condition=Q(total__gte=1, total__lte=9999)),
            CheckConstraint(name="rubric_step_is_a_percentage", condition=Q(step__gte=1, step__lte=100)),
        ]

    def __str__(self):
        return self.title


class Category(models.Model):
    class Kind(models.TextChoices):
        PROCESS = "process", "过程"
        RESULTS = "results", "结果"

    rubric = models.ForeignKey(Rubric, models.CASCADE, related_name="categories")
    code = models.CharField("条款", max_length=10)
    title = models.CharField("类目", max_length=60)
    kind = models.CharField("类型", max_length=8, choices=Kind)

    class Meta:
        verbose_name = verbose_name_plural = "类目"
        ordering = ["pk"]
        constraints = [UniqueConstraint(fields=["rubric", "code"], name="one_category_per_code")]

    def __str__(self):
        return f"{self.code} {self.title}"


class Item(models.Model):
    """One scored item; `points` is what 100 % is worth."""

    category = models.ForeignKey(Category, models.CASCADE, related_name="items")
    code = models.CharField("条款", max_length=10)
    title = models.CharField("评分项", max_length=60)
    points = models.PositiveSmallIntegerField("分值")

    class Meta:
        verbose_name = verbose_name_plural = "评分项"
        ordering = ["pk"]
        constraints = [
            UniqueConstraint(fields=["category", "code"], name="one_item_per_code"),
            CheckConstraint(name="item_has_points", condition=Q(points__gt=0)),
        ]

    def __str__(self):
        return f"{self.code} {self.title}"
