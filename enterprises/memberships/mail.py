"""The mail of an invitation. The only place where the token exists in the clear."""

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse


def send(invitation, token):
    """Hand the mail to the mail server; raises what the server or the line raises."""
    context = {
        "invitation": invitation,
        "url": settings.SITE_URL + reverse("invitation", args=[token]),
        "portal_name": settings.PORTAL_NAME,
        "hotline": settings.HOTLINE,
    }
    text = render_to_string("enterprises/memberships/invitation_mail.txt", context)
    subject = f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{invitation.organisation}邀请您加入"
    send_mail(" ".join(subject.split()), text, settings.DEFAULT_FROM_EMAIL, [invitation.email])
