from dataclasses import dataclass
from fractions import Fraction

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.timezone import localdate

from awards.applications.models import Answer
from awards.applications.sections import PROFILE
from awards.experts.conflicts import Judge, all_conflicts, since
from awards.experts.queries import applicants_of
from awards.process import State
from awards.programmes.rules import TIED
from enterprises.memberships.models import Membership

from . import box, voting
from .meeting_models import Attendance, CommitteeTerm, Meeting, Recusal, Round, Slip, Voter
from .models import Ranking

SUMMARY = ("main_products", "employees", "management_system", "past_honours", "overview")
OLD_RULES = {"vote_rounds": 2, "next_round": TIED, "places_shown": True}  # editions settled before these were rules
HOLDS_A_PLACE = {State.PROPOSED, State.PUBLICISED, State.HONOURED}


@dataclass(frozen=True)
class OnBallot:
    """One candidate as one member may vote on it; `recusal` says why not."""

    application: object
    recusal: str


@dataclass(frozen=True)
class Summary:
    """What members read of one candidate: who it is, its own words, its place; nobody's opinion."""

    application: object
    texts: list
    place: dict | None


def rules_of(meeting):
    """The rules of the meeting's edition, with those that older editions lack. One query, the first time."""
    return OLD_RULES | meeting.edition.settled


def candidates(meeting):
    """The shortlisted applications of the meeting's edition, by number. One query."""
    return list(
        meeting.edition.applications.filter(state=State.SHORTLISTED).select_related("organisation").order_by("number")
    )


def attending(meeting):
    """Who is there and a member on that day, in the order of the call. One query."""
    terms = CommitteeTerm.objects.on(meeting.held_on).values("member")
    here = meeting.attendances.filter(presence=Attendance.Presence.PRESENT, member__in=terms)
    return list(here.select_related("member").order_by("pk"))


@dataclass(frozen=True)
class Quorum:
    """Who is there of all members on the day, and whether that is enough."""

    members: int
    here: int
    is_reached: bool
    share: Fraction

    @property
    def said(self):
        """Why nobody can vote yet, where the quorum is not reached."""
        return f"全体评委 {self.members} 人，出席 {self.here} 人，未达到 {self.share} 的法定人数"


def quorum_of(meeting):
    """The quorum as it is now. Three queries."""
    members = CommitteeTerm.objects.on(meeting.held_on).values("member").distinct().count()
    here, share = len(attending(meeting)), rules_of(meeting)["quorum"]
    return Quorum(members, here, voting.quorum_reached(here, members, share), share)


def voters_awaited(meeting):
    """How many on the open round's roll are there and have not voted. One query."""
    awaited = Voter.objects.filter(round__meeting=meeting, round__state=Round.State.OPEN, has_voted=False)
    return awaited.filter(attendance__presence=Attendance.Presence.PRESENT).count()


SEATS = Prefetch("attendances", Attendance.objects.select_related("member").order_by("member__name", "pk"))


def attendance_of(meeting):
    """Everybody called, the chair first, whether they came and why not. One query, none for a meeting read with
    `SEATS`."""
    prefetch_related_objects([meeting], SEATS)
    order = {post: place for place, post in enumerate(CommitteeTerm.Post)}
    return sorted(meeting.attendances.all(), key=lambda seat: order[CommitteeTerm.Post(seat.post)])


def roll_of(vote):
    """Who may vote in a round, and whether the ballot was cast; never what it said. One query."""
    return list(vote.voters.select_related("attendance__member").order_by("attendance__member__name", "pk"))


def recusals_of(meeting):
    """The recusals recorded for the meeting. One query."""
    return list(
        Recusal.objects.filter(attendance__meeting=meeting)
        .select_related("attendance__member", "application__organisation")
        .order_by("application__number", "pk")
    )


def rounds_of(meeting):
    """The rounds in their order, without what is sealed. One query."""
    return list(meeting.rounds.defer("box", "salt"))


def open_round(meeting):
    """The round under way, or None. One query."""
    return meeting.rounds.defer("box", "salt").filter(state=Round.State.OPEN).first()


def ballot_paper(vote, member):
    """What this member may vote on in the round, each with the recusal recorded, if any. Two queries."""
    recusals = Recusal.objects.filter(attendance__meeting=vote.meeting_id, attendance__member=member)
    reasons = dict(recusals.values_list("application_id", "reason"))
    keys = [row["application"] for row in vote.candidates]
    found = vote.meeting.edition.applications.filter(pk__in=keys).select_related("organisation").order_by("number")
    return [OnBallot(application, reasons.get(application.pk, "")) for application in found]


def places_left(meeting):
    """How many of the edition's places the meeting may give away. Three queries."""
    edition = meeting.edition
    return freed_places(edition) if was_voted_on(edition) else edition.settled["quota"] - _held(edition)


def was_voted_on(edition):
    """Whether a released meeting has voted on the edition, so that any other is about freed places. One query."""
    return edition.meetings.filter(state=Meeting.State.RELEASED).exists()


def freed_places(edition):
    """How many of the places that the first vote gave away nobody holds any more. What it left vacant stays vacant.
    Two queries."""
    first = edition.meetings.filter(state=Meeting.State.RELEASED).order_by("pk").first()
    given = sum(row["proposed"] for row in first.result["rows"]) if first else 0
    return given - _held(edition)


