from django.core.exceptions import PermissionDenied
from django.db import transaction

from enterprises.audit import actions as audit
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Refused, WrongState
from foshan_quality.permissions import OFFICERS, Permission, Role, clash

from .models import RoleGrant, User


@transaction.atomic
def grant_role(user, *, by, role, district_code=""):
    """Give a person a duty. Refused when it must not meet a duty already held (`INCOMPATIBLE`).

    Nobody grants roles to themselves.
    """
    if not by.has_perm(Permission.ROLE_GRANT):
        raise PermissionDenied(Permission.ROLE_GRANT)
    if user.pk == by.pk:
        raise Refused(["不能给自己授予角色，请由另一名安全管理员办理。没有改动任何内容。"])
    return _grant(user, by=by, role=Role(role), district_code=district_code)


@transaction.atomic
def appoint_first_security_officer(user):
    """The one grant nobody grants: the first security officer. Refused once there is one."""
    if RoleGrant.objects.filter(role=Role.SECURITY_OFFICER).exists():
        raise Refused(["已经有安全管理员，请由其在办公平台授权。"])
    return _grant(user, by=None, role=Role.SECURITY_OFFICER)


def _grant(user, *, by, role, district_code=""):
    locked = User.objects.select_for_update().get(pk=user.pk)
    if bool(district_code) != (role == Role.DISTRICT_OFFICER):
        raise Refused(["区市场监管人员须指定所辖区，其他角色不能指定。没有改动任何内容。"])
    held = {grant.role for grant in locked.role_grants.filter(ended_at=None)}
    rival = clash(held, role)
    if rival:
        raise Refused([f"{locked}已是“{Role(rival).label}”，不能同时担任“{role.label}”。没有改动任何内容。"])
    grant, created = RoleGrant.objects.get_or_create(
        user=locked, role=role, district_code=district_code, ended_at=None, defaults={"granted_by": by}
    )
    if not created:
        raise Refused([f"{locked}已经是“{role.label}”。"])
    audit.record(by=by, verb="grant_role", target=locked, after=role, details={"district": district_code})
    user.forget_grants()
    return grant


@transaction.atomic
def end_role(grant, *, by, reason):
    """Take a duty back, effective at the person's next click. Refused for the last one of each officer."""
    if not by.has_perm(Permission.ROLE_GRANT):
        raise PermissionDenied(Permission.ROLE_GRANT)
    _lock_duties({Role(grant.role)})
    locked = RoleGrant.objects.select_for_update().select_related("user").get(pk=grant.pk)
    if locked.ended_at:
        raise WrongState("这项授权已经终止。")
    _refuse_without_successor(locked.user, {Role(locked.role)})
    locked.ended_at = clock.now()
    locked.save(update_fields=["ended_at"])
    audit.record(by=by, verb="end_role", target=locked.user, before=locked.role, note=reason)
    return locked


def _lock_duties(roles):
    """Lock the officers' grants among these roles, so that two officers cannot leave at once."""
    list(RoleGrant.objects.filter(role__in=roles & OFFICERS, ended_at=None).order_by("pk").select_for_update())


def _refuse_without_successor(user, roles):
    """Every officer's duty stays with somebody whose account is open."""
    for role in sorted(roles & OFFICERS):
        others = RoleGrant.objects.filter(role=role, ended_at=None, user__is_active=True).exclude(user=user)
        if not others.exists():
            raise Refused([f"这是最后一名“{role.label}”，请先授予接任者。没有改动任何内容。"])


@transaction.atomic
def create_account(*, by, email, name):
    """Open an account for a colleague, without a password: the person sets one by mail."""
    if not by.has_perm(Permission.USER_MANAGE):
        raise PermissionDenied(Permission.USER_MANAGE)
    if User.objects.filter(email__iexact=email).exists():
        raise Refused([f"邮箱 {email} 已有账号，没有重复建立。"])
    user = User.objects.create_user(email=email, name=name)
    audit.record(by=by, verb="create_account", target=user)
    return user


@transaction.atomic
def set_active(user, *, by, is_active):
    """Open or close an account; a closed one is out at the next click. Refused for the last one of each officer."""
    if not by.has_perm(Permission.USER_MANAGE):
        raise PermissionDenied(Permission.USER_MANAGE)
    _lock_duties(OFFICERS)
    locked = User.objects.select_for_update().get(pk=user.pk)
    if locked.pk == by.pk:
        raise Refused(["不能停用或启用自己的账号。没有改动任何内容。"])
    if not is_active:
        _refuse_without_successor(locked, locked.roles)
    locked.is_active = is_active
    locked.save(update_fields=["is_active"])
    audit.record(by=by, verb="open_account" if is_active else "close_account", target=locked)
    return locked


@transaction.atomic
def note_identity(*, by, is_linked):
    """Note that a person has linked an identity of the province to the account, or parted with it."""
    audit.record(by=by, verb="link_identity" if is_linked else "part_identity", target=by)
