from django.contrib import admin

from foshan_quality.office import Act, OfficeAdmin, Todo, column
from foshan_quality.permissions import Permission, Role

from . import actions
from .models import StuckCopy


@admin.register(StuckCopy)
class StuckCopyAdmin(OfficeAdmin):
    """Mail copies that could not be sent. What they say is nobody's business here: kind, person and reason suffice."""

    list_display = [
        column("title", "标题"),
        column("nature.label", "类别"),
        column("user.email", "收件邮箱", order="user__email"),
        "copy_problem",
        "copy_attempts",
        "sent_at",
    ]
    list_select_related = ["user"]
    search_fields = ["user__email"]
    search_help_text = "收件邮箱"
    fields = [
        column("title", "标题"),
        column("nature.label", "类别"),
        column("user.email", "收件邮箱"),
        column("get_copy_display", "邮件抄送"),
        "copy_problem",
        "copy_attempts",
        "sent_at",
    ]
    acts = {
        "retry": Act(
            "重新发送",
            actions.retry_copy,
            permission=Permission.COPY_RETRY,
            done="已排队重新发送。",
            warning="请先排除原因（邮箱地址有误的请本人更正），再重新发送。",
            back_to_list=True,
        )
    }
    todos = {"stuck": Todo("邮件抄送没有发出，待处理", Role.SYSTEM_OFFICER, lambda rows, user: rows)}
