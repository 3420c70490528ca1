import logging
from smtplib import SMTPException, SMTPRecipientsRefused

from celery import shared_task

from . import actions, mail
from .models import Invitation

log = logging.getLogger(__name__)


@shared_task
def send_invitation(invitation_id):
    """Send one queued invitation. Woken twice it is sent once; a server that is away is tried again later."""
    token = actions.begin_attempt(invitation_id)
    if token is None:
        return
    invitation = Invitation.objects.select_related("organisation", "invited_by").get(pk=invitation_id)
    try:
        mail.send(invitation, token)
    except SMTPRecipientsRefused:
        log.warning("invitation %s: the mail server refuses the address", invitation_id)
        actions.give_up(invitation, token)
    except (SMTPException, OSError):
        log.exception("invitation %s: attempt %s failed", invitation_id, invitation.attempts)
        if invitation.attempts >= actions.MAX_ATTEMPTS:
            actions.give_up(invitation, token)
    else:
        actions.mark_sent(invitation, token)


@shared_task
def sweep():
    """Wake every invitation whose mail is due; whatever Redis or a worker lost is picked up here."""
    for pk in actions.due_invitations():
        send_invitation.delay(pk)