def _held(edition):
    return edition.applications.filter(state__in=HOLDS_A_PLACE).count()


def passed_over(edition):
    """The applications that a released vote did not propose and that stand where it left them. Two queries."""
    released = edition.meetings.filter(state=Meeting.State.RELEASED).values_list("result", flat=True)
    keys = {row["application"] for result in released for row in result["rows"] if not row["proposed"]}
    return edition.applications.filter(state=State.NOT_PROPOSED, pk__in=keys)


def recount(vote):
    """The round's result worked out from its slips: rows, who is due again, and why the slips cannot be right.

    Three queries. A candidate that has left the shortlist before the count is counted and does not pass.
    """
    slips = list(vote.slips.values_list("application_id", "choice"))
    keys = [row["application"] for row in vote.candidates]
    roll = list(vote.voters.values_list("has_voted", "recused"))
    recused = {key: sum(key in barred for _voted, barred in roll) for key in keys}
    among_voted = {key: sum(voted and key in barred for voted, barred in roll) for key in keys}
    barred = _barred(vote)
    outcomes = voting.count(
        keys,
        [slip for slip in slips if slip[0] in recused],
        attending=len(roll),
        recused=recused,
        share=Fraction(vote.rules["votes_needed"]),
        quota=vote.places,
        barred=barred,
    )
    return {
        "rows": [_row(named, outcome, barred) for named, outcome in zip(vote.candidates, outcomes, strict=True)],
        "next": voting.next_candidates(outcomes, vote.places, vote.rules["next_round"], barred),
        "problems": voting.unsound(slips, vote.cast, among_voted, keys, vote.places),
        "issued": len(roll),
        "returned": vote.cast,
    }


def _barred(vote):
    """Who has left the shortlist: as stored once the round is counted, as it is now before."""
    if vote.result:
        return frozenset(row["application"] for row in vote.result["rows"] if row["is_out"])
    keys = {row["application"] for row in vote.candidates}
    still = vote.meeting.edition.applications.filter(pk__in=keys, state=State.SHORTLISTED)
    return frozenset(keys - set(still.values_list("pk", flat=True)))


def _row(named, outcome, barred):
    return named | {
        "yes": outcome.yes,
        "no": outcome.no,
        "abstained": outcome.abstained,
        "base": outcome.base,
        "needed": outcome.needed,
        "passed": outcome.passed,
        "proposed": outcome.proposed,
        "is_out": outcome.candidate in barred,
    }


def slips_by_candidate(vote):
    """Every slip of a counted round under its candidate, in the order of the codes. One query."""
    found = {row["application"]: [] for row in vote.candidates}
    for slip in Slip.objects.filter(round=vote):
        found[slip.application_id].append(slip)
    return [(row, found[row["application"]]) for row in vote.candidates]


def slips_of_receipt(vote, receipt):
    """What a receipt finds in a counted round: each candidate with its slip, or None for a recusal. One query."""
    codes = {box.code_of(receipt, vote.name, row["number"]): row for row in vote.candidates}
    found = {slip.code: slip for slip in Slip.objects.filter(round=vote, code__in=codes)}
    return [(row, code, found.get(code)) for code, row in codes.items()] if found else []


def places_shown(meeting):
    """The places members may see: {application: row} of the overall ranking or the review's, or nothing where the
    edition's rules hide them. Two queries."""
    if not rules_of(meeting)["places_shown"]:
        return {}
    kinds = [Ranking.Kind.OVERALL, Ranking.Kind.REVIEW]  # in the order of their words
    ranking = meeting.edition.rankings.filter(kind__in=kinds).order_by("kind", "-pk").first()
    return {row["application"]: row for row in ranking.rows} if ranking else {}


def summary_of(meeting, application):
    """One candidate's summary page. Three queries."""
    said = dict(Answer.objects.filter(application=application, key__in=SUMMARY).values_list("key", "text"))
    labels = {field.key: field.label for field in PROFILE}
    texts = [(labels[key], said[key]) for key in SUMMARY if said.get(key)]
    return Summary(application, texts, places_shown(meeting).get(application.pk))


def derived_conflicts(meeting, attendances, applications):
    """What the portal knows of ties between these members and candidates, {(attendance, application): reasons}: the
    employer entered with the term, memberships, telephones. Six queries."""
    people = {attendance.member_id: attendance for attendance in attendances}
    terms = CommitteeTerm.objects.on(meeting.held_on).filter(member__in=people)
    employers = dict(terms.values_list("member", "employer"))
    belonging = {}
    for member, organisation in Membership.objects.filter(user__in=people, ended_at=None).values_list(
        "user", "organisation"
    ):
        belonging.setdefault(member, set()).add(organisation)
    judges = {
        key: Judge(
            name=str(a.member),
            employer=employers.get(key, ""),
            organisations=frozenset(belonging.get(key, ())),
            phone=a.member.phone,
        )
        for key, a in people.items()
    }
    by_organisation = {a.organisation_id: a for a in applications}
    applicants = applicants_of([a.organisation for a in applications])
    years = meeting.edition.settled.get("conflict_look_back", 3)
    found = all_conflicts(judges, applicants, since(localdate(meeting.edition.opens_at), years))
    return {(people[member], by_organisation[key]): reasons for (member, key), reasons in found.items()}
