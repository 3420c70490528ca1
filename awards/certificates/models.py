import secrets

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.urls import reverse

from awards.workflow import Step, Workflow
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission

from .layouts import LAYOUTS

USER = settings.AUTH_USER_MODEL
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no letters that look like digits; 26 of them are 128 bits


def new_code():
    """An unguessable verification code: 26 characters, 128 random bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(26))


def storage_name(instance, filename):
    return f"certificates/{instance.honour.year}/{instance.code}.pdf"


class CertificateQuerySet(models.QuerySet):
    def visible_to(self, user):
        """All for those who issue or inspect certificates; a winner's own."""
        if user.has_perm(Permission.CERTIFICATE_VIEW):
            return self
        own = user.memberships.filter(ended_at=None).values("organisation")
        return self.filter(honour__organisation__in=own)


class CertificateTemplate(models.Model):
    """Text and layout of a programme's certificates, or of one edition's; proposed by one, put into use by another.

    A template in use is never changed: other words are a new version, and a certificate keeps the one it was
    issued with.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "待核对"
        ADOPTED = "adopted", "启用"
        DROPPED = "dropped", "已作废"

    class Renumbering(models.TextChoices):
        NEW = "new", "按本届序号另编新号"
        KEEP = "keep", "沿用原编号，加注换发次数"

    programme = models.ForeignKey(
        "awards.Programme", models.PROTECT, related_name="certificate_templates", verbose_name="奖项"
    )
    edition = models.ForeignKey(
        "awards.Edition", models.PROTECT, related_name="certificate_templates", null=True, verbose_name="只用于届次"
    )
    version = models.PositiveIntegerField("版次")
    layout = models.CharField("版式", max_length=20, choices=[(key, each.label) for key, each in LAYOUTS.items()])
    title = models.CharField("标题", max_length=20)
    opening = models.CharField("授予语", max_length=60)
    middle = models.CharField("荣誉上方一行", max_length=40, blank=True)
    honour_line = models.CharField("荣誉", max_length=30)
    note = models.CharField("用印处说明", max_length=40, blank=True)
    shows_issuer = models.BooleanField("印发证机关", default=True)
    shows_date = models.BooleanField("印发证日期", default=True)
    renumbering = models.CharField("换发、更正的编号", max_length=4, choices=Renumbering)
    document = models.CharField("依据文件", max_length=120)
    is_confirmed = models.BooleanField("本市规定", default=False)
    state = models.CharField("状态", max_length=8, choices=State, default=State.PROPOSED, editable=False)
    proposed_at = models.DateTimeField("提出时间", default=clock.now)
    proposed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, verbose_name="提出人")
    decided_at = models.DateTimeField("核对时间", null=True)
    decided_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, verbose_name="核对人")

    workflow = Workflow(
        adopt_template=Step("核对无误，启用", {State.PROPOSED}, State.ADOPTED, Permission.CERTIFICATE_ISSUE),
        drop_template=Step("作废", {State.PROPOSED}, State.DROPPED, Permission.CERTIFICATE_ISSUE),
    )

    class Meta:
        verbose_name = verbose_name_plural = "证书版式"
        ordering = ["programme", "-version"]
        constraints = [
            UniqueConstraint(fields=["programme", "version"], name="one_template_per_version"),
            CheckConstraint(name="template_has_its_basis", condition=~Q(document="")),
            CheckConstraint(
                name="template_adopted_by_a_second", condition=~Q(state="adopted") | ~Q(decided_by=F("proposed_by"))
            ),
            CheckConstraint(
                name="template_decided_at_and_by",
                condition=Q(state="proposed", decided_at=None, decided_by=None)
                | ~Q(state="proposed") & Q(decided_at__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.programme}{self.title}第{self.version}版"


class CertificateBatch(models.Model):
    """One start of drawing: which certificates, by whom, and whether somebody stopped it. How far it is, is counted."""

    edition = models.ForeignKey(
        "awards.Edition", models.PROTECT, related_name="certificate_batches", verbose_name="届次"
    )
    started_at = models.DateTimeField("开始时间", default=clock.now)
    started_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="经办人")
    stopped_at = models.DateTimeField("停止时间", null=True)
    stopped_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, verbose_name="停止人")

    class Meta:
        verbose_name = verbose_name_plural = "证书生成批次"
        ordering = ["-pk"]
        constraints = [
            CheckConstraint(
                name="batch_stopped_at_and_by",
                condition=Q(stopped_at=None, stopped_by=None) | Q(stopped_at__isnull=False, stopped_by__isnull=False),
            )
        ]

    def __str__(self):
        return f"{self.edition}第 {self.pk} 批证书"


class Certificate(models.Model):
    """One certificate of one honour. The row is the queue: QUEUED rows are drawn, five attempts at most.

    An honour has one valid certificate, `honour.certificate`; those it has replaced stay and say so.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "待生成"
        DRAWN = "drawn", "已生成"
        PARKED = "parked", "生成失败，待处理"
        STOPPED = "stopped", "已停止，待继续"

    class Standing(models.TextChoices):
        VALID = "valid", "有效"
        REVOKED = "revoked", "已撤销"
        REPLACED = "replaced", "已被新证书替换"

    honour = models.ForeignKey("awards.Honour", models.PROTECT, related_name="certificates", verbose_name="荣誉")
    valid_for = models.OneToOneField(
        "awards.Honour", models.PROTECT, related_name="certificate", null=True, editable=False
    )
    edition = models.ForeignKey("awards.Edition", models.PROTECT, related_name="certificates", verbose_name="届次")
    batch = models.ForeignKey(
        CertificateBatch, models.PROTECT, related_name="certificates", null=True, verbose_name="批次"
    )
    template = models.ForeignKey(CertificateTemplate, models.PROTECT, related_name="+", null=True, verbose_name="版式")
    sequence = models.PositiveIntegerField("序号")
    turn = models.PositiveSmallIntegerField("换发次数", default=0)
    number = models.CharField("证书编号", max_length=60, unique=True)
    printed_name = models.CharField("证书上的单位名称", max_length=120)
    code = models.CharField("核验码", max_length=26, unique=True, default=new_code)
    state = models.CharField("状态", max_length=8, choices=State, default=State.QUEUED, editable=False)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    problem = models.TextField("失败原因", blank=True)
    pdf = models.FileField("文件", upload_to=storage_name, max_length=120, blank=True)
    digest = models.CharField("SHA-256", max_length=64, blank=True)
    pages = models.PositiveSmallIntegerField("页数", null=True)
    issued_at = models.DateTimeField("签发时间", default=clock.now)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    signer = models.CharField("电子签名", max_length=120, blank=True)
    is_demo_key = models.BooleanField("演示密钥", default=False)
    drawn_at = models.DateTimeField("生成时间", null=True)

    objects = CertificateQuerySet.as_manager()

    workflow = Workflow(
        draw=Step("生成", {State.QUEUED}, State.DRAWN, Permission.CERTIFICATE_DRAW),
        park=Step("搁置", {State.QUEUED}, State.PARKED, Permission.CERTIFICATE_DRAW),
        retry=Step("重新生成", {State.PARKED, State.STOPPED}, State.QUEUED, Permission.CERTIFICATE_ISSUE),
    )

    class Meta:
        verbose_name = verbose_name_plural = "证书"
        ordering = ["edition", "sequence", "turn"]
        constraints = [
            UniqueConstraint(fields=["edition", "sequence", "turn"], name="one_certificate_per_sequence"),
            CheckConstraint(name="valid_for_its_own_honour", condition=Q(valid_for=None) | Q(valid_for=F("honour"))),
            CheckConstraint(
                name="drawn_with_file",
                condition=~Q(state="drawn") | (~Q(pdf="") & ~Q(digest="") & Q(drawn_at__isnull=False)),
            ),
        ]

    def __str__(self):
        return f"{self.number} {self.printed_name}"

    def get_absolute_url(self):
        return reverse("verify", args=[self.code])

    @property
    def is_drawn(self):
        """Whether it exists: before that its number is of the office alone."""
        return self.state == self.State.DRAWN

    @property
    def standing(self):
        """What the public is told of it, apart from whether it has been drawn."""
        if self.honour.revoked_on:
            return self.Standing.REVOKED
        return self.Standing.VALID if self.valid_for_id else self.Standing.REPLACED

    @property
    def verify_url(self):
        return f"{settings.SITE_URL}{self.get_absolute_url()}"


