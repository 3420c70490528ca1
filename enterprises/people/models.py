import json
from datetime import datetime
from functools import cached_property

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import _user_get_permissions, _user_has_module_perms, _user_has_perm
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.expressions import RawSQL

from enterprises.districts import District
from foshan_quality.lib import clock
from foshan_quality.lib.ready import Ready
from foshan_quality.permissions import OFFICE_ROLES, Role

IS_MEMBER = """
EXISTS (SELECT 1 FROM enterprises_membership m WHERE m.user_id = enterprises_user.id AND m.ended_at IS NULL)
"""
DUTIES = """
(SELECT json_agg(row_to_json(g) ORDER BY g.id)
   FROM enterprises_rolegrant g WHERE g.user_id = enterprises_user.id AND g.ended_at IS NULL)::text
"""
# Every page of whoever has signed in begins with this.
WITH_DUTIES = Ready(
    lambda pk: User.objects.filter(pk=pk).annotate(is_member=RawSQL(IS_MEMBER, []), duties=RawSQL(DUTIES, []))  # noqa: S611  our own words
)


class UserManager(BaseUserManager):
    def create_user(self, email, password=None, **fields):
        """A person's account; without a password nobody can sign in to it yet."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password) if password else user.set_unusable_password()
        user.save(using=self._db)
        return user

    def robot(self):
        """The account under which tasks act; nobody can sign in with it."""
        user, _ = self.get_or_create(
            email="robot@portal.invalid", defaults={"name": "系统自动任务", "password": make_password(None)}
        )
        RoleGrant.objects.get_or_create(user=user, role=Role.ROBOT, district_code="", ended_at=None)
        return user

    def with_duties(self, pk):
        """One person, with the duties in force and whether of any firm; None where there is none. One query."""
        user = next(iter(WITH_DUTIES.all(pk)), None)
        if user is not None:
            user.take_duties(json.loads(user.duties or "[]"))
        return user

    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)


class User(AbstractBaseUser):
    """One person, one account. What the person may do comes from role grants and from records."""

    email = models.EmailField("邮箱", unique=True)
    name = models.CharField("姓名", max_length=60)
    phone = models.CharField("手机", max_length=30, blank=True)
    is_active = models.BooleanField("可以登录", default=True)
    joined_at = models.DateTimeField("注册时间", default=clock.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    is_superuser = False  # nobody stands above the permission table

    class Meta:
        verbose_name = verbose_name_plural = "用户"

    def __str__(self):
        return self.name or self.email

    @property
    def is_staff(self):
        """Whether the office is open to this person."""
        return self.is_active and bool(self.roles & OFFICE_ROLES)

    @cached_property
    def is_member(self):
        """Whether the person belongs to any firm today. One query, unless read along."""
        return self.memberships.filter(ended_at=None).exists()

    @property
    def roles(self):
        return {Role(grant.role) for grant in self.current_grants()}

    def current_grants(self):
        """Role grants in force, read once per loaded user."""
        if not hasattr(self, "_grants"):
            self._grants = list(self.role_grants.filter(ended_at=None))
        return self._grants

    def take_duties(self, rows):
        """Know the grants in force from rows that were read along."""
        granted = ({**row, "granted_at": datetime.fromisoformat(row["granted_at"])} for row in rows)
        self._grants = [RoleGrant(**row) for row in granted]

    def forget_grants(self):
        """Read the grants again next time; called by whoever changes them."""
        self.__dict__.pop("_grants", None)

    def has_perm(self, permission, record=None):
        return _user_has_perm(self, permission, record)

    def has_perms(self, permissions, record=None):
        return all(self.has_perm(permission, record) for permission in permissions)

    def has_module_perms(self, app_label):
        return _user_has_module_perms(self, app_label)

    def get_all_permissions(self, record=None):
        return _user_get_permissions(self, record, "all")


class RoleGrant(models.Model):
    """One duty of one person, with its beginning and end. Never deleted."""

    user = models.ForeignKey(User, models.PROTECT, related_name="role_grants", verbose_name="用户")
    role = models.CharField("角色", max_length=20, choices=Role)
    district_code = models.CharField("所辖区", max_length=6, choices=District, blank=True)
    granted_at = models.DateTimeField("授予时间", default=clock.now, editable=False)
    granted_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, verbose_name="授予人")
    ended_at = models.DateTimeField("终止时间", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "角色授权"
        constraints = [
            UniqueConstraint(fields=["user", "role", "district_code"], condition=Q(ended_at=None), name="one_grant"),
            CheckConstraint(
                name="district_only_for_district_officers",
                condition=Q(role=Role.DISTRICT_OFFICER) ^ Q(district_code=""),
            ),
        ]

    def __str__(self):
        return f"{self.user} · {self.get_role_display()}{self.get_district_code_display()}"

    def covers(self, record):
        """A district's grant speaks only of that district's records; any other grant of all."""
        if not self.district_code or record is None:
            return True
        return getattr(record, "district_code", None) == self.district_code
