from awards.process import State
from awards.publicity.models import Notice

from .comparing import Candidate


def candidates(edition):
    """The proposed list after its notice: registered names of today, and those the notices gave. Two queries."""
    publicised = edition.applications.filter(state=State.PUBLICISED).select_related("organisation").order_by("number")
    aliases = {}
    for names in edition.notices.filter(state=Notice.State.PUBLISHED).values_list("names", flat=True):
        for row in names:
            aliases.setdefault(row["application"], set()).add(row["name"])
    return [
        Candidate(a.pk, a.organisation.name, tuple(sorted(aliases.get(a.pk, set()) - {a.organisation.name})))
        for a in publicised
    ]
