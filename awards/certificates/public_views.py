import logging

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache.backends.locmem import LocMemCache
from django.db import DatabaseError
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from foshan_quality.lib import clock
from foshan_quality.lib.throttle import is_too_often

from . import intake, listed, queries, sealing
from .public_forms import FileForm, VerifyForm, tidy_code
from .wording import key_of

log = logging.getLogger(__name__)
CHECKS_A_MINUTE = 30
LISTED_A_MINUTE = 600  # of a process, from all addresses, while the table that counts them does not answer
counted = LocMemCache("verification", {})


@login_not_required
@never_cache
@require_safe
def verify_form(request):
    """The one form: number and code; or a file. The answer has an address of its own."""
    form = VerifyForm(request.GET if "code" in request.GET else None)
    if form.is_valid():
        number = form.cleaned_data["number"]
        return redirect(reverse("verify", args=[form.cleaned_data["code"]], query={"number": number}))
    return _ask(request, form, FileForm())


def _ask(request, form, file_form, status=200):
    """The page that asks. Who is signed in is a question to the database: without an answer it is a stranger's page."""
    template = "awards/certificates/verify_form.html"
    context = {"form": form, "file_form": file_form, "site_url": settings.SITE_URL}
    try:
        return render(request, template, context, status=status)
    except DatabaseError:
        log.exception("verification asks without knowing who is signed in")
        page = render_to_string(template, context | _frame() | {"csrf_token": get_token(request)})
        return HttpResponse(page, status=status)


@login_not_required
@never_cache
@require_safe
def verify(request, code):
    """Valid, revoked, replaced or not found in one line; an unknown code, a wrong number and nonsense look alike.

    While the database does not answer, the signed list does.
    """
    code, number = tidy_code(code), request.GET.get("number")
    try:
        if is_too_often(request, "verify", times=CHECKS_A_MINUTE, seconds=60):
            return _must_wait(request)
        certificate = queries.found(code, None if number is None else key_of(number)[:60])
        return _answer(request, certificate, status=200 if certificate else 404)
    except DatabaseError:
        log.exception("verification answers from the list")
        return _answer_from_list(code, number)


@login_not_required
@never_cache
@csrf_exempt  # checked below, once it is certain that nothing of the file reaches the disk
@require_POST
def verify_file(request):
    """Whether a file handed in is one we issued, byte for byte. It is compared in memory and forgotten."""
    if intake.is_too_large(request):
        form = FileForm({}, {})
        form.errors["file"] = form.error_class(
            [f"文件超过 {sealing.service().MOST_BYTES // 1024 // 1024} MB，没有接收。"]
        )
        return _ask(request, VerifyForm(), form, status=413)
    request.upload_handlers = [intake.InMemoryOnly(request)]
    return _verify_file(request)


@csrf_protect
def _verify_file(request):
    form = FileForm(request.POST, request.FILES)
    pdf, verdict = b"", None
    try:
        if is_too_often(request, "verify", times=CHECKS_A_MINUTE, seconds=60):
            return _must_wait(request)
        if not form.is_valid():
            return _ask(request, VerifyForm(), form)
        pdf = form.cleaned_data["file"].read()
        verdict = sealing.service().judge(pdf)
        certificate = queries.drawn().filter(digest=sealing.service().digest(pdf)).first()
        return _answer(request, certificate, verdict=verdict)
    except DatabaseError:
        log.exception("verification answers from the list")
        if not form.is_valid():
            return _ask(request, VerifyForm(), form)
        pdf = pdf or form.cleaned_data["file"].read()
        verdict = verdict or sealing.service().judge(pdf)
        return _answer_from_list(verdict.code if verdict.is_intact else "", None, verdict=verdict)


def _context(certificate=None, **more):
    replaced = getattr(certificate, "confirmed_replacements", None) or [None]
    return {
        "certificate": certificate,
        "replacement": replaced[0],
        "checked_at": clock.now(),
        "site_url": settings.SITE_URL,
        "form": VerifyForm(),
        **more,
    }


def _answer(request, certificate, *, status=200, verdict=None):
    context = _context(certificate, verdict=verdict)
    return render(request, "awards/certificates/verify.html", context, status=status)


def _must_wait(request):
    response = render(request, "awards/certificates/verify.html", _context(must_wait=True), status=429)
    response["Retry-After"] = "60"
    return response


def _frame():
    """What the page's frame needs and no database knows."""
    return {
        "portal_name": settings.PORTAL_NAME,
        "department_name": settings.DEPARTMENT_NAME,
        "hotline": settings.HOTLINE,
        "record_numbers": settings.RECORD_NUMBERS,
        "is_demo": settings.DEMO,
        "server_time": clock.now(),
    }


def _answer_from_list(code, number, verdict=None):
    """The page without anything that asks the database, its frame included."""
    minute = int(clock.now().timestamp()) // 60
    counted.add(f"listed:{minute}", 0, 120)
    must_wait = counted.incr(f"listed:{minute}") > LISTED_A_MINUTE
    names = listed.read()
    standing = names.standing_of(code, number) if names and not must_wait else None
    context = _context(
        must_wait=must_wait,
        verdict=verdict,
        is_from_list=True,
        names=names,
        standing=standing,
        is_demo_key=sealing.service().signer()[1],
        **_frame(),
    )
    status = 429 if must_wait else 503 if names is None else 200 if standing else 404
    response = HttpResponse(render_to_string("awards/certificates/verify_listed.html", context), status=status)
    if must_wait or names is None:
        response["Retry-After"] = "60"
    return response
