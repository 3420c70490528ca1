from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from awards.programmes.models import SEASON_OVER
from awards.workflow import Step, Workflow
from enterprises.districts import District
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission, Relation, Role

from .conflicts import Tie
from .fields import tags_of

USER = settings.AUTH_USER_MODEL


class Expert(models.Model):
    """A member of the expert pool. The account also holds the expert role."""

    user = models.OneToOneField(USER, models.PROTECT, related_name="expert", verbose_name="用户")
    employer = models.CharField("工作单位", max_length=120)
    employer_code = models.CharField("工作单位信用代码", max_length=18, blank=True)
    employer_group = models.CharField("所属集团", max_length=120, blank=True)
    district_code = models.CharField("所在区", max_length=6, choices=District, blank=True)
    title = models.CharField("职称", max_length=60, blank=True)
    fields = models.CharField("专业领域", max_length=200, blank=True)
    may_head = models.BooleanField("可任组长", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "评审专家"

    def __str__(self):
        return f"{self.user}（{self.employer}）"

    @property
    def tags(self):
        """The professional fields, one by one."""
        return tags_of(self.fields)

    @property
    def district_said(self):
        """The district, 市外 for none."""
        return self.get_district_code_display() or "市外"


class Training(models.Model):
    """A course for reviewers the expert has been to."""

    expert = models.ForeignKey(Expert, models.PROTECT, related_name="trainings")
    course = models.CharField("培训", max_length=120)
    held_on = models.DateField("日期")
    hours = models.PositiveSmallIntegerField("学时")
    result = models.CharField("结果", max_length=60, blank=True)
    entered_at = models.DateTimeField("登记时间", default=clock.now, editable=False)
    entered_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False, verbose_name="登记人")

    class Meta:
        verbose_name = verbose_name_plural = "培训记录"
        ordering = ["-held_on", "-pk"]
        constraints = [UniqueConstraint(fields=["expert", "course", "held_on"], name="one_record_per_course")]


class ConductEntry(models.Model):
    """One entry of the conduct file: what, when, by whom. Append-only by trigger; a mistake gets a further entry."""

    class Kind(models.TextChoices):
        PRAISE = "praise", "良好"
        NOTE = "note", "提醒"
        FAULT = "fault", "不良"

    expert = models.ForeignKey(Expert, models.PROTECT, related_name="conduct")
    kind = models.CharField("类别", max_length=6, choices=Kind)
    text = models.TextField("内容")
    entered_at = models.DateTimeField("记录时间", default=clock.now, editable=False)
    entered_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False, verbose_name="记录人")

    class Meta:
        verbose_name = verbose_name_plural = "信誉档案"
        ordering = ["-pk"]
        constraints = [CheckConstraint(name="conduct_entry_says_something", condition=~Q(text=""))]


class InterestQuerySet(models.QuerySet):
    def standing(self):
        """Those not taken back."""
        return self.filter(voided_at=None)


class Interest(models.Model):
    """What ties an expert to an organisation, declared by the expert or entered by staff. Never deleted."""

    class Kind(models.TextChoices):
        POST = "post", "任职、兼职"
        FORMER = "former", "曾任职"
        CONSULTING = "consulting", "咨询服务"
        TRAINING = "training", "培训服务"
        SHARES = "shares", "持股"
        KINSHIP = "kinship", "亲属关系"
        OTHER = "other", "其他利害关系"

    expert = models.ForeignKey(Expert, models.PROTECT, related_name="interests", verbose_name="专家")
    kind = models.CharField("关系", max_length=10, choices=Kind)
    organisation_name = models.CharField("单位名称", max_length=120)
    credit_code = models.CharField("统一社会信用代码", max_length=18, blank=True)
    ended_on = models.DateField("终止日期", null=True, blank=True)
    detail = models.TextField("说明")
    entered_at = models.DateTimeField("登记时间", default=clock.now, editable=False)
    entered_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False, verbose_name="登记人")
    voided_at = models.DateTimeField("作废时间", null=True, editable=False)
    voided_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, editable=False)
    void_reason = models.TextField("作废理由", blank=True, editable=False)

    objects = InterestQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "利害关系"
        ordering = ["-pk"]
        constraints = [
            CheckConstraint(
                name="interest_says_with_whom_and_what", condition=~Q(organisation_name="") & ~Q(detail="")
            ),
            CheckConstraint(
                name="interest_voided_at_and_by",
                condition=Q(voided_at=None, voided_by=None, void_reason="")
                | Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason=""),
            ),
        ]

    def __str__(self):
        return f"{self.expert.user} · {self.organisation_name} · {self.get_kind_display()}"

    @property
    def tie(self):
        """As the rules see it."""
        return Tie(self.kind, self.get_kind_display(), self.organisation_name, self.credit_code, self.ended_on)


