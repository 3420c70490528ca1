from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Exists, F, OuterRef, Q, UniqueConstraint

from awards.applications.models import Application
from awards.process import State
from awards.workflow import Step, Workflow
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission

from . import judgement

USER = settings.AUTH_USER_MODEL
LEVEL_SCALE = {  # deaths, serious injuries, direct loss: 国务院令第493号 第三条
    "特别重大": "死亡 30 人以上，或重伤 100 人以上，或直接损失 1 亿元以上",
    "重大": "死亡 10 至 29 人，或重伤 50 至 99 人，或直接损失 5000 万元以上不满 1 亿元",
    "较大": "死亡 3 至 9 人，或重伤 10 至 49 人，或直接损失 1000 万元以上不满 5000 万元",
    "一般": "死亡不到 3 人，或重伤不到 10 人，或直接损失不满 1000 万元",
}


class ChecklistItem(models.Model):
    """One question of an edition's district review, with what it rests on."""

    class Kind(models.TextChoices):
        CHECK = judgement.CHECK, "检查清单"
        VETO = judgement.VETO, "一票否决"

    edition = models.ForeignKey("awards.Edition", models.PROTECT, related_name="checklist_items", verbose_name="届次")
    kind = models.CharField("类别", max_length=5, choices=Kind)
    key = models.SlugField("代号", max_length=30)
    position = models.PositiveSmallIntegerField("次序")
    text = models.CharField("条目", max_length=120)
    has_level = models.BooleanField("分事故等级", default=False)
    document = models.CharField("依据文件", max_length=120)
    article = models.CharField("条款", max_length=60, blank=True)
    is_confirmed = models.BooleanField("本市规定", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "初审条目"
        ordering = ["edition", "position"]
        constraints = [
            UniqueConstraint(fields=["edition", "key"], name="one_item_per_key"),
            CheckConstraint(name="only_vetoes_have_levels", condition=Q(has_level=False) | Q(kind="veto")),
        ]

    def __str__(self):
        return self.text

    @property
    def basis(self):
        """The document and clause, and whether it is the city's own."""
        clause = f"，{self.article}" if self.article else ""
        return f"{self.document}{clause}" + ("" if self.is_confirmed else "（参考，非本市规定）")


class DistrictReviewQuerySet(models.QuerySet):
    def visible_to(self, user):
        """All for the city's staff, a district's for its officers, none for anybody else."""
        if not user.has_perm(Permission.DISTRICT_REVIEW_VIEW):
            return self.none()
        return self.filter(application__in=Application.objects.visible_to(user).values("pk"))

    def knowing_successors(self):
        """With `is_superseded`: whether a newer version stands beside it."""
        newer = DistrictReview.objects.filter(application=OuterRef("application"), version__gt=OuterRef("version"))
        return self.annotate(is_superseded=Exists(newer))

    def decided(self):
        """Recommended or not."""
        return self.exclude(state=DistrictReview.State.OPEN)


class DistrictReview(models.Model):
    """What the district found about one dossier and whether it recommends it; a correction is a new version."""

    class State(models.TextChoices):
        OPEN = "open", "初审中"
        RECOMMENDED = "recommended", "推荐"
        NOT_RECOMMENDED = "not_recommended", "不推荐"

    application = models.ForeignKey(Application, models.PROTECT, related_name="district_reviews", verbose_name="申报")
    version = models.PositiveSmallIntegerField("版次")
    state = models.CharField("意见", max_length=15, choices=State, default=State.OPEN, editable=False)
    begun_at = models.DateTimeField("开始时间", default=clock.now)
    begun_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="经办")
    corrects_because = models.TextField("更正原因", blank=True)
    edits = models.PositiveIntegerField(default=0, editable=False)
    report_issued_on = models.DateField("信用报告出具日期", null=True)
    report_file = models.ForeignKey("enterprises.StoredFile", models.PROTECT, related_name="+", null=True)
    reason = models.TextField("初审意见", blank=True)
    letter_number = models.CharField("推荐函文号", max_length=60, blank=True)
    decided_at = models.DateTimeField("作出时间", null=True)
    decided_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True)
    sealed_file = models.ForeignKey("enterprises.StoredFile", models.PROTECT, related_name="+", null=True)
    sealed_at = models.DateTimeField("盖章件上传时间", null=True)
    sealed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True)

    objects = DistrictReviewQuerySet.as_manager()

    workflow = Workflow(
        recommend=Step("推荐", {State.OPEN}, State.RECOMMENDED, Permission.DISTRICT_REVIEW_WRITE),
        advise_against=Step("不推荐", {State.OPEN}, State.NOT_RECOMMENDED, Permission.DISTRICT_REVIEW_WRITE),
    )

    class Meta:
        verbose_name = verbose_name_plural = "区级初审"
        ordering = ["-pk"]
        constraints = [
            UniqueConstraint(fields=["application", "version"], name="one_district_review_per_version"),
            UniqueConstraint(fields=["application"], condition=Q(state="open"), name="one_open_district_review"),
            CheckConstraint(
                name="later_version_says_why",
                condition=Q(version=1, corrects_because="") | Q(version__gt=1) & ~Q(corrects_because=""),
            ),
            CheckConstraint(
                name="open_until_recommended_or_not",
                condition=Q(state="open", decided_at=None, decided_by=None)
                | ~Q(state="open") & Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(reason=""),
            ),
            CheckConstraint(
                name="only_a_recommendation_is_sealed",
                condition=Q(sealed_file=None, sealed_at=None, sealed_by=None)
                | Q(
                    state="recommended",
                    sealed_file__isnull=False,
                    sealed_at__isnull=False,
                    sealed_by__isnull=False,
                ),
            ),
        ]

    def __str__(self):
        version = f"（第 {self.version} 版）" if self.version > 1 else ""
        return f"{self.application} 区级初审{version}"

    @property
    def district_code(self):
        return self.application.district_code

    @property
    def district(self):
        return self.application.organisation.get_district_code_display()

    @property
    def is_sealed(self):
        return self.sealed_file_id is not None

    @property
    def is_open(self):
        return self.state == self.State.OPEN and self.application.state == State.SUBMITTED


