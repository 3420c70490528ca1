from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.urls import reverse

from enterprises.districts import District
from enterprises.memberships.models import MEMBERS
from foshan_quality.lib import clock
from foshan_quality.lib.identity import masked
from foshan_quality.lib.secrecy import SecretField
from foshan_quality.permissions import Permission, Relation

CONTACT = ("contact_name", "contact_phone", "contact_email")  # whom the office rings up


class OrganisationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """All for those who may see every organisation, a district's for its officers, else one's own."""
        if user.has_perm(Permission.ORGANISATION_VIEW):
            districts = [g.district_code for g in user.current_grants() if g.district_code]
            return self.filter(district_code__in=districts) if districts else self
        return self.filter(memberships__user=user, memberships__ended_at=None)


class Organisation(models.Model):
    """An enterprise or other legal person that may apply."""

    class Size(models.TextChoices):
        LARGE = "large", "大型"
        MEDIUM = "medium", "中型"
        SMALL = "small", "小型"
        MICRO = "micro", "微型"

    name = models.CharField("单位名称", max_length=120, help_text="与营业执照完全一致")
    credit_code = models.CharField("统一社会信用代码", max_length=18, unique=True)
    code_doubted = models.BooleanField("校验位存疑", default=False, editable=False)
    code_evidence = models.ForeignKey("enterprises.StoredFile", models.PROTECT, null=True, editable=False)
    code_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, editable=False
    )
    district_code = models.CharField("所在区", max_length=6, choices=District)
    industry = models.CharField("所属行业", max_length=60)
    size = models.CharField("企业规模", max_length=6, choices=Size)
    registered_on = models.DateField("成立日期")
    legal_representative = models.CharField("法定代表人", max_length=60)
    address = models.CharField("注册地址", max_length=200)
    parent_name = models.CharField("上级单位", max_length=120, blank=True, help_text="集团母公司的登记名称，没有则留空")
    parent_code = models.CharField("上级单位统一社会信用代码", max_length=18, blank=True)
    contact_name = models.CharField("联系人", max_length=60, blank=True)
    contact_phone = models.CharField("联系电话", max_length=30, blank=True)
    contact_email = models.EmailField("联系邮箱", blank=True)
    prefilled = models.JSONField("自动带出", default=list, editable=False)  # names of fields as the register gave them
    created_at = models.DateTimeField("登记时间", default=clock.now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "申报单位"
        ordering = ["name"]
        constraints = [
            CheckConstraint(
                name="doubted_code_has_evidence", condition=Q(code_doubted=False) | Q(code_evidence__isnull=False)
            ),
            CheckConstraint(name="parent_named_with_code", condition=~(Q(parent_name="") ^ Q(parent_code=""))),
            CheckConstraint(name="not_ones_own_parent", condition=~Q(parent_code=F("credit_code"))),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("organisation", args=[self.pk])

    def members(self):
        """The memberships as they were read along, or those of now. One query at most."""
        if hasattr(self, "_members"):
            return self._members
        is_read = "memberships" in getattr(self, "_prefetched_objects_cache", ())
        return self.memberships.all() if is_read else MEMBERS.all(self.pk)

    def take_members(self):
        """Read the memberships of now, each with its person, and know them from here on. One query."""
        self._members = MEMBERS.all(self.pk)

    def take_role(self, user, role):
        """Know from here on what this one person is here, read along with something else."""
        self._role = user.pk, role

    def roles_of(self, user):
        """The relations this organisation's memberships give the person."""
        known, role = getattr(self, "_role", (None, None))
        if known == user.pk:
            return {Relation(role)}
        return {Relation(m.role) for m in self.members() if m.user_id == user.pk and m.ended_at is None}


class FormerName(models.Model):
    """A registered name the organisation no longer bears. Rows only grow; what was issued under the name keeps it."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="former_names")
    name = models.CharField("曾用名", max_length=120)
    changed_on = models.DateField("变更日期", help_text="登记机关核准更名的日期，这一天起用新名称")
    evidence = models.ForeignKey("enterprises.StoredFile", models.PROTECT, related_name="+", verbose_name="更名证明")
    recorded_at = models.DateTimeField("登记时间", default=clock.now, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False, verbose_name="登记人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "曾用名"
        ordering = ["-changed_on", "-pk"]
        constraints = [UniqueConstraint(fields=["organisation", "changed_on"], name="one_name_change_a_day")]

    def __str__(self):
        return f"{self.name}（至 {self.changed_on}）"


class ParentLink(models.Model):
    """What the organisation said its parent is, from one moment until it said otherwise; no code says it has none.

    Rows only grow: the newest is what stands (by trigger), and each of the others ended when the next began.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="parent_links")
    parent_name = models.CharField("上级单位", max_length=120, blank=True)
    parent_code = models.CharField("上级单位统一社会信用代码", max_length=18, blank=True, db_index=True)
    since = models.DateTimeField("登记时间", default=clock.now, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False, verbose_name="登记人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "上级单位登记"
        ordering = ["-pk"]
        constraints = [
            CheckConstraint(name="parent_link_named_with_code", condition=~(Q(parent_name="") ^ Q(parent_code="")))
        ]

    def __str__(self):
        return self.parent_name or "没有上级单位"


class BankAccount(models.Model):
    """The organisation's own 对公账户. A change is a new row; the newest is the one in use."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="bank_accounts")
    holder = models.CharField("户名", max_length=120)
    bank = models.CharField("开户银行", max_length=120)
    number = SecretField("账号")
    mark = models.CharField("账号指纹", max_length=64, db_index=True, editable=False)
    proof = models.ForeignKey("enterprises.StoredFile", models.PROTECT, related_name="+", null=True, editable=False)
    confirmed_at = models.DateTimeField("确认时间", default=clock.now, editable=False)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    replaced_at = models.DateTimeField("停用时间", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "对公账户"
        constraints = [
            UniqueConstraint(fields=["organisation"], condition=Q(replaced_at=None), name="one_account_in_use")
        ]

    def __str__(self):
        return f"{self.holder} {self.masked_number}"

    @property
    def masked_number(self):
        return masked(self.number)

    def roles_of(self, user):
        return self.organisation.roles_of(user)
