"""The mail copy of a message: plain text and simple HTML, with nothing in it that a mail server may not read."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse


def mail_of(message):
    """The copy, ready to send. Its Message-ID never changes, so that a copy sent twice is known as one."""
    context = {
        "text": message.copy_text,
        "nature": message.nature,
        "url": settings.SITE_URL + (message.link or reverse("inbox")),
        "settings_url": settings.SITE_URL + reverse("inbox_settings"),
        "site_url": settings.SITE_URL,
        "portal_name": settings.PORTAL_NAME,
        "department_name": settings.DEPARTMENT_NAME,
        "hotline": settings.HOTLINE,
        "title": message.title,
    }
    subject = f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{message.nature.label}：{message.title}"
    headers = {
        "Message-ID": f"<message.{message.pk}@{urlsplit(settings.SITE_URL).hostname}>",
        "Auto-Submitted": "auto-generated",
    }
    text = render_to_string("enterprises/notifications/copy.txt", context)
    mail = EmailMultiAlternatives(subject, text, settings.DEFAULT_FROM_EMAIL, [message.user.email], headers=headers)
    mail.attach_alternative(render_to_string("enterprises/notifications/copy.html", context), "text/html")
    return mail
