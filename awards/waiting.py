"""Which 待办 still wait to be done, told from the records themselves. The catalogue of messages names these queries.

Each takes the matters of messages and gives those that wait, in one query. A matter begins with the key of
its record; what follows tells one telling from the next.
"""

from awards.applications.models import Application
from awards.consensus.models import Consensus
from awards.decisions.meeting_models import Meeting
from awards.experts.models import Engagement
from awards.panels.models import PanelProposal
from awards.process import State
from awards.publicity.models import Statement
from awards.reviews.models import Assignment
from awards.revocations.models import Revocation
from awards.subsidies.clawbacks.models import Clawback
from awards.subsidies.models import Disbursement


def returned(matters):
    """Dossiers sent back that have not been handed in again. One query."""
    return _of(matters, Application.objects.filter(state=State.RETURNED))


def unscored(matters):
    """Review tasks without declaration or score sheet. One query."""
    open_states = [Assignment.State.ASSIGNED, Assignment.State.SITTING]
    return _of(matters, Assignment.objects.filter(state__in=open_states))


def unscored_of_proposal(matters):
    """Review tasks given together (proposal-expert) of which one at least is without a score sheet. Two queries."""
    keys = {matter: tuple(int(part) for part in matter.split("-")) for matter in matters}
    editions = dict(PanelProposal.objects.filter(pk__in={p for p, _e in keys.values()}).values_list("pk", "edition_id"))
    open_states = [Assignment.State.ASSIGNED, Assignment.State.SITTING]
    seats = Assignment.objects.filter(state__in=open_states, expert__in={e for _p, e in keys.values()})
    waiting = set(seats.values_list("application__edition_id", "expert_id"))
    return {matter for matter, (proposal, expert) in keys.items() if (editions.get(proposal), expert) in waiting}


def unanswered_invitations(matters):
    """Invitations to review that are neither answered nor ended. One query."""
    return _of(matters, Engagement.objects.filter(state=Engagement.State.INVITED))


def open_consensus(matters):
    """Consensus talks that are not closed. One query."""
    return _of(matters, Consensus.objects.filter(state=Consensus.State.OPEN))


def unanswered_revocations(matters):
    """Honours to be taken back about which the holder may still speak and has not. One query."""
    open_ones = Revocation.objects.filter(state=Revocation.State.TOLD, statements=None)
    return _of(matters, open_ones)


def meetings_to_come(matters):
    """Meetings of the committee that have not begun to vote. One query."""
    return _of(matters, Meeting.objects.filter(state=Meeting.State.CALLED))


def unanswered_statements(matters):
    """Statements asked for that are neither given nor overtaken by the decision. One query."""
    return _of(matters, Statement.objects.filter(answered_at=None, objection__state="received"))


def returned_payments(matters):
    """Payments that came back and have not been prepared anew. One query."""
    anew = Disbursement.objects.exclude(state=Disbursement.State.CANCELLED)
    came_back = Disbursement.objects.filter(state=Disbursement.State.RETURNED)
    return _of(matters, came_back.exclude(replacements__in=anew))


def open_repayments(matters):
    """Sums owed back that have not come in whole. One query."""
    return _of(matters, Clawback.objects.outstanding())


def _of(matters, records):
    """The matters whose record is among these."""
    keys = {matter: _key(matter) for matter in matters}
    found = set(records.filter(pk__in=[key for key in keys.values() if key]).values_list("pk", flat=True))
    return {matter for matter, key in keys.items() if key in found}


def _key(matter):
    """The record's key: 12 of 12, 12-3 and payment-12."""
    return next((int(part) for part in matter.split("-") if part.isdigit()), None)
