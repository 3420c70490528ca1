import logging
from smtplib import SMTPException, SMTPRecipientsRefused

from celery import shared_task
from django.core.mail import get_connection

from foshan_quality.lib.jobs import wake

from . import actions
from .mail import mail_of

log = logging.getLogger(__name__)
AT_A_TIME = 50


@shared_task
def send_copies():
    """Send the mail copies that are due, one after the other over one line.

    Any number of workers may do this at once. When the line fails, the rest waits for the next sweep.
    """
    line = get_connection()
    try:
        for _ in range(AT_A_TIME):
            message = actions.claim_copy()
            if message is None or not _send(message, line):
                return
    finally:
        line.close()
    wake(actions.SEND)


def _send(message, line):
    """Hand one copy over; tells whether the line still serves."""
    try:
        line.open()  # once for all
        line.send_messages([mail_of(message)])
    except SMTPRecipientsRefused:
        log.warning("mail copy %s: the mail server refuses the address", message.pk)
        actions.note_copy_problem(message, "邮件服务器拒收这个地址。", is_final=True)
    except (SMTPException, OSError) as problem:
        log.warning("mail copy %s: attempt %s failed: %s", message.pk, message.copy_attempts, type(problem).__name__)
        actions.note_copy_problem(message, f"邮件没有发出（{type(problem).__name__}），稍后再试。")
        return False
    else:
        actions.mark_copy_sent(message)
    return True
