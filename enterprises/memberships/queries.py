from .models import Invitation
from .tokens import digest_of


def places_of(user):
    """The person's current memberships, each with its organisation and that one's members. Two queries."""
    current = user.memberships.filter(ended_at=None)
    return current.select_related("organisation").prefetch_related("organisation__memberships")


def members_of(organisation):
    """Who works for the organisation here, in the order they joined. One query."""
    return organisation.memberships.filter(ended_at=None).select_related("user").order_by("joined_at", "pk")


def unanswered_invitations(organisation):
    """Invitations nobody has answered yet, newest first. One query."""
    return organisation.invitations.unanswered().select_related("invited_by")


def invitation_by(token):
    """The invitation whose newest mail holds this token, or None. One query."""
    invitations = Invitation.objects.select_related("organisation", "invited_by", "membership__user")
    return invitations.filter(token_digest=digest_of(token)).first()


def mailboxes_of(user):
    """The addresses a person has shown to be theirs, in lower case: the account's own and further verified ones.

    One query.
    """
    verified = user.emailaddress_set.filter(verified=True).values_list("email", flat=True)
    return {user.email.lower(), *(email.lower() for email in verified)}
