"""What payees are told: every member of the honour's organisation, with the page of its money."""

from collections import defaultdict

from django.urls import reverse

from enterprises.memberships.models import Membership
from enterprises.notifications.actions import notify, notify_many


def tell_payee(honour, kind, *, matter, **values):
    """One inbox message to every member of the organisation, leading to where its money is shown."""
    people = [m.user for m in honour.organisation.memberships.filter(ended_at=None).select_related("user")]
    notify(people, kind, matter=matter, link=money_page(honour.organisation_id), **values)


def money_page(organisation_pk):
    """The address of the page on which an organisation sees its money."""
    return reverse("organisation_money", args=[organisation_pk])


def tell_sent(payments):
    """Everybody of the payees' organisations is told that the money is on its way. Three queries."""
    payments = list(payments)
    people = _people({payment.entitlement.honour.organisation_id for payment in payments})
    notify_many("payment_sent", [_letter(payment, people) for payment in payments])


def _people(firms):
    by_firm = defaultdict(list)
    for one in Membership.objects.filter(organisation__in=firms, ended_at=None).select_related("user"):
        by_firm[one.organisation_id].append(one.user)
    return by_firm


def _letter(payment, people):
    firm = payment.entitlement.honour.organisation_id
    return {
        "users": people[firm],
        "matter": f"payment-{payment.pk}",
        "link": money_page(firm),
        "amount": f"{payment.amount:,}",
    }
