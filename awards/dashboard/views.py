from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from awards.subsidies import actions as paying
from awards.subsidies.models import Entitlement
from awards.subsidies.reconciling.models import Reconciliation
from awards.subsidies.reconciling.queries import checked_in, findings_of
from awards.workflow import Refused, WrongState
from enterprises.districts import District
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission

from . import board, figures, queries
from .forms import AuthorisationForm

may_look = permission_required(Permission.DASHBOARD_VIEW, raise_exception=True)
may_authorise = permission_required(Permission.ENTITLEMENT_AUTHORISE, raise_exception=True)


@may_look
@require_safe
def dashboard(request):
    editions = queries.editions()
    edition = _chosen(editions, request.GET.get("edition"))
    years = queries.budget_years()
    year = _number(request.GET.get("year"), years)
    context = {
        "editions": editions,
        "edition": edition,
        "season": board.season(edition) if edition else None,
        "years": years,
        "year": year,
        "money": board.money(year) if year else None,
        "waiting": queries.waiting_entitlements(),
        "may_authorise": request.user.has_perm(Permission.ENTITLEMENT_AUTHORISE),
        "as_of": clock.now(),
    }
    context["attention"] = board.attention(context["season"], context["money"], context["waiting"])
    return render(request, "awards/dashboard/dashboard.html", context)


def _chosen(editions, wanted):
    """The edition asked for, else the newest real one, else the newest."""
    real = [edition for edition in editions if not edition.is_rehearsal]
    named = [edition for edition in editions if str(edition.pk) == wanted]
    return next(iter(named + real + editions), None)


def _number(wanted, years):
    return next((year for year in years if str(year) == wanted), years[0] if years else None)


@may_look
@require_safe
def figure_list(request, pk, figure):
    """The list behind one figure of a season, the whole or one district's or industry's."""
    edition = next((edition for edition in queries.editions() if edition.pk == pk), None)
    if edition is None or figure not in board.LISTS:
        raise Http404
    rows = board.LISTS[figure](edition)
    district, industry = request.GET.get("district", ""), request.GET.get("industry", "")
    if figure in figures.FUNNEL:
        rows = figures.narrowed(rows, district, industry)
    context = {
        "edition": edition,
        "figure": figure,
        "title": board.titles()[figure],
        "is_funnel": figure in figures.FUNNEL,
        "rows": rows,
        "district": dict(District.choices).get(district, ""),
        "industry": industry,
        "as_of": clock.now(),
    }
    return render(request, "awards/dashboard/list.html", context)


@may_look
@require_safe
def payment_list(request, year, figure):
    """The payments behind one sum of a year, or what is owed back of them."""
    if figure not in figures.PAYMENTS | figures.RECOVERIES or year not in queries.budget_years():
        raise Http404
    if figure in figures.RECOVERIES:
        return _recovery_list(request, year, figures.RECOVERIES[figure])
    rows = queries.payments(year, figure)
    context = {
        "year": year,
        "title": figures.PAYMENTS[figure].label,
        "rows": rows,
        "total": figures.total(rows),
        "as_of": clock.now(),
    }
    return render(request, "awards/dashboard/payments.html", context)


def _recovery_list(request, year, kind):
    rows = [clawback for clawback in queries.clawbacks(queries.payments(year)) if kind.amount(clawback)]
    total = figures.total(rows, key=kind.amount)
    context = {"year": year, "title": kind.label, "rows": rows, "total": total, "as_of": clock.now()}
    return render(request, "awards/dashboard/recoveries.html", context)


@may_look
@require_safe
def reconciliation(request, pk):
    """One comparison of the books, for leaders: what was found and what is to be done."""
    run = get_object_or_404(Reconciliation.objects.select_related("run_by"), pk=pk)
    findings = [(finding.check, finding.rows) for finding in findings_of(run)]
    return render(
        request, "awards/dashboard/reconciliation.html", {"run": run, "findings": findings, "checked": checked_in(run)}
    )


@may_authorise
@require_http_methods(["GET", "HEAD", "POST"])
def entitlement_authorise(request, pk):
    """One special payment before a leader: the sum beside the table's, its basis, its reason.

    Deciding asks for the password or second factor once more, as every release of money does.
    """
    if request.method == "POST" and is_reauthentication_required(request, app="office"):
        raise ReauthenticationRequired
    entitlement = get_object_or_404(
        Entitlement.objects.select_related("honour__kind", "entered_by", "authorised_by"), pk=pk
    )
    form = AuthorisationForm(request.POST or None)
    if form.is_valid():
        try:
            done = _decide(entitlement, form.cleaned_data, by=request.user)
        except Refused as refusal:
            for problem in refusal.problems:
                form.add_error(None, problem.text)
        except WrongState as late:
            form.add_error(None, str(late))
        else:
            messages.success(request, done)
            return redirect("dashboard")
    context = {"entitlement": entitlement, "form": form, "is_open": entitlement.state == Entitlement.State.ENTERED}
    status = 409 if form.is_bound and form.non_field_errors() else 200
    return render(request, "awards/dashboard/authorise.html", context, status=status)


def _decide(entitlement, answers, *, by):
    if answers["decision"] == AuthorisationForm.AUTHORISE:
        paying.authorise(entitlement, by=by)
        return f"已授权：{entitlement}。资金经办人员可以编制拨付单。"
    paying.decline(entitlement, by=by, reason=answers["reason"])
    return f"已决定不予授权：{entitlement}。"
