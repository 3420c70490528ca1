from awards.process import State

from .comparing import Candidate


def candidates(edition):
    """The proposed list after its notice, by the registered names of today. One query."""
    publicised = edition.applications.filter(state=State.PUBLICISED).select_related("organisation").order_by("number")
    return [Candidate(application.pk, application.organisation.name) for application in publicised]
