from dataclasses import dataclass
from decimal import Decimal

from awards.process import State
from awards.rubric.queries import items_of
from foshan_quality.lib.memory import collector_at_rest

from . import account
from .inputs import phase_parts, sheets_now
from .models import Ranking, Recusal


@dataclass(frozen=True)
class Choice:
    """One shortlisted application as one member may vote on it; `recusal` says why not."""

    application: object
    recusal: str


def newest_ranking(edition, kind=Ranking.Kind.REVIEW):
    """The ranking of this kind in use, or None before one has been made. One query."""
    return Ranking.objects.filter(edition=edition, kind=kind).select_related("edition__rubric").first()


@collector_at_rest()
def recomputed(ranking, shown=None):
    """Why the ranking must not be relied on: its own marks, the sheets' present ones, or its parts come to something
    else. None for a ranking from before rankings kept their marks. Two queries, more with parts.

    With `shown` the present sheets of these places only are read, for a page about them.
    """
    if ranking.rule_version == "1":
        return []
    rows = ranking.rows if shown is None else shown
    problems = account.differences(ranking.rows, ranking.scheme, ranking.digest)
    return problems + _drifted(ranking, rows)


def recomputed_alone(ranking, rows):
    """The same of these places and nothing else: what a place has to do with all the others is left out, and the
    ranking is not read. Two queries, more with parts."""
    if ranking.rule_version == "1":
        return []
    return account.own_differences(rows, ranking.scheme) + _drifted(ranking, rows)


def _drifted(ranking, rows):
    keys = [sheet["sheet"] for row in rows for sheet in row["sheets"]]
    problems = account.drifted(rows, sheets_now(keys, items_of(ranking.edition.rubric)))
    if any(row["is_given"] for row in rows):
        totals = {row["application"]: tuple(Decimal(s["total"]) for s in row["sheets"]) for row in rows}
        now = phase_parts(ranking.edition, totals, is_final=ranking.kind == Ranking.Kind.OVERALL)
        problems += account.parts_drifted(rows, now)
    return problems


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
