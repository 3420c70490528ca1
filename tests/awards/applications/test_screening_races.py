"""Two people of the secretariat, or one and the applicant, at one instant. Each guard has its twin."""

import pytest

from awards.applications import actions as applying
from awards.applications import screening_actions as screening
from awards.applications.models import Outcome
from awards.models import Screening, ScreeningProposal
from awards.process import State
from foshan_quality.lib import clock
from tests import given
from tests.steps import put, state_of
from tests.threads import Gate, at_once, kinds, slow_inside, without_row_locks

TIMES = 10
OPEN = ScreeningProposal.objects.filter(state="open")


@pytest.fixture
def case(committed):
    """A submitted dossier, its owner and two of the secretariat, seen by every connection."""
    with clock.at(given.SPRING):
        edition = given.open_edition()
        submitted = given.submitted(given.complete_draft(edition, given.organisation()))
        yield submitted, given.owner_of(submitted.organisation), given.secretary(), given.secretary()


def accepted_by(submitted, by):
    return lambda: screening.propose(submitted, by=by, outcome=Outcome.ACCEPTED)


def test_two_who_propose_at_once_leave_one_proposal(case):
    submitted, _owner, first, second = case

    for _ in range(TIMES):
        outcomes = at_once(accepted_by(submitted, first), accepted_by(submitted, second))

        assert kinds(outcomes) == ["WrongState", "done"]
        waiting = OPEN.get()
        screening.take_back(submitted, by=waiting.proposed_by, proposal=waiting.pk)


def test_without_the_lock_the_unique_key_still_leaves_one(case, monkeypatch):
    submitted, _owner, first, second = case
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, screening, "_refuse_unready")

    outcomes = at_once(accepted_by(submitted, first), accepted_by(submitted, second))

    assert kinds(outcomes) == ["IntegrityError", "done"]
    assert OPEN.count() == 1


def test_twin_without_lock_and_key_two_proposals_wait(case, committed, monkeypatch):
    submitted, _owner, first, second = case
    committed.without(ScreeningProposal, "one_open_proposal")
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, screening, "_refuse_unready")

    outcomes = at_once(accepted_by(submitted, first), accepted_by(submitted, second))

    assert kinds(outcomes) == ["done", "done"]
    assert OPEN.count() == 2


def judged(submitted, second, proposal):
    """Confirmed in one window and sent back in another."""
    return at_once(
        lambda: screening.confirm(submitted, by=second, proposal=proposal.pk),
        lambda: screening.send_back(submitted, by=second, proposal=proposal.pk, reason="再核"),
    )


def test_a_proposal_is_confirmed_or_sent_back_and_never_both(case):
    submitted, _owner, first, second = case

    for turn in range(TIMES):
        put(submitted, State.SUBMITTED)
        proposal = accepted_by(submitted, first)()

        outcomes = judged(submitted, second, proposal)

        assert kinds(outcomes) == ["WrongState", "done"], turn
        proposal.refresh_from_db()
        is_in = Screening.objects.filter(proposal=proposal).exists()
        assert (proposal.state, state_of(submitted)) == (
            ("confirmed", State.IN_REVIEW) if is_in else ("sent_back", State.SUBMITTED)
        )


def test_twin_without_the_lock_a_proposal_is_sent_back_and_takes_effect(case, monkeypatch):
    submitted, _owner, first, second = case
    proposal = accepted_by(submitted, first)()
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, screening, "_refuse_author")

    outcomes = judged(submitted, second, proposal)

    assert kinds(outcomes) == ["done", "done"]
    assert (state_of(submitted), Screening.objects.count()) == (State.IN_REVIEW, 1)


def meeting(submitted, owner, second, proposal):
    """The firm takes its dossier back while the second person confirms."""
    return at_once(
        lambda: applying.withdraw(submitted, by=owner),
        lambda: screening.confirm(submitted, by=second, proposal=proposal.pk),
    )


def test_a_dossier_is_taken_back_or_accepted_and_never_both(case):
    submitted, owner, first, second = case

    for turn in range(TIMES):
        put(submitted, State.SUBMITTED)
        proposal = accepted_by(submitted, first)()

        outcomes = meeting(submitted, owner, second, proposal)

        assert kinds(outcomes) == ["WrongState", "done"], turn
        proposal.refresh_from_db()
        assert (state_of(submitted), proposal.state) in {
            (State.WITHDRAWN, "lapsed"),
            (State.IN_REVIEW, "confirmed"),
        }


def test_twin_without_the_lock_a_dossier_is_taken_back_and_accepted(case, monkeypatch):
    submitted, owner, first, second = case
    proposal = accepted_by(submitted, first)()
    without_row_locks(monkeypatch)
    gate = Gate(2)
    for owner_of_it, name in ((applying, "_lapse_proposal"), (screening, "_refuse_author")):
        slow_inside(monkeypatch, owner_of_it, name, gate=gate)

    outcomes = meeting(submitted, owner, second, proposal)

    assert kinds(outcomes) == ["done", "done"]
