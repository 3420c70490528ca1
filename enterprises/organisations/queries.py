from enterprises.people.models import User
from foshan_quality.permissions import Role

from .models import Organisation


def memberships_of(user):
    """The person's places in organisations, by name, each with its organisation. One query."""
    current = user.memberships.filter(ended_at=None)
    return list(current.select_related("organisation").order_by("organisation__name"))


def own_organisations(user):
    """Organisations this person is a member of, members loaded. Two queries."""
    own = user.memberships.filter(ended_at=None).values("organisation")
    return Organisation.objects.filter(pk__in=own).prefetch_related("memberships")


def members_of(organisation):
    """Who works for the organisation here, in the order they joined. One query."""
    return organisation.memberships.filter(ended_at=None).select_related("user").order_by("joined_at")


def account_of(organisation):
    """The account in use, or None. One query."""
    return organisation.bank_accounts.filter(replaced_at=None).first()


def person_to_add(email):
    """The account somebody may be added by, or None: open, and not the portal's own. One query."""
    people = User.objects.filter(email__iexact=email, is_active=True)
    return people.exclude(role_grants__role=Role.ROBOT).first()
