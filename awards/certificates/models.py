import secrets

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.urls import reverse

from awards.workflow import Step, Workflow
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission

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


class Certificate(models.Model):
    """One certificate of one honour. The row is the queue: QUEUED rows are drawn, five attempts at most."""

    class State(models.TextChoices):
        QUEUED = "queued", "待生成"
        DRAWN = "drawn", "已生成"
        PARKED = "parked", "生成失败，待处理"

    honour = models.OneToOneField("awards.Honour", models.PROTECT, related_name="certificate", verbose_name="荣誉")
    edition = models.ForeignKey("awards.Edition", models.PROTECT, related_name="certificates", verbose_name="届次")
    sequence = models.PositiveIntegerField("序号")
    number = models.CharField("证书编号", max_length=60, unique=True)
    code = models.CharField("核验码", max_length=26, unique=True, default=new_code)
    state = models.CharField("状态", max_length=8, choices=State, default=State.QUEUED, editable=False)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    problem = models.TextField("失败原因", blank=True)
    pdf = models.FileField("文件", upload_to=storage_name, max_length=120, blank=True)
    digest = models.CharField("SHA-256", max_length=64, blank=True)
    pages = models.PositiveSmallIntegerField("页数", null=True)
    issued_at = models.DateTimeField("签发时间", default=clock.now)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField("生成时间", null=True)

    objects = CertificateQuerySet.as_manager()

    workflow = Workflow(
        draw=Step("生成", {State.QUEUED}, State.DRAWN, Permission.CERTIFICATE_DRAW),
        park=Step("搁置", {State.QUEUED}, State.PARKED, Permission.CERTIFICATE_DRAW),
        retry=Step("重新生成", {State.PARKED}, State.QUEUED, Permission.CERTIFICATE_ISSUE),
    )

    class Meta:
        verbose_name = verbose_name_plural = "证书"
        ordering = ["edition", "sequence"]
        constraints = [
            UniqueConstraint(fields=["edition", "sequence"], name="one_certificate_per_sequence"),
            CheckConstraint(
                name="drawn_with_file",
                condition=~Q(state="drawn") | (~Q(pdf="") & ~Q(digest="") & Q(drawn_at__isnull=False)),
            ),
        ]

    def __str__(self):
        return f"{self.number} {self.honour.organisation_name}"

    def get_absolute_url(self):
        return reverse("verify", args=[self.code])

    @property
    def verify_url(self):
        return f"{settings.SITE_URL}{self.get_absolute_url()}"
