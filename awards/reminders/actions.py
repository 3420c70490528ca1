from datetime import timedelta

from django.db import transaction

from awards.applications.models import Application
from enterprises.notifications.actions import notify
from foshan_quality.lib import clock
from foshan_quality.lib.words import time_left

from .queries import due_reminders, reminder_of, writers_by_firm

LAST_HOURS = timedelta(hours=3)  # before an end: mail about it is sent at night too


def remind():
    """Send every reminder that is due and was not sent. Twice at once it is sent once."""
    for reminder in due_reminders(clock.now()):
        remind_about(reminder.application)


@transaction.atomic
def remind_about(application):
    """Remind the dossier's writers, as long as it is not handed in.

    A dossier that somebody is handing in this very moment is passed by; the next round looks again.
    """
    rows = Application.objects.select_for_update(of=("self",), skip_locked=True).select_related("edition")
    locked, now = rows.filter(pk=application.pk).first(), clock.now()
    reminder = reminder_of(locked, now) if locked else None
    if reminder is None:
        return
    notify(
        writers_by_firm([locked.organisation_id])[locked.organisation_id],
        reminder.kind,
        matter=reminder.matter,
        is_urgent=reminder.end - now <= LAST_HOURS,
        link=locked.get_absolute_url(),
        edition=locked.edition,
        number=locked.number,
        until=reminder.until,
        left=time_left(reminder.end - now),
    )
