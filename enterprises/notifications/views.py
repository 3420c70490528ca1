from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from .actions import mark_read
from .frame import page

PER_PAGE = 20


def inbox(request):
    """What this person was told, newest first."""
    shown = Paginator(request.user.inbox.all(), PER_PAGE).get_page(request.GET.get("page"))
    return page(request, "enterprises/notifications/inbox.html", {"page": shown})


@require_POST
def inbox_read(request):
    """Everything is read now."""
    mark_read(request.user)
    messages.success(request, "已全部标为已读。")
    return redirect("inbox")