class PledgeText(models.Model):
    """One version of the promise of confidentiality of an edition. Append-only by trigger."""

    edition = models.ForeignKey("awards.Edition", models.PROTECT, related_name="pledge_texts", verbose_name="届次")
    version = models.PositiveSmallIntegerField("版本")
    text = models.TextField("全文")
    set_at = models.DateTimeField("启用时间")
    set_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="启用人")

    class Meta:
        verbose_name = verbose_name_plural = "保密承诺书"
        ordering = ["-version"]
        constraints = [
            UniqueConstraint(fields=["edition", "version"], name="one_pledge_text_per_version"),
            CheckConstraint(name="pledge_text_says_something", condition=~Q(text="")),
        ]

    def __str__(self):
        return f"{self.edition}保密承诺书第 {self.version} 版"


class EngagementQuerySet(models.QuerySet):
    def visible_to(self, user):
        """All for the secretariat; one's own for an expert, until the edition's review is over."""
        if user.has_perm(Permission.REVIEW_ASSIGN):
            return self
        return self.filter(expert__user=user).exclude(edition__state__in=SEASON_OVER)

    def accepted(self):
        """Those of the season: invitation accepted and not ended."""
        return self.filter(state=Engagement.State.ACCEPTED)

    def cleared(self):
        """Those who may begin: accepted, promise signed, interests declared."""
        return self.accepted().filter(pledge__isnull=False, declarations__isnull=False).distinct()


class Engagement(models.Model):
    """An expert's season: asked for one edition, accepted with so many days, bound by a signed promise."""

    class State(models.TextChoices):
        INVITED = "invited", "待答复"
        ACCEPTED = "accepted", "已接受"
        DECLINED = "declined", "已谢绝"
        ENDED = "ended", "已终止"

    edition = models.ForeignKey("awards.Edition", models.PROTECT, related_name="engagements", verbose_name="届次")
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="engagements", verbose_name="专家")
    state = models.CharField("状态", max_length=8, choices=State, default=State.INVITED, editable=False)
    invited_at = models.DateTimeField("邀请时间", default=clock.now, editable=False)
    invited_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False, verbose_name="邀请人")
    answer_by = models.DateTimeField("答复期限", editable=False)
    answered_at = models.DateTimeField("答复时间", null=True, editable=False)
    days = models.PositiveSmallIntegerField("本届可投入（天）", null=True, editable=False)
    reason = models.TextField("谢绝或终止原因", blank=True, editable=False)

    objects = EngagementQuerySet.as_manager()

    workflow = Workflow(
        accept_invitation=Step("接受邀请", {State.INVITED}, State.ACCEPTED, Permission.ENGAGEMENT_ANSWER),
        decline_invitation=Step("谢绝邀请", {State.INVITED}, State.DECLINED, Permission.ENGAGEMENT_ANSWER),
        invite_again=Step(
            "再次邀请", {State.INVITED, State.DECLINED, State.ENDED}, State.INVITED, Permission.REVIEW_ASSIGN
        ),
        end_engagement=Step("终止聘请", {State.INVITED, State.ACCEPTED}, State.ENDED, Permission.REVIEW_ASSIGN),
    )

    class Meta:
        verbose_name = verbose_name_plural = "专家聘请"
        ordering = ["-edition__year", "expert__user__name", "pk"]
        constraints = [
            UniqueConstraint(fields=["edition", "expert"], name="one_engagement_per_edition"),
            CheckConstraint(
                name="accepted_with_days",
                condition=~Q(state="accepted") | Q(days__isnull=False, days__gte=1, answered_at__isnull=False),
            ),
            CheckConstraint(name="engagement_end_has_reason", condition=~Q(state="ended") | ~Q(reason="")),
            CheckConstraint(name="answer_due_after_invitation", condition=Q(answer_by__gt=F("invited_at"))),
        ]

    def __str__(self):
        return f"{self.edition} · {self.expert.user}"

    def is_late(self, moment):
        """Whether the time to answer is over."""
        return self.state == self.State.INVITED and moment >= self.answer_by

    def roles_of(self, user):
        """The invited person's own answer, as long as the person is an expert and the review is not over."""
        is_own = user.pk == self.expert.user_id and Role.EXPERT in user.roles
        return {Relation.INVITED_EXPERT} if is_own and self.edition.state not in SEASON_OVER else set()


class Pledge(models.Model):
    """The promise of confidentiality as one expert signed it. Append-only by trigger."""

    engagement = models.OneToOneField(Engagement, models.PROTECT, related_name="pledge")
    text = models.ForeignKey(PledgeText, models.PROTECT, related_name="pledges")
    signed_name = models.CharField("签署姓名", max_length=60)
    signed_at = models.DateTimeField("签署时间")

    class Meta:
        verbose_name = verbose_name_plural = "已签承诺"


class Declaration(models.Model):
    """What an expert declared of a list of applicants: who was on it and who was named. Append-only by trigger."""

    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="declarations")
    shown = models.JSONField("列出的申报")  # keys of the applications whose names were shown
    named = models.JSONField("声明有利害关系的申报")
    declared_at = models.DateTimeField("声明时间")

    class Meta:
        verbose_name = verbose_name_plural = "利害关系声明"
        ordering = ["-pk"]
