"""Error pages that say what happened, whether the work is saved, and what to do now."""

from uuid import uuid4

from django.conf import settings
from django.http import HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string

from enterprises.notifications.queries import told_of


def page(request, template, status, **context):
    """Never kept by anything on the way: what is not there now may be released at the next minute."""
    response = render(request, template, {"reference": new_reference(), **context}, status=status)
    response["Cache-Control"] = "no-store"
    return response


def new_reference():
    """What a person reads out on the phone and the log is searched for."""
    return uuid4().hex[:8].upper()


def bad_request(request, exception=None):
    return page(request, "errors/400.html", 400)


def forbidden(request, exception=None):
    return _closed(request, "errors/403.html", 403)


def not_found(request, exception=None):
    return _closed(request, "errors/404.html", 404)


def _closed(request, template, status):
    """Whoever comes by a message to a page that is open to them no longer reads that, and what the message said."""
    user = getattr(request, "user", None)
    if request.method != "GET" or user is None or not user.is_authenticated:
        return page(request, template, status)
    message = told_of(user, request.path)
    return page(request, "errors/closed.html" if message else template, status, message=message)


def server_error(request):
    """Drawn without the frame's context, which may be what failed."""
    context = {"reference": getattr(request, "reference", None) or new_reference(), "hotline": settings.HOTLINE}
    return HttpResponseServerError(render_to_string("errors/500.html", context))


def csrf_failure(request, reason=""):
    return page(request, "errors/csrf.html", 403)
