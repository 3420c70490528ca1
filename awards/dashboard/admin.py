from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from foshan_quality.office import OfficePage
from foshan_quality.permissions import Permission

from .stuck import stuck_of, stuck_work


@require_safe
def stuck(request):
    """What the background could not do, of all queues this person is told of."""
    if not request.user.has_perm(Permission.STUCK_VIEW):
        raise PermissionDenied
    page = admin.site.each_context(request) | {"title": "卡住的事项", "queues": stuck_work(request.user)}
    return TemplateResponse(request, "awards/dashboard/stuck.html", page)


def waiting(user):
    """The line of 我的工作."""
    return [("后台没有办成，卡住的事项", stuck_of(user))] if user.has_perm(Permission.STUCK_VIEW) else []


admin.site.add_page(OfficePage("stuck/", "stuck", stuck, waiting))
