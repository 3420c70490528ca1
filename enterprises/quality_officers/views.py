from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect

from enterprises.memberships.queries import places_of
from enterprises.notifications.frame import page
from foshan_quality.lib.forms import add_problems
from foshan_quality.lib.problems import Refused
from foshan_quality.permissions import Permission

from . import actions
from .forms import AppointmentForm, EndForm


def _managed(request, pk):
    """The person's own organisation, for its owner; other members get 403, strangers 404."""
    own = get_object_or_404(places_of(request.user), organisation=pk).organisation
    if not request.user.has_perm(Permission.ORGANISATION_EDIT, own):
        raise PermissionDenied(Permission.ORGANISATION_EDIT)
    return own


def quality_officer_appoint(request, pk):
    """Enter the organisation's chief quality officer."""
    own = _managed(request, pk)
    form = AppointmentForm(request.POST or None)
    if form.is_valid():
        try:
            officer = actions.appoint(own, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            add_problems(form, refusal.problems)
        else:
            messages.success(request, f"已登记首席质量官{officer}。")
            return redirect(f"{own.get_absolute_url()}#quality-officer")
    return page(request, "enterprises/quality_officers/appoint.html", {"organisation": own, "form": form})


def quality_officer_end(request, pk, officer):
    """Enter the day the chief quality officer left office."""
    own = _managed(request, pk)
    current = get_object_or_404(own.quality_officers.select_related("organisation"), pk=officer)
    form = EndForm(request.POST or None)
    if form.is_valid():
        try:
            actions.end(current, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            add_problems(form, refusal.problems)
        else:
            messages.success(request, f"已登记{current}离任。")
            return redirect(f"{own.get_absolute_url()}#quality-officer")
    context = {"organisation": own, "officer": current, "form": form}
    return page(request, "enterprises/quality_officers/end.html", context)
