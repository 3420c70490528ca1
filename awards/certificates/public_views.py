from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from foshan_quality.lib import clock
from foshan_quality.lib.throttle import is_too_often

from . import signing
from .models import Certificate
from .public_forms import FileForm, VerifyForm, tidy_code

CHECKS_A_MINUTE = 30


@login_not_required
@never_cache
@require_safe
def verify_form(request):
    form = VerifyForm(request.GET if "code" in request.GET else None)
    if form.is_valid():
        return redirect("verify", form.cleaned_data["code"])
    return _ask(request, form, FileForm())


def _ask(request, form, file_form):
    context = {"form": form, "file_form": file_form, "site_url": settings.SITE_URL}
    return render(request, "awards/certificates/verify_form.html", context)


@login_not_required
@never_cache
@require_safe
def verify(request, code):
    """True or false in one line. An unknown code and a malformed one get the same answer."""
    if is_too_often(request, "verify", times=CHECKS_A_MINUTE, seconds=60):
        return _answer(request, None, status=429)
    certificate = _drawn().filter(code=tidy_code(code)).first()
    return _answer(request, certificate, status=200 if certificate else 404)


@login_not_required
@never_cache
@require_POST
def verify_file(request):
    """Whether a file handed in is the one we issued, byte for byte. It is compared and forgotten."""
    if is_too_often(request, "verify", times=CHECKS_A_MINUTE, seconds=60):
        return _answer(request, None, status=429)
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _ask(request, VerifyForm(), form)
    pdf = form.cleaned_data["file"].read()
    certificate = _drawn().filter(digest=signing.digest(pdf)).first()
    context = {
        "certificate": certificate,
        "verdict": signing.judge(pdf),
        "checked_at": clock.now(),
        "site_url": settings.SITE_URL,
        "form": FileForm(),
    }
    return render(request, "awards/certificates/verify_file.html", context)


def _drawn():
    return Certificate.objects.filter(state=Certificate.State.DRAWN).select_related(
        "honour__kind", "honour__resolution", "edition__programme__honour_kind"
    )


def _answer(request, certificate, *, status):
    context = {
        "certificate": certificate,
        "must_wait": status == 429,
        "checked_at": clock.now(),
        "site_url": settings.SITE_URL,
        "form": VerifyForm(),
    }
    response = render(request, "awards/certificates/verify.html", context, status=status)
    if status == 429:
        response["Retry-After"] = "60"
    return response
