from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from foshan_quality.lib import clock
from foshan_quality.lib.ready import Ready
from foshan_quality.permissions import Relation

ROLES = [(r.value, r.label) for r in (Relation.OWNER, Relation.EDITOR, Relation.READER)]


class Membership(models.Model):
    """One person's part in one organisation. Ended, never deleted."""

    ROLES = ROLES

    organisation = models.ForeignKey("enterprises.Organisation", models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    role = models.CharField("角色", max_length=6, choices=ROLES)
    joined_at = models.DateTimeField("加入时间", default=clock.now, editable=False)
    ended_at = models.DateTimeField("离开时间", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "单位成员"
        constraints = [
            UniqueConstraint(fields=["organisation", "user"], condition=Q(ended_at=None), name="one_membership")
        ]

    def __str__(self):
        return f"{self.organisation} · {self.user} · {self.get_role_display()}"


# Who works for an organisation, each with the person: whatever an applicant does asks for it.
MEMBERS = Ready(lambda firm: Membership.objects.filter(organisation=firm, ended_at=None).select_related("user"))


class InvitationQuerySet(models.QuerySet):
    def unanswered(self):
        """Neither accepted nor revoked; expired ones included, they can be sent again."""
        return self.filter(accepted_at=None, revoked_at=None)

    def unsent(self):
        """Mail that still has to go out."""
        return self.unanswered().filter(state=Invitation.State.QUEUED)


class Invitation(models.Model):
    """A mailbox asked to work for an organisation. The row is the queue of its mail.

    Only the digest of the token is kept; the token itself exists in the mail. Each sending makes a new one.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "待发送"
        SENT = "sent", "已发送"
        FAILED = "failed", "发送失败"

    organisation = models.ForeignKey(
        "enterprises.Organisation", models.PROTECT, related_name="invitations", verbose_name="单位"
    )
    email = models.EmailField("邮箱")
    role = models.CharField("角色", max_length=6, choices=ROLES)
    invited_at = models.DateTimeField("邀请时间", default=clock.now, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False, verbose_name="邀请人"
    )
    expires_at = models.DateTimeField("有效期至", editable=False)
    state = models.CharField("邮件", max_length=6, choices=State, default=State.QUEUED, editable=False)
    token_digest = models.CharField(max_length=64, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0, editable=False)
    tried_at = models.DateTimeField("上次尝试", null=True, editable=False)
    sent_at = models.DateTimeField("发送时间", null=True, editable=False)
    revoked_at = models.DateTimeField("撤销时间", null=True, editable=False)
    accepted_at = models.DateTimeField("接受时间", null=True, editable=False)
    membership = models.OneToOneField(
        Membership, models.PROTECT, related_name="invitation", null=True, editable=False, verbose_name="成员"
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "邀请"
        ordering = ["-invited_at", "-pk"]
        constraints = [
            UniqueConstraint(
                fields=["organisation", "email"],
                condition=Q(accepted_at=None, revoked_at=None),
                name="one_unanswered_invitation",
            ),
            CheckConstraint(
                name="accepted_into_a_membership", condition=Q(accepted_at=None) ^ Q(membership__isnull=False)
            ),
            CheckConstraint(name="accepted_or_revoked", condition=Q(accepted_at=None) | Q(revoked_at=None)),
            UniqueConstraint(fields=["token_digest"], condition=~Q(token_digest=""), name="one_invitation_per_link"),
        ]

    def __str__(self):
        return f"{self.organisation} · {self.email}"

    @property
    def is_expired(self):
        return clock.now() >= self.expires_at

    @property
    def state_said(self):
        """Where the invitation stands, in words for the owner."""
        return "已过期" if self.is_expired else self.get_state_display()

    @staticmethod
    def lifetime():
        """How long a link may be used."""
        return timedelta(days=settings.INVITATION_DAYS)
