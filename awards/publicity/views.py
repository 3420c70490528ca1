from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from awards.applications.models import Application
from awards.workflow import Refused, WrongState
from enterprises.notifications.frame import page
from foshan_quality.lib import clock, official
from foshan_quality.lib.forms import add_problems
from foshan_quality.lib.problems import Problem
from foshan_quality.lib.throttle import is_too_often
from foshan_quality.permissions import Permission

from . import papers
from .actions import log_reply, object_to, withdraw_objection
from .forms import AnswerForm, LookUpForm, ObjectionForm, TakeBackForm
from .models import Notice, Objection
from .queries import objection_of, own_statements, released_notices
from .serving import handed_out
from .statement_actions import give_statement

RECEIPT = "awards.publicity.receipt"  # salt of the addresses that receipts had before codes
OBJECTIONS_AN_HOUR, LOOK_UPS_AN_HOUR, REPLIES_AN_HOUR = 5, 30, 10


@login_not_required
@require_safe
def notices(request):
    context = {"notices": released_notices(clock.now()), "today": clock.today()}
    return render(request, "awards/publicity/notices.html", context)


@login_not_required
@require_safe
def notice(request, address):
    released = get_object_or_404(released_notices(clock.now()), address=address)
    return render(request, "awards/publicity/notice.html", frame_of(released))


@login_not_required
@require_safe
def notice_moved(request, number):
    """The address a notice had before it was numbered by edition."""
    return redirect(get_object_or_404(released_notices(clock.now()), former_address=number), permanent=True)


def frame_of(notice):
    """A notice with what its page says about the period for objections."""
    is_replaced = bool(getattr(notice, "successor_address", ""))
    is_withdrawn = notice.state == Notice.State.WITHDRAWN
    return {
        "notice": notice,
        "is_replaced": is_replaced,
        "takes_objections": bool(notice.last_day)
        and clock.today() <= notice.last_day
        and not (is_replaced or is_withdrawn),
        "is_first_day_counted": bool(notice.first_day) and notice.first_day == localdate(notice.published_at),
        "replacing": papers.replacing(notice),
    }


# --- objecting ----------------------------------------------------------------------------------------


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def notice_object(request, address):
    released = get_object_or_404(released_notices(clock.now()), address=address)
    handed_in = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form, status = ObjectionForm(*handed_in, names=released.names), 200
    if form.is_valid():
        if is_too_often(request, "objection", times=OBJECTIONS_AN_HOUR, seconds=3600):
            form.add_error(None, "同一网络一小时内提交的异议过多，本次没有登记。请一小时后再试，或直接联系秘书处。")
            status = 429
        else:
            try:
                return redirect("objection_receipt", _take(released, form.cleaned_data))
            except Refused as refusal:
                add_problems(form, refusal.problems)
                status = 409
    return render(request, "awards/publicity/object.html", frame_of(released) | {"form": form}, status=status)


def _take(notice, answers):
    """Hand the objection in; the answer is its code."""
    row = notice.names[answers["candidate"]]
    objection = object_to(
        notice,
        application=Application.objects.get(pk=row["application"]),
        objector=answers["objector"],
        contact=answers["contact"],
        grounds=answers["grounds"],
        uploads=answers["uploads"],
    )
    return objection.code


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def objection_find(request):
    """Where an objection stands, by receipt and code; the same answer for a wrong receipt and a wrong code."""
    form, status = LookUpForm(request.POST or None), 200
    if form.is_valid():
        if is_too_often(request, "objection_find", times=LOOK_UPS_AN_HOUR, seconds=3600):
            form.add_error(None, "同一网络一小时内查询过多，请稍后再试，或直接联系秘书处。")
            status = 429
        else:
            code = "".join(form.cleaned_data["code"].split()).lower()
            found = objection_of(code)
            if found and found.receipt == form.cleaned_data["receipt"].strip().upper():
                return redirect("objection_receipt", code)
            form.add_error(None, "没有查到。请核对回执号和查询码；书面提出的异议请电话查询。")
    return render(request, "awards/publicity/find.html", {"form": form}, status=status)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def objection_receipt(request, code):
    """The receipt and where the objection stands, for whoever holds the code: words only, no names of others."""
    objection = _held(code)
    form, status = TakeBackForm(request.POST or None), 200
    if form.is_valid():
        try:
            withdraw_objection(objection, reason=form.cleaned_data["reason"])
        except WrongState as late:
            form.add_error(None, str(late))
            status = 409
        else:
            messages.success(request, "异议已撤回，材料保留。")
            return redirect("objection_receipt", code)
    names = {row["application"]: row["name"] for row in objection.notice.names}
    context = {
        "objection": objection,
        "notice": objection.notice,
        "name": names[objection.application_id],
        "code": code if objection.code_digest else "",
        "form": form,
        "is_asked": hasattr(objection, "statement"),
    }
    return render(request, "awards/publicity/receipt.html", context, status=status)


@login_not_required
@never_cache
@require_safe
def objection_reply(request, code):
    """The answer on paper, for whoever holds the code."""
    objection = _held(code)
    if not objection.is_decided or not objection.reply_number:
        raise Http404
    if is_too_often(request, "objection_reply", times=REPLIES_AN_HOUR, seconds=3600):
        return render(request, "errors/refused.html", {"reasons": "下载过于频繁，请一小时后再试。"}, status=429)
    log_reply(objection)
    return handed_out(official.pdf_of(papers.reply_of(objection)), f"异议答复 {objection.receipt}", "pdf")


def _held(code):
    """The objection whose code this is, or one of the addresses that were given out before codes; else 404."""
    if found := objection_of(code):
        return found
    try:
        pk = signing.loads(code, salt=RECEIPT)
    except signing.BadSignature:
        raise Http404 from None
    return get_object_or_404(Objection.objects.select_related("notice__edition", "statement"), pk=pk)


# --- the applicant's side -----------------------------------------------------------------------------


def statement(request, pk):
    """The facts the applicant is asked about, and the answer; strangers do not learn that there is an objection."""
    asked = get_object_or_404(own_statements(request.user), pk=pk)
    may_answer = request.user.has_perm(Permission.STATEMENT_ANSWER, asked)
    handed_in = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form, status = AnswerForm(*handed_in), 200
    if form.is_valid():
        try:
            give_statement(asked, by=request.user, **form.cleaned_data)
        except (Refused, WrongState) as refusal:
            add_problems(form, getattr(refusal, "problems", [Problem("late", str(refusal))]))
            status = 409
        else:
            messages.success(request, "说明已提交，秘书处会一并核查。")
            return redirect("statement", pk)
    is_waiting = not asked.answered_at and asked.objection.state == "received" and clock.today() <= asked.due_on
    context = {
        "statement": asked,
        "application": asked.objection.application,
        "form": form,
        "papers": asked.files.select_related("file"),
        "is_waiting": is_waiting,
        "may_answer": may_answer and (is_waiting or form.is_bound),
    }
    return page(request, "awards/publicity/statement.html", context, status=status)
