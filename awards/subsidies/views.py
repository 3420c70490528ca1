from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from enterprises.notifications.frame import page
from enterprises.organisations.queries import account_of, own_organisations
from foshan_quality.permissions import Permission

from .queries import money_of


@require_safe
def organisation_money(request, pk):
    """An organisation's money as its own people see it: what is paid and when, what came back and what to do about it,
    what is owed back, until when and to where."""
    own = get_object_or_404(own_organisations(request.user), pk=pk)
    context = {
        "organisation": own,
        "account": account_of(own),
        "money": money_of(own),
        "may_set_account": request.user.has_perm(Permission.ACCOUNT_EDIT, own),
    }
    return page(request, "awards/subsidies/own_money.html", context)
