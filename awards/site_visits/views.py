from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect

from awards.applications.views import own, rights
from awards.workflow import Refused, WrongState
from enterprises.notifications.frame import page
from foshan_quality.lib import clock
from foshan_quality.lib.forms import add_problems, typed_number
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from . import actions
from .forms import OtherDayForm
from .queries import team_of, told_visit


def site_visit(request, pk):
    """The applicant's page of a visit: days, place, agenda; the days confirmed, or others asked for."""
    mine = own(request, pk)
    visit = told_visit(mine)
    if visit is None:
        raise Http404
    asks = request.method == "POST" and "agree" not in request.POST
    form = OtherDayForm(request.POST if asks else None, initial={"version": visit.version})
    if request.method == "POST" and (not asks or form.is_valid()) and _answer(request, visit, form, asks):
        return redirect("site_visit", pk)
    names_team = mine.edition.settled.get("visitors_named", False)
    context = rights(request, mine) | {
        "visit": visit,
        "form": form,
        "team": [seat for seat in team_of(visit) if seat.left_at is None] if names_team else [],
        "may_answer": request.user.has_perm(Permission.VISIT_ANSWER, visit)
        and visit.state == visit.State.TOLD
        and clock.today() <= visit.first_day,
    }
    return page(request, "awards/site_visits/site_visit.html", context, status=409 if form.errors else None)


def _answer(request, visit, form, asks):
    """Hand the answer in; a refusal stays on the page with what was typed."""
    try:
        if asks:
            actions.ask_other_day(visit, by=request.user, **form.cleaned_data)
        else:
            actions.agree(visit, by=request.user, version=typed_number(request.POST.get("version", ""), 0))
    except (Refused, WrongState) as refusal:
        if asks:
            add_problems(form, getattr(refusal, "problems", [Problem("late", str(refusal))]))
        else:
            messages.error(request, str(refusal))
        return not asks
    messages.success(request, "已提交，秘书处会尽快答复。" if asks else "已确认日期。")
    return True
