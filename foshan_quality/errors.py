"""Error pages that say what happened, whether the work is saved, and what to do now."""

from uuid import uuid4

from django.shortcuts import render


def page(request, template, status):
    reference = getattr(request, "reference", None) or uuid4().hex[:8].upper()
    return render(request, template, {"reference": reference}, status=status)


def bad_request(request, exception=None):
    return page(request, "errors/400.html", 400)


def forbidden(request, exception=None):
    return page(request, "errors/403.html", 403)


def not_found(request, exception=None):
    return page(request, "errors/404.html", 404)


def server_error(request):
    return page(request, "errors/500.html", 500)


def csrf_failure(request, reason=""):
    return page(request, "errors/csrf.html", 403)
