from functools import cached_property
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.urls import reverse

from awards.process import ADMITTED, REVOKED, WITH_THE_ENTERPRISE, State
from awards.programmes.models import SEASON_OVER
from awards.workflow import Step, Workflow
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission, Role

from .counting import count

USER = settings.AUTH_USER_MODEL


def printout_name(instance, filename):
    """Our own name for a drawn paper."""
    return f"printouts/{clock.today():%Y/%m}/{uuid4().hex}.pdf"


class ApplicationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Handed-in dossiers for staff (a district's for its officers), an expert's cases, one's own firm's."""
        if user.has_perm(Permission.APPLICATION_VIEW):
            districts = [g.district_code for g in user.current_grants() if g.district_code]
            handed_in = self.exclude(submitted_at=None)
            return handed_in.filter(organisation__district_code__in=districts) if districts else handed_in
        sitting = Q(
            pk__in=self.model.objects.filter(assignments__expert=user, assignments__state__in=["sitting", "submitted"])
            .exclude(edition__state__in=SEASON_OVER)
            .values("pk")
        )
        visiting = Q(
            pk__in=self.model.objects.filter(
                site_visit__seats__expert=user,
                site_visit__seats__left_at=None,
                site_visit__seats__declared_at__isnull=False,
            )
            .exclude(edition__state__in=SEASON_OVER)
            .exclude(pk__in=self.model.objects.filter(assignments__expert=user, assignments__state="recused"))
            .values("pk")
        )
        own = Q(
            organisation__in=user.memberships.filter(ended_at=None).values("organisation"),
        )
        return self.filter(own | sitting | visiting if user.has_perm(Permission.REVIEW_VIEW) else own)

    def admitted(self):
        """Accepted for review, whatever came after."""
        return self.filter(state__in=ADMITTED)

    def in_review(self):
        return self.filter(state=State.IN_REVIEW)


class Application(models.Model):
    """One organisation's application in one edition."""

    edition = models.ForeignKey("awards.Edition", models.PROTECT, related_name="applications", verbose_name="届次")
    organisation = models.ForeignKey(
        "enterprises.Organisation", models.PROTECT, related_name="applications", verbose_name="申报单位"
    )
    state = models.CharField("状态", max_length=16, choices=State, default=State.DRAFT, editable=False)
    number = models.CharField("申报编号", max_length=30, unique=True, null=True, editable=False)  # noqa: DJ001 a draft has none, and none is not unique
    created_at = models.DateTimeField("开始填报时间", default=clock.now, editable=False)
    created_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False)
    submitted_at = models.DateTimeField("提交时间", null=True, editable=False)
    submitted_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, editable=False)
    correct_by = models.DateField("补正截止日", null=True, editable=False)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "申报"
        ordering = ["-pk"]
        constraints = [
            UniqueConstraint(fields=["edition", "organisation"], name="one_application_per_edition"),
            CheckConstraint(
                name="submitted_at_and_by",
                condition=Q(submitted_at=None, submitted_by=None)
                | Q(submitted_at__isnull=False, submitted_by__isnull=False),
            ),
            CheckConstraint(name="number_once_submitted", condition=Q(number=None) ^ Q(submitted_at__isnull=False)),
        ]

    def __str__(self):
        return f"{self.number or '申报草稿'} {self.organisation}"

    def get_absolute_url(self):
        return reverse("application", args=[self.pk])

    @property
    def district_code(self):
        return self.organisation.district_code

    @property
    def is_revoked(self):
        """Whether the honour won with it was revoked since. One query for a winner not read with `granted`."""
        honour = getattr(self, "granted", None) if self.state == State.HONOURED else None
        return honour is not None and honour.revoked_on is not None

    def get_state_display(self):
        """The state in words, in the office and for leaders; applicants are told by `queries.standing_of`."""
        return REVOKED if self.is_revoked else State(self.state).label

    @property
    def state_kind(self):
        """How loud the state is shown, as a style's name."""
        return "revoked" if self.is_revoked else self.state

    @property
    def is_with_the_enterprise(self):
        return self.state in WITH_THE_ENTERPRISE

    @cached_property
    def proposals(self):
        """Every screening opinion there was, newest first, with its people. One query."""
        return list(self.screening_proposals.select_related("proposed_by", "closed_by"))

    @property
    def open_proposal(self):
        """The screening opinion that waits for a second person, or None."""
        return next((proposal for proposal in self.proposals if proposal.state == "open"), None)

    @cached_property
    def decisions(self):
        """What was decided about the dossier and by whom, newest first. One query."""
        return list(self.screenings.select_related("decided_by", "proposal__proposed_by"))

    @property
    def last_return(self):
        """The newest decision to send the dossier back, or None."""
        return next((decision for decision in self.decisions if decision.outcome == "returned"), None)

    @cached_property
    def final_book(self):
        """The book of what was handed in last, drawn or being drawn; None where nobody asked for it. One query."""
        last = self.snapshots.order_by("-version").values("digest")[:1]
        return self.printouts.filter(kind="book", is_specimen=False, digest__in=last).first()

    def roles_of(self, user):
        """What the person's membership gives, or, for a sitting expert, the assignment."""
        relations = set(self.organisation.roles_of(user))
        for assignment in self.assignments.filter(expert=user) if Role.EXPERT in user.roles else ():
            if assignment.may_read_dossier:
                relations |= assignment.roles_of(user)
        return relations


