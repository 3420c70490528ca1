from . import loading
from .catalogue import default_catalogue
from .models import CalendarDay, Edition


def calendar():
    """The whole working calendar as {day: is_working}. One query."""
    return dict(CalendarDay.objects.values_list("day", "is_working"))


def public_editions():
    """Editions whose call is public, newest first, with their programme. One query."""
    return Edition.objects.public().select_related("programme__honour_kind", "rubric")


def default_settings():
    """The rule values an edition starts from, before staff settle them. No query."""
    return loading.default_settings()


def catalogue_of(edition):
    """The papers an edition asks for, in order; the default ones without an edition. One query, the first time."""
    return edition.papers if edition else default_catalogue()


def default_conditions():
    """The conditions of the self-check before staff settle them. No query."""
    return loading.default_conditions()
