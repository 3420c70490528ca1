from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from .actions import mark_read
from .queries import unread_count

PER_PAGE = 20


def inbox(request):
    """What this person was told, newest first."""
    shown = Paginator(request.user.inbox.all(), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": shown, "unread_count": unread_count(request.user)}
    return render(request, "enterprises/notifications/inbox.html", context)


@require_POST
def inbox_read(request):
    """Everything is read now."""
    mark_read(request.user)
    messages.success(request, "已全部标为已读。")
    return redirect("inbox")