class Answer(models.Model):
    """One text of the dossier: a profile field or one item of the self-report. `version` grows with each save."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="answers")
    key = models.CharField("栏目", max_length=40)
    text = models.TextField("内容", blank=True)
    version = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField("修改时间", null=True)
    updated_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True)
    carried_from = models.ForeignKey(
        "awards.Edition", models.PROTECT, related_name="+", null=True, verbose_name="带入自"
    )

    class Meta:
        verbose_name = verbose_name_plural = "填报内容"
        constraints = [UniqueConstraint(fields=["application", "key"], name="one_answer_per_key")]

    @property
    def length(self):
        return count(self.text)


class AnswerVersion(models.Model):
    """A text that was replaced, or one that was set aside in a conflict. Append-only by trigger."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="answer_versions")
    key = models.CharField("栏目", max_length=40)
    text = models.TextField("内容")
    is_set_aside = models.BooleanField("未采用", default=False)
    written_at = models.DateTimeField("写成时间")
    written_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="填写人")
    kept_at = models.DateTimeField("留存时间")

    class Meta:
        verbose_name = verbose_name_plural = "以往版本"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["application", "key"], name="versions_of_a_text")]

    @property
    def length(self):
        return count(self.text)


class Indicator(models.Model):
    """One figure of one year, or the reason why there is none."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="indicators")
    key = models.CharField("指标", max_length=40)
    year = models.PositiveIntegerField("年度")
    value = models.DecimalField("数值", max_digits=18, decimal_places=2, null=True)
    absent_because = models.CharField("不适用原因", max_length=120, blank=True)
    updated_at = models.DateTimeField("修改时间")
    updated_by = models.ForeignKey(USER, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "经营数据"
        constraints = [
            UniqueConstraint(fields=["application", "key", "year"], name="one_figure_per_year"),
            CheckConstraint(
                name="figure_or_reason",
                condition=Q(value__isnull=False, absent_because="") | Q(value=None) & ~Q(absent_because=""),
            ),
        ]


class Document(models.Model):
    """One file under one line of the catalogue. Removed ones keep their row and their file."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="documents")
    kind = models.CharField("材料", max_length=40)
    file = models.ForeignKey("enterprises.StoredFile", models.PROTECT, related_name="+")
    position = models.PositiveIntegerField("顺序", default=0)  # within its line; equal ones in the order of upload
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "证明材料"
        ordering = ["position", "pk"]
        constraints = [
            CheckConstraint(
                name="removed_at_and_by",
                condition=Q(removed_at=None, removed_by=None) | Q(removed_at__isnull=False, removed_by__isnull=False),
            )
        ]


