from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from . import queries
from .actions import choose_copies, mark_read
from .catalogue import Nature
from .forms import CopiesForm
from .frame import page

PER_PAGE = 20


def inbox(request):
    """What this person was told, newest first; one nature of it, or what is unread."""
    nature = Nature(request.GET["nature"]) if request.GET.get("nature") in Nature.values else None
    only_unread = request.GET.get("unread") == "1"
    rows = queries.inbox_of(request.user, nature, only_unread=only_unread)
    shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    shown.object_list = queries.with_standing(list(shown.object_list))
    unread = queries.unread_by_nature(request.user)
    context = {
        "page": shown,
        "nature": nature,
        "only_unread": only_unread,
        "filters": [(n.value, n.label, unread[n]) for n in Nature],
    }
    return page(request, "enterprises/notifications/inbox.html", context)


@require_POST
def inbox_read(request):
    """Everything is read now."""
    mark_read(request.user)
    messages.success(request, "已全部标为已读。")
    return redirect("inbox")


@require_POST
def message_read(request, pk):
    """One message is read now."""
    mark_read(request.user, get_object_or_404(request.user.inbox, pk=pk))
    return redirect("inbox")


def inbox_settings(request):
    """Which messages also come by mail."""
    form = CopiesForm(request.POST or None, initial={"natures": queries.mailed_natures(request.user)})
    if request.method == "POST" and form.is_valid():
        choose_copies(by=request.user, natures=form.cleaned_data["natures"])
        messages.success(request, "已保存。")
        return redirect("inbox_settings")
    return page(request, "enterprises/notifications/settings.html", {"form": form})
