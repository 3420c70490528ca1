from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from awards.applications.models import Application
from awards.workflow import Refused
from foshan_quality.lib import clock
from foshan_quality.lib.throttle import is_too_often

from .actions import object_to
from .forms import ObjectionForm
from .models import Objection
from .queries import released_notices

RECEIPT = "awards.publicity.receipt"  # salt of the receipt's address
OBJECTIONS_AN_HOUR = 5


@login_not_required
@require_safe
def notices(request):
    context = {"notices": released_notices(clock.now()), "today": clock.today()}
    return render(request, "awards/publicity/notices.html", context)


@login_not_required
@require_safe
def notice(request, pk):
    released = get_object_or_404(released_notices(clock.now()), pk=pk)
    return render(request, "awards/publicity/notice.html", _window(released))


def _window(notice):
    """A notice with what its page says about the period for objections."""
    return {
        "notice": notice,
        "takes_objections": clock.today() <= notice.last_day,
        "is_first_day_counted": notice.first_day == localdate(notice.published_at),
    }


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def notice_object(request, pk):
    released = get_object_or_404(released_notices(clock.now()), pk=pk)
    form, status = ObjectionForm(request.POST or None, names=released.names), 200
    if form.is_valid():
        if is_too_often(request, "objection", times=OBJECTIONS_AN_HOUR, seconds=3600):
            form.add_error(None, "同一网络一小时内提交的异议过多，本次没有登记。请一小时后再试，或直接联系秘书处。")
            status = 429
        else:
            try:
                return redirect("objection_receipt", _take(released, form.cleaned_data))
            except Refused as refusal:
                for problem in refusal.problems:
                    form.add_error(None, problem.text)
                status = 409
    return render(request, "awards/publicity/object.html", _window(released) | {"form": form}, status=status)


def _take(notice, answers):
    """Hand the objection in; the answer is the address of its receipt."""
    row = notice.names[answers["candidate"]]
    objection = object_to(
        notice,
        application=Application.objects.get(pk=row["application"]),
        objector=answers["objector"],
        contact=answers["contact"],
        grounds=answers["grounds"],
    )
    return signing.dumps(objection.pk, salt=RECEIPT)


@login_not_required
@never_cache
@require_safe
def objection_receipt(request, token):
    try:
        pk = signing.loads(token, salt=RECEIPT)
    except signing.BadSignature:
        raise Http404 from None
    objection = get_object_or_404(Objection.objects.select_related("notice"), pk=pk)
    names = {row["application"]: row["name"] for row in objection.notice.names}
    context = {"objection": objection, "name": names[objection.application_id]}
    return render(request, "awards/publicity/receipt.html", context)
