import secrets

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.timezone import localtime

from awards.workflow import Step, Workflow
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission

from .paper_models import DrawnPaper

USER = settings.AUTH_USER_MODEL


class Ranking(models.Model):
    """The ranking of an edition as it was computed: every place with its marks. Append-only by trigger.

    `rows` holds dicts: place, application, number, organisation, totals (list), mean, spread, is_tied,
    above_line; sums are decimal strings. Since rule version 2 also parts, sheets (each with its marks in the order
    of the rubric's items), tie_value and is_parted: with them and `scheme` the ranking can be computed again from
    its own row (account.py). `digest` is the SHA-256 of everything it was computed from.
    """

    class Kind(models.TextChoices):
        REVIEW = "review", "资料评审"
        OVERALL = "overall", "综合评价"

    edition = models.ForeignKey("awards.Edition", models.PROTECT, related_name="rankings", verbose_name="届次")
    made_at = models.DateTimeField("计算时间", default=clock.now)
    made_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="计算人")
    rows = models.JSONField("排名")
    places = models.PositiveIntegerField("入围线")
    kind = models.CharField("种类", max_length=8, choices=Kind, default=Kind.REVIEW)
    rule_version = models.CharField("计算规则版本", max_length=10, default="1")
    scheme = models.JSONField("计算规则", default=dict)
    digest = models.CharField("输入的 SHA-256", max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "排名"
        ordering = ["-pk"]
        constraints = [
            CheckConstraint(
                name="ranking_is_accounted_for", condition=Q(rule_version="1") | ~Q(scheme={}) & ~Q(digest="")
            )
        ]

    def __str__(self):
        return f"{self.edition}{self.get_kind_display()}排名（{localtime(self.made_at):%Y-%m-%d %H:%M}）"


def paper_name(paper, _name):
    """A name nobody can guess, as for every paper the portal draws."""
    return f"rankings/{paper.ranking_id}/{secrets.token_hex(16)}.pdf"


class RankingPaper(DrawnPaper):
    """The account of a ranking on paper, of one place or of all."""

    State = DrawnPaper.State

    ranking = models.ForeignKey(Ranking, models.PROTECT, related_name="papers")
    application = models.ForeignKey("awards.Application", models.PROTECT, null=True, related_name="+")
    places_drawn = models.PositiveIntegerField("已生成家数", default=0, editable=False)
    pdf = models.FileField("文件", upload_to=paper_name, max_length=120, blank=True)

    workflow = Workflow(
        draw_ranking=Step("生成文件", {State.QUEUED}, State.DRAWN, Permission.RANKING_DRAW),
        park_ranking=Step("搁置", {State.QUEUED}, State.PARKED, Permission.RANKING_DRAW),
        retry_ranking=Step("重新生成", {State.PARKED}, State.QUEUED, Permission.RANKING_VIEW),
    )

    class Meta(DrawnPaper.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "排名说明"
        constraints = [
            UniqueConstraint(
                fields=["ranking", "application"], nulls_distinct=False, name="one_ranking_paper_for_each_place"
            ),
            CheckConstraint(
                name="ranking_paper_drawn_with_file",
                condition=~Q(state="drawn") | (~Q(pdf="") & Q(drawn_at__isnull=False)),
            ),
            CheckConstraint(name="ranking_paper_parked_with_reason", condition=~Q(state="parked") | ~Q(problem="")),
        ]

    def __str__(self):
        return f"{self.ranking}说明"
