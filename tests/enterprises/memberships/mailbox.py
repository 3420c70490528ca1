"""Invitations as they arrive: the mail is sent by the task, and its link is read out of it."""

import re

from django.core import mail
from django.urls import reverse

from enterprises.memberships import actions
from enterprises.memberships.tasks import send_invitation
from foshan_quality.permissions import Relation
from tests import given


def invited(organisation, email, role=Relation.EDITOR):
    """An invitation whose mail has gone out, and the token in the mail."""
    invitation = actions.invite(organisation, by=given.owner_of(organisation), email=email, role=role)
    return invitation, delivered(invitation)


def delivered(invitation):
    """Send the mail and read the token in it."""
    send_invitation(invitation.pk)
    invitation.refresh_from_db()
    return re.search(r"/invitations/([\w-]+)/", mail.outbox[-1].body)[1]


def link(token):
    return reverse("invitation", args=[token])