class ItemAnswer(models.Model):
    """The answer to one item, for a veto with the days it was asked about and, for an accident, its level."""

    class Answer(models.TextChoices):
        MET = "met", "符合"
        UNMET = judgement.UNMET, "不符合"
        INAPPLICABLE = "inapplicable", "不适用"
        CLEAR = "clear", "无"
        FOUND = judgement.FOUND, "有"

    OF_CHECKS = [(a.value, a.label) for a in (Answer.MET, Answer.UNMET, Answer.INAPPLICABLE)]
    OF_VETOES = [(a.value, a.label) for a in (Answer.CLEAR, Answer.FOUND)]
    LEVELS = [(level, f"{level}（{scale}）") for level, scale in LEVEL_SCALE.items()]

    review = models.ForeignKey(DistrictReview, models.PROTECT, related_name="answers")
    item = models.ForeignKey(ChecklistItem, models.PROTECT, related_name="+")
    answer = models.CharField("答复", max_length=12, choices=Answer)
    level = models.CharField("事故等级", max_length=4, choices=LEVELS, blank=True)
    note = models.CharField("说明", max_length=500, blank=True)
    looked_from = models.DateField("回溯自", null=True)
    looked_to = models.DateField("回溯至", null=True)
    answered_at = models.DateTimeField("答复时间", default=clock.now)
    answered_by = models.ForeignKey(USER, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "初审答复"
        ordering = ["item__position"]
        constraints = [
            UniqueConstraint(fields=["review", "item"], name="one_answer_per_item"),
            CheckConstraint(name="clean_answer_or_note", condition=Q(answer__in=["met", "clear"]) | ~Q(note="")),
            CheckConstraint(name="level_only_where_found", condition=Q(level="") | Q(answer="found")),
            CheckConstraint(
                name="vetoes_look_back_and_checks_do_not",
                condition=Q(answer__in=["clear", "found"], looked_from__isnull=False, looked_to__gte=F("looked_from"))
                | Q(answer__in=["met", "unmet", "inapplicable"], looked_from=None, looked_to=None),
            ),
        ]


class DepartmentOpinion(models.Model):
    """What one department wrote about the applicant, as entered from its paper."""

    review = models.ForeignKey(DistrictReview, models.PROTECT, related_name="opinions")
    department = models.CharField("部门", max_length=60)
    opinion = models.TextField("意见")
    given_on = models.DateField("日期")
    number = models.CharField("文号", max_length=60, blank=True)
    scan = models.ForeignKey("enterprises.StoredFile", models.PROTECT, related_name="+", null=True)
    entered_at = models.DateTimeField("登记时间", default=clock.now)
    entered_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    struck_at = models.DateTimeField("划去时间", null=True)
    struck_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "部门意见"
        ordering = ["given_on", "pk"]
        constraints = [
            CheckConstraint(
                name="struck_at_and_by",
                condition=Q(struck_at=None, struck_by=None) | Q(struck_at__isnull=False, struck_by__isnull=False),
            )
        ]

    def __str__(self):
        return f"{self.department}（{self.given_on}）"
