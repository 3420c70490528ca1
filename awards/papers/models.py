from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from awards.publicity.models import TextTemplate
from awards.workflow import Step, Workflow
from foshan_quality.permissions import Permission

USER = settings.AUTH_USER_MODEL


class Paper(models.Model):
    """One official paper in the form of GB/T 9704-2012: written by one, numbered by a second, sealed outside.

    A commendation is the city government's own: it is written here and numbered there.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "拟稿"
        ISSUED = "issued", "已核发，待用印"
        SEALED = "sealed", "已用印"
        DROPPED = "dropped", "已作废"

    KINDS = [(k.value, k.label) for k in TextTemplate.Kind if k != TextTemplate.Kind.NOTICE]

    edition = models.ForeignKey("awards.Edition", models.PROTECT, related_name="official_papers", verbose_name="届次")
    kind = models.CharField("文种", max_length=14, choices=KINDS)
    title = models.CharField("标题", max_length=120)
    to = models.CharField("主送", max_length=120)
    body = models.TextField("正文")
    drawn_from = models.JSONField("模板文本", default=dict, editable=False)
    state = models.CharField("状态", max_length=8, choices=State, default=State.DRAFT, editable=False)
    code = models.CharField("机关代字", max_length=40, blank=True, editable=False)
    year = models.PositiveIntegerField("年度", null=True, editable=False)
    sequence = models.PositiveIntegerField("序号", null=True, editable=False)
    number = models.CharField("文号", max_length=80, blank=True, editable=False)
    drafted_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False)
    drafted_at = models.DateTimeField("拟稿时间", editable=False)
    issued_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, editable=False)
    issued_at = models.DateTimeField("核发时间", null=True, editable=False)
    scan = models.ForeignKey("enterprises.StoredFile", models.PROTECT, related_name="+", null=True, editable=False)
    sealed_at = models.DateTimeField("用印件上传时间", null=True, editable=False)

    workflow = Workflow(
        edit_paper=Step("修改", {State.DRAFT}, State.DRAFT, Permission.PAPER_WRITE),
        issue_paper=Step("核发并编号", {State.DRAFT}, State.ISSUED, Permission.PAPER_WRITE),
        seal_paper=Step("上传用印件", {State.ISSUED}, State.SEALED, Permission.PAPER_WRITE),
        drop_paper=Step("作废", {State.DRAFT}, State.DROPPED, Permission.PAPER_WRITE),
    )

    class Meta:
        verbose_name = verbose_name_plural = "公文"
        ordering = ["-pk"]
        constraints = [
            CheckConstraint(name="paper_two_people", condition=~Q(issued_by=F("drafted_by"))),
            CheckConstraint(
                name="paper_issued_whole",
                condition=~Q(state__in=["issued", "sealed"]) | Q(issued_by__isnull=False, issued_at__isnull=False),
            ),
            CheckConstraint(
                name="paper_sealed_with_its_scan",
                condition=~Q(state="sealed") | Q(scan__isnull=False, sealed_at__isnull=False),
            ),
            UniqueConstraint(fields=["code", "year", "sequence"], name="one_paper_per_number"),
        ]

    def __str__(self):
        return self.title