class Snapshot(models.Model):
    """The dossier as it was handed in: canonical JSON and its SHA-256. Append-only by trigger."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="snapshots")
    version = models.PositiveIntegerField("版次")
    content = models.TextField("内容")
    digest = models.CharField("SHA-256", max_length=64)
    taken_at = models.DateTimeField("提交时间")
    taken_by = models.ForeignKey(USER, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "申报书存证"
        ordering = ["-version"]
        constraints = [UniqueConstraint(fields=["application", "version"], name="one_snapshot_per_version")]


class Outcome(models.TextChoices):
    """What a screening can end in."""

    RETURNED = "returned", "退回补正"
    ACCEPTED = "accepted", "受理"
    REFUSED = "refused", "不予受理"


class Finding(models.Model):
    """An outcome with its reason, its clause, and, for a return, each place of the dossier and what is wrong there.

    `points` is a list of {"place": key, "text": what is wrong}: the key of a profile field, an indicator, an
    item of the self-report or a line of the document catalogue. A return without points reopens everything.
    `version` is the snapshot that was judged; rows from before two-person screening do not know it.
    """

    version = models.PositiveIntegerField("针对版次", null=True)
    outcome = models.CharField("意见", max_length=10, choices=Outcome)
    reason = models.TextField("理由", blank=True)
    basis = models.CharField("依据条款", max_length=200, blank=True)
    points = models.JSONField("补正事项", default=list, blank=True)

    class Meta:
        abstract = True


class ScreeningProposal(Finding):
    """A screening opinion that waits for a second person, and what became of it."""

    class State(models.TextChoices):
        OPEN = "open", "待复核"
        CONFIRMED = "confirmed", "复核通过"
        SENT_BACK = "sent_back", "退回经办"
        TAKEN_BACK = "taken_back", "经办撤回"
        LAPSED = "lapsed", "随申报撤回失效"

    application = models.ForeignKey(Application, models.PROTECT, related_name="screening_proposals")
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    proposed_at = models.DateTimeField("提出时间", default=clock.now)
    proposed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="经办")
    closed_at = models.DateTimeField("办结时间", null=True)
    closed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, verbose_name="办结人")
    answer = models.TextField("退回理由", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "待复核的审查意见"
        ordering = ["-pk"]
        constraints = [
            UniqueConstraint(fields=["application"], condition=Q(state="open"), name="one_open_proposal"),
            CheckConstraint(name="adverse_proposal_has_reason", condition=Q(outcome="accepted") | ~Q(reason="")),
            CheckConstraint(
                name="open_until_closed",
                condition=Q(state="open", closed_at=None, closed_by=None)
                | ~Q(state="open") & Q(closed_at__isnull=False, closed_by__isnull=False),
            ),
            CheckConstraint(
                name="judged_by_a_second_person",
                condition=~Q(state__in=["confirmed", "sent_back"]) | ~Q(closed_by=F("proposed_by")),
            ),
            CheckConstraint(
                name="taken_back_by_its_author", condition=~Q(state="taken_back") | Q(closed_by=F("proposed_by"))
            ),
            CheckConstraint(name="sent_back_with_reason", condition=~Q(state="sent_back") | ~Q(answer="")),
        ]

    def __str__(self):
        return f"{self.get_outcome_display()}（{self.get_state_display()}）"


class Screening(Finding):
    """What was decided about a submitted dossier, and why. Append-only by trigger.

    `proposal` is the opinion that a second person confirmed; an edition that does not ask for two has none.
    """

    Outcome = Outcome

    application = models.ForeignKey(Application, models.PROTECT, related_name="screenings")
    proposal = models.OneToOneField(ScreeningProposal, models.PROTECT, null=True, related_name="screening")
    decided_at = models.DateTimeField("时间", default=clock.now)
    decided_by = models.ForeignKey(USER, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "资格审查意见"
        ordering = ["-pk"]
        constraints = [
            CheckConstraint(name="adverse_outcome_has_reason", condition=Q(outcome="accepted") | ~Q(reason=""))
        ]


class StampedScan(models.Model):
    """The signature page of a dossier as signed and stamped on paper. `digest` is the content it was printed from."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="stamped_scans")
    digest = models.CharField("对应内容的 SHA-256", max_length=64)
    file = models.ForeignKey("enterprises.StoredFile", models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "盖章扫描件"
        ordering = ["-pk"]
        constraints = [
            CheckConstraint(
                name="scan_removed_at_and_by",
                condition=Q(removed_at=None, removed_by=None) | Q(removed_at__isnull=False, removed_by__isnull=False),
            )
        ]


class Printout(models.Model):
    """A paper drawn from a dossier: the book of it, or the receipt. The row is the queue: QUEUED rows are drawn.

    One row for each content: the same digest asked for again is the same file. `content` is what is drawn.
    """

    class Kind(models.TextChoices):
        BOOK = "book", "申报书"
        RECEIPT = "receipt", "申报回执"

    class State(models.TextChoices):
        QUEUED = "queued", "排队中"
        DRAWN = "drawn", "已生成"
        PARKED = "parked", "生成失败"

    application = models.ForeignKey(Application, models.PROTECT, related_name="printouts")
    kind = models.CharField("种类", max_length=8, choices=Kind)
    digest = models.CharField("内容的 SHA-256", max_length=64)
    is_specimen = models.BooleanField("样张")
    content = models.TextField("内容")
    state = models.CharField("状态", max_length=8, choices=State, default=State.QUEUED, editable=False)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    problem = models.TextField("失败原因", blank=True)
    pdf = models.FileField("文件", upload_to=printout_name, max_length=120, blank=True)
    pages = models.PositiveIntegerField("页数", null=True)
    requested_at = models.DateTimeField("申请时间", default=clock.now)
    requested_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField("生成时间", null=True)

    workflow = Workflow(
        draw_printout=Step("生成文件", {State.QUEUED}, State.DRAWN, Permission.PRINTOUT_DRAW),
        park_printout=Step("搁置", {State.QUEUED}, State.PARKED, Permission.PRINTOUT_DRAW),
        retry_printout=Step("重新生成", {State.PARKED}, State.QUEUED, Permission.APPLICATION_VIEW),
    )

    class Meta:
        verbose_name = verbose_name_plural = "申报书与回执"
        ordering = ["-pk"]
        constraints = [
            UniqueConstraint(
                fields=["application", "kind", "digest", "is_specimen"], name="one_printout_for_each_content"
            ),
            CheckConstraint(
                name="printout_drawn_with_file",
                condition=~Q(state="drawn") | (~Q(pdf="") & Q(pages__isnull=False) & Q(drawn_at__isnull=False)),
            ),
            CheckConstraint(name="printout_parked_with_reason", condition=~Q(state="parked") | ~Q(problem="")),
        ]

    def __str__(self):
        return f"{self.application} {self.get_kind_display()}{'（样张）' if self.is_specimen else ''}"

    def roles_of(self, user):
        return self.application.roles_of(user)


class SelfCheck(models.Model):
    """What an organisation answered to an edition's conditions before filling anything in; a new answer replaces it."""

    edition = models.ForeignKey("awards.Edition", models.PROTECT, related_name="self_checks")
    organisation = models.ForeignKey("enterprises.Organisation", models.PROTECT, related_name="self_checks")
    answers = models.JSONField("回答", default=dict)  # {condition key: "yes" | "no" | "unsure"}
    checked_at = models.DateTimeField("自测时间")
    checked_by = models.ForeignKey(USER, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "申报自测"
        constraints = [UniqueConstraint(fields=["edition", "organisation"], name="one_self_check_per_edition")]

    def __str__(self):
        return f"{self.organisation} {self.edition}"
