from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from awards.reviews.paper import draw, handed_out
from enterprises.notifications.frame import page
from enterprises.organisations.queries import own_organisations
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission

from . import actions as own_actions
from .statement import own_paper, statement_of


def own(request, pk):
    """The person's own organisation; nobody else learns that there is one."""
    return get_object_or_404(own_organisations(request.user), pk=pk)


@require_safe
def organisation_money(request, pk):
    """What the organisation is entitled to, was paid and when, what came back and what to do about it, what is owed
    back, until when and to where. For all its members, as the account is."""
    organisation = own(request, pk)
    statement = statement_of(organisation)
    paper = own_paper(statement, moment=clock.now())
    context = {
        "organisation": organisation,
        "account": statement.account,
        "sums": paper["sums"],
        "matters": zip(paper["matters"], statement.matters, strict=True),
        "may_set_account": request.user.has_perm(Permission.ACCOUNT_EDIT, organisation),
    }
    return page(request, "awards/subsidies/own_money.html", context)


@require_safe
def organisation_statement(request, pk):
    """The same on paper, with the digest of what it says; the trail notes who took it."""
    return paper_of(own(request, pk), by=request.user)


def paper_of(organisation, *, by):
    """The statement of an organisation as PDF."""
    paper = own_paper(statement_of(organisation), moment=clock.now())
    own_actions.log_own_print(organisation, by=by, digest=paper["digest"])
    return handed_out(
        draw("awards/subsidies/print_own_statement.html", **paper), f"{paper['title']}-{organisation.name}"
    )
