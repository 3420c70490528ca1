"""What the payees of many payments are told, in a handful of queries."""

from collections import defaultdict

from enterprises.memberships.models import Membership
from enterprises.notifications.actions import notify_many


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
    honour = payment.entitlement.honour
    return {
        "users": people[honour.organisation_id],
        "matter": f"payment-{payment.pk}",
        "link": honour.application.get_absolute_url() if honour.application else "",
        "amount": f"{payment.amount:,}",
    }