class Replacement(models.Model):
    """A certificate replaced by another: lost or damaged (same words), or with words corrected. Two people."""

    class Kind(models.TextChoices):
        REISSUE = "reissue", "换发（遗失、损坏，内容不变）"
        CORRECTION = "correction", "更正（单位名称有误）"

    class State(models.TextChoices):
        PROPOSED = "proposed", "待核对"
        CONFIRMED = "confirmed", "已换发新证书"
        DROPPED = "dropped", "已作废"

    old = models.ForeignKey(Certificate, models.PROTECT, related_name="replacements", verbose_name="原证书")
    new = models.OneToOneField(
        Certificate, models.PROTECT, related_name="replaces", null=True, verbose_name="新证书", editable=False
    )
    kind = models.CharField("办理", max_length=10, choices=Kind)
    printed_name = models.CharField("新证书上的单位名称", max_length=120)
    reason = models.CharField("理由", max_length=300)
    document = models.CharField("依据材料", max_length=120, blank=True)
    state = models.CharField("状态", max_length=9, choices=State, default=State.PROPOSED, editable=False)
    proposed_at = models.DateTimeField("提出时间")
    proposed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="提出人")
    decided_at = models.DateTimeField("核对时间", null=True)
    decided_by = models.ForeignKey(USER, models.PROTECT, related_name="+", null=True, verbose_name="核对人")

    workflow = Workflow(
        confirm_replacement=Step("核对无误，换发", {State.PROPOSED}, State.CONFIRMED, Permission.CERTIFICATE_ISSUE),
        drop_replacement=Step("作废", {State.PROPOSED}, State.DROPPED, Permission.CERTIFICATE_ISSUE),
    )

    class Meta:
        verbose_name = verbose_name_plural = "证书换发与更正"
        ordering = ["-pk"]
        constraints = [
            UniqueConstraint(fields=["old"], condition=~Q(state="dropped"), name="replaced_once"),
            CheckConstraint(
                name="replaced_by_a_second", condition=~Q(state="confirmed") | ~Q(decided_by=F("proposed_by"))
            ),
            CheckConstraint(
                name="replacement_decided_at_and_by",
                condition=Q(state="proposed", decided_at=None, decided_by=None)
                | ~Q(state="proposed") & Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
            CheckConstraint(
                name="replaced_with_a_new_one",
                condition=Q(state="confirmed", new__isnull=False) | ~Q(state="confirmed") & Q(new=None),
            ),
            CheckConstraint(name="not_replaced_by_itself", condition=Q(new=None) | ~Q(new=F("old"))),
        ]

    def __str__(self):
        return f"{self.old.number} {self.get_kind_display().partition('（')[0]}"

    @property
    def mark(self):
        """What the old certificate says of itself: 已换发 or 已更正."""
        return {"reissue": "已换发", "correction": "已更正"}[self.kind]
