from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils.timezone import get_default_timezone

from awards.applications.models import Application
from awards.process import State
from awards.programmes.queries import UNSUBMITTED
from enterprises.models import Membership, Message
from foshan_quality.lib.words import paper_date, paper_moment
from foshan_quality.permissions import Relation

from .due import due_lead, matter

WRITERS = [Relation.OWNER, Relation.EDITOR]


@dataclass(frozen=True)
class Reminder:
    """One reminder about one dossier: its kind, the end it is about, in words too, and what makes it this one."""

    application: Application
    kind: str
    end: datetime
    until: str
    matter: str


def reminder_of(application, now):
    """The reminder due about this dossier, or None."""
    end = end_of(application, now)
    lead = due_lead(end, application.edition.settled["reminder_leads"], now) if end else None
    if lead is None:
        return None
    told = matter(application.pk, lead, end)
    if application.state == State.RETURNED:
        return Reminder(application, "correction_near", end, f"{paper_date(application.correct_by)} 24:00", told)
    return Reminder(application, "close_near", end, paper_moment(end), told)


def end_of(application, now):
    """The moment until which this dossier may be handed in, or None when it may not or already is."""
    if application.state == State.RETURNED and application.correct_by:
        return _end_of_day(application.correct_by)
    if application.state in UNSUBMITTED and application.edition.takes_applications(now):
        return application.edition.closes_at
    return None


def _end_of_day(day):
    return datetime.combine(day + timedelta(days=1), time(), get_default_timezone())


def due_reminders(now):
    """Reminders due now about which somebody concerned was not told yet. Four queries, any size."""
    rows = (
        Application.objects.filter(state__in=[*UNSUBMITTED, State.RETURNED])
        .exclude(edition__state="awarded")
        .select_related("edition__programme__honour_kind")
        .prefetch_related("edition__rules")
    )
    due = [reminder for row in rows if (reminder := reminder_of(row, now))]
    told = set(Message.objects.filter(matter__in=[r.matter for r in due]).values_list("user", "kind", "matter"))
    people = writers_by_firm(r.application.organisation_id for r in due)
    return [
        r for r in due if any((user.pk, r.kind, r.matter) not in told for user in people[r.application.organisation_id])
    ]


def writers_by_firm(organisations):
    """Who may write or submit for each of these firms, by its key. One query."""
    people = {key: [] for key in organisations}
    rows = Membership.objects.filter(
        organisation__in=people, role__in=WRITERS, ended_at=None, user__is_active=True
    ).select_related("user")
    for row in rows:
        people[row.organisation_id].append(row.user)
    return people
