from django.db.models import Exists, OuterRef

from awards.applications.models import Application
from awards.process import State
from awards.programmes.models import Edition
from awards.publicity.models import Notice
from awards.publicity.queries import frozen, ready, still_on_notice
from foshan_quality.lib import clock

from .comparing import Candidate, compare
from .models import Resolution

PUBLICISED = Application.objects.filter(edition=OuterRef("pk"), state=State.PUBLICISED)


def first_in_force(edition):
    """The resolution that awarded the edition, or None. One query."""
    return edition.resolutions.filter(state=Resolution.State.IN_FORCE, supplements=None).first()


def candidates(edition, *, besides=()):
    """Whom the next document decides on, by the registered names of today, those `besides` left out. One query."""
    left_to_later = {row["application"] for row in besides}
    return [Candidate(a.pk, a.organisation.name) for a in ready(edition) if a.pk not in left_to_later]


def comparison_of(resolution):
    """The names of an entered document against those it decides on today. One query."""
    return compare(resolution.names, candidates(resolution.edition, besides=resolution.waiting))


def waiting(edition):
    """The candidates an awarded edition has not decided on yet, each with what for, those still examined first. Three
    queries."""
    if edition.state != Edition.State.AWARDED:
        return []
    until = still_on_notice(edition)
    free = [(a, f"公示中，至 {until[a.pk]}" if a.pk in until else "待补充批准") for a in ready(edition)]
    return [(a, "异议核查中") for a in frozen(edition)] + free


def to_be_approved():
    """Editions whose notice is out and that have somebody to be decided on yet, for a document to be entered."""
    at_work = Edition.objects.filter(state__in=[Edition.State.PUBLICITY, Edition.State.AWARDED])
    return at_work.filter(Exists(PUBLICISED)).select_related("programme__honour_kind")


def awaiting_a_supplement(resolutions):
    """Those resolutions whose edition has somebody left who is free to be decided on, no notice running and nothing
    entered."""
    waited = Application.objects.filter(edition=OuterRef("edition"), state=State.PUBLICISED)
    entered = Resolution.objects.filter(edition=OuterRef("edition"), state=Resolution.State.ENTERED)
    free = waited.exclude(objections__state="received")
    running = Notice.objects.open(clock.now()).filter(edition=OuterRef("edition"))
    in_force = resolutions.filter(state=Resolution.State.IN_FORCE, supplements=None)
    return in_force.filter(Exists(free), ~Exists(entered), ~Exists(running))
