from django.conf import settings
from django.db import models
from django.db.models import Q, UniqueConstraint

from foshan_quality.lib import clock
from foshan_quality.permissions import Relation


class Membership(models.Model):
    """One person's part in one organisation. Ended, never deleted."""

    ROLES = [(r.value, r.label) for r in (Relation.OWNER, Relation.EDITOR, Relation.READER)]

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
