from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect

from awards.applications.queries import standing_of
from awards.applications.views import own, rights
from awards.workflow import Refused
from enterprises.notifications.frame import page
from foshan_quality.lib import clock
from foshan_quality.lib.forms import add_problems
from foshan_quality.permissions import Permission

from . import actions, queries
from .forms import StatementForm
from .judgement import next_step, timeline


def revocation(request, pk):
    """The holder's page of a case: what is held against it, how far it is, and its own words until the last day."""
    mine = own(request, pk)
    case = queries.told_case(mine)
    if case is None:
        raise Http404
    form = StatementForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and _state(request, case, form):
        return redirect("revocation", pk)
    clawbacks = queries.clawbacks_of(case.honour)
    context = rights(request, mine) | {
        "standing": standing_of(mine),
        "case": case,
        "form": form,
        "clawbacks": clawbacks,
        "steps": timeline(case),
        "next_step": next_step(case.state, case.answer_by, queries.owes(clawbacks)),
        "may_state": case.state == case.State.TOLD
        and clock.today() <= case.answer_by
        and request.user.has_perm(Permission.REVOCATION_ANSWER, case),
    }
    return page(request, "awards/revocations/case.html", context, status=409 if form.errors else None)


def _state(request, case, form):
    """Hand the words in; a refusal stays on the page with what was typed."""
    try:
        actions.state_case(case, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        add_problems(form, refusal.problems)
        return False
    messages.success(request, "陈述申辩已提交。截止前可以补充，每次提交都会保留。")
    return True
