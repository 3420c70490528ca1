from functools import partial

from django.contrib import admin
from django.db.models import Prefetch

from foshan_quality.office import Act, OfficeAdmin, column
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission, Role

from . import actions
from .models import RoleGrant, User
from .office_forms import AccountForm, GrantForm

CURRENT = Prefetch("role_grants", RoleGrant.objects.filter(ended_at=None), to_attr="_grants")


@admin.register(User)
class UserAdmin(OfficeAdmin):
    """Accounts: opened and closed by the system officer, who grants no roles."""

    list_display = ["name", "email", "roles_said", column("is_active", "可以登录"), "joined_at"]
    list_filter = ["is_active"]
    search_fields = ["name", "email"]
    search_help_text = "姓名或邮箱"
    ordering = ["name", "pk"]
    fields = ["name", "email", "roles_said", column("is_active", "可以登录"), "joined_at", "last_login"]
    readonly_fields = ["roles_said"]
    list_acts = {
        "create": Act(
            "建立账号",
            actions.create_account,
            AccountForm,
            Permission.USER_MANAGE,
            done="账号已建立。请本人用“忘记密码”设置密码，再由安全管理员授予角色。",
        )
    }
    acts = {
        "close": Act(
            "停用账号",
            partial(actions.set_active, is_active=False),
            permission=Permission.USER_MANAGE,
            when=lambda user: user.is_active,
            done="账号已停用。",
            warning="停用后立即不能使用；已有的记录全部保留。",
            is_grave=True,
        ),
        "open": Act(
            "启用账号",
            partial(actions.set_active, is_active=True),
            permission=Permission.USER_MANAGE,
            when=lambda user: not user.is_active,
            done="账号已启用。",
        ),
    }

    def get_queryset(self, request):
        return super().get_queryset(request).exclude(role_grants__role=Role.ROBOT).prefetch_related(CURRENT)

    @admin.display(description="角色")
    def roles_said(self, user):
        return "、".join(
            sorted(f"{g.get_role_display()}{g.get_district_code_display()}" for g in user.current_grants())
        )


class CurrentFilter(admin.SimpleListFilter):
    title, parameter_name = "授权", "current"

    def lookups(self, request, model_admin):
        return [("yes", "有效"), ("no", "已终止")]

    def queryset(self, request, queryset):
        return queryset.filter(ended_at__isnull=self.value() == "yes") if self.value() else queryset


@admin.register(RoleGrant)
class RoleGrantAdmin(OfficeAdmin):
    """Duties: given and taken back by the security officer, never to oneself."""

    list_display = [
        column("user.__str__", "用户", order="user__name"),
        column("user.email", "邮箱"),
        "role",
        "district_code",
        "granted_at",
        column("granted_by", "授予人"),
        "ended_at",
    ]
    list_filter = ["role", CurrentFilter]
    list_select_related = ["user", "granted_by"]
    search_fields = ["user__name", "user__email"]
    search_help_text = "姓名或邮箱"
    ordering = ["-granted_at", "-pk"]
    fields = [
        column("user.__str__", "用户"),
        column("user.email", "邮箱"),
        "role",
        "district_code",
        "granted_at",
        column("granted_by", "授予人"),
        "ended_at",
    ]
    list_acts = {
        "grant": Act(
            "授予角色",
            actions.grant_role,
            GrantForm,
            Permission.ROLE_GRANT,
            done="角色已授予，立即生效。",
            warning="不相容的角色（如经办与复核）不能由同一人担任，系统会拒绝。",
            back_to_list=True,
        )
    }
    acts = {
        "end": Act(
            "终止授权",
            actions.end_role,
            ReasonForm,
            Permission.ROLE_GRANT,
            when=lambda grant: grant.ended_at is None and grant.role != Role.ROBOT,
            done="授权已终止，立即生效。",
            warning="终止后本人立即失去这一角色的权限；记录保留。",
            is_grave=True,
        )
    }
