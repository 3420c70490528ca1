from dataclasses import dataclass

from awards.process import State

from .models import Recusal


@dataclass(frozen=True)
class Choice:
    """One shortlisted application as one member may vote on it; `recusal` says why not."""

    application: object
    recusal: str


def candidates(meeting):
    """The shortlisted applications of the meeting's edition, by number. One query."""
    return list(
        meeting.edition.applications.filter(state=State.SHORTLISTED).select_related("organisation").order_by("number")
    )


def ballot_paper(meeting, member):
    """What this member may vote on, each with the recusal recorded, if any. Two queries."""
    recusals = Recusal.objects.filter(attendance__meeting=meeting, attendance__member=member)
    reasons = dict(recusals.values_list("application_id", "reason"))
    return [Choice(application, reasons.get(application.pk, "")) for application in candidates(meeting)]


def attendance_of(meeting):
    """Who attends, and whether the ballot was cast; never what it said. One query."""
    return list(meeting.attendances.select_related("member").order_by("member__name", "pk"))


def recusals_of(meeting):
    """The recusals recorded for the meeting. One query."""
    return list(
        Recusal.objects.filter(attendance__meeting=meeting)
        .select_related("attendance__member", "application__organisation")
        .order_by("application__number", "pk")
    )


def places_left(meeting):
    """How many a ballot may approve: the quota less what earlier meetings proposed. Two queries."""
    edition = meeting.edition
    return edition.settled["quota"] - edition.applications.filter(state=State.PROPOSED).count()


def counted_receipts(meeting):
    """The receipts of the ballots counted, in their random order; none before the count. One query."""
    return list(meeting.ballots.values_list("receipt", flat=True)) if meeting.state == meeting.State.COUNTED else []
