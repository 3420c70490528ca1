from django.db.models import Count, Exists, OuterRef, Q

from awards.process import State
from enterprises.people.models import User

from . import loading
from .catalogue import default_catalogue
from .models import CalendarDay, Edition
from .rules import parse

UNSUBMITTED = {State.DRAFT, State.WITHDRAWN}


def calendar():
    """The whole working calendar as {day: is_working}. One query."""
    return dict(CalendarDay.objects.values_list("day", "is_working"))


def public_editions():
    """Editions whose call is public, newest first, with their programme. One query."""
    return Edition.objects.public().select_related("programme__honour_kind", "rubric")


def told_of_applications(editions):
    """The same editions, each told whether it `has_applications`. No query more."""
    begun = Edition.objects.filter(pk=OuterRef("pk"), applications__isnull=False)
    return editions.annotate(has_applications=Exists(begun))


def in_focus(editions):
    """Of editions as above, newest first, the one a page opens on: with applications, no rehearsal, under review.

    The first of these three that sets them apart decides; the newest where none does, None without any. No query.
    """
    under_review = Edition.State.REVIEW
    return max(editions, key=lambda e: (e.has_applications, not e.is_rehearsal, e.state == under_review), default=None)


def default_settings():
    """The rule values an edition starts from, before staff settle them. No query."""
    return loading.default_settings()


def rules_after_award(edition):
    """The typed rules for what comes years after the award: the edition's own, defaults for those it does not have.

    Editions of before the portal (None) and of before a rule existed go by the reference values. One query.
    """
    values = {key: parse(key, value) for key, (value, *_basis) in default_settings().items()}
    return values | edition.settled if edition else values


def last_window_change(edition):
    """The newest change of the edition's close, or None. One query."""
    return edition.window_changes.first()


def applying_firms(edition):
    """How many firms a change of the close concerns, and how many of them have not submitted. One query."""
    concerned = edition.applications.exclude(state=State.REFUSED)
    counts = concerned.aggregate(all=Count("pk"), unsubmitted=Count("pk", filter=Q(state__in=UNSUBMITTED)))
    return counts["all"], counts["unsubmitted"]


def members_applying(edition):
    """Everybody in a firm that a change of the close concerns. One query."""
    concerned = edition.applications.exclude(state=State.REFUSED).values("organisation")
    return list(User.objects.filter(memberships__organisation__in=concerned, memberships__ended_at=None).distinct())


def catalogue_of(edition):
    """The papers an edition asks for, in order; the default ones without an edition. One query, the first time."""
    return edition.papers if edition else default_catalogue()


def samples_of(edition):
    """The lines of the catalogue that have a form to download, {key: file}. One query."""
    return {line.key: line.sample for line in edition.catalogue.exclude(sample=None).select_related("sample")}


def default_conditions():
    """The conditions of the self-check before staff settle them. No query."""
    return loading.default_conditions()
