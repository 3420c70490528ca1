"""What the payee is told: to every member of the honour's organisation, with the page of its money."""

from django.urls import reverse

from enterprises.notifications.actions import notify


def tell_payee(honour, kind, *, matter, **values):
    """One inbox message to every member of the organisation, leading to where its money is shown."""
    people = [m.user for m in honour.organisation.memberships.filter(ended_at=None).select_related("user")]
    notify(people, kind, matter=matter, link=money_page(honour.organisation_id), **values)


def money_page(organisation_pk):
    """The address of the page on which an organisation sees its money."""
    return reverse("organisation_money", args=[organisation_pk])
