"""A freeze and a save at one instant. The guard has a twin that switches it off and must see the damage."""

from threading import Event

import pytest

from awards.models import Assignment, MarkVersion, ScoringFreeze
from awards.reviews import actions as reviewing
from awards.reviews import sheet_actions
from tests import given
from tests.threads import PATIENCE, at_once, until

SMALL = {"firms": 1, "experts": 1, "experts_per_application": "1"}


@pytest.fixture
def seat(committed):
    season = given.walk_to("panelled", **SMALL)
    assignment = Assignment.objects.get()
    reviewing.declare_free(assignment, by=assignment.expert)
    return season, assignment


def race(season, assignment, monkeypatch):
    """A save that has asked whether scoring is frozen waits until the freeze has returned, or waits for the save."""
    asked, frozen, real = Event(), Event(), sheet_actions.keep_marks

    def held(*args, **kwargs):
        asked.set()
        until(frozen)
        return real(*args, **kwargs)

    monkeypatch.setattr(reviewing, "keep_marks", held)

    def freeze():
        asked.wait(PATIENCE)
        sheet_actions.freeze(season.edition, by=season.secretary, reason="疑似泄露")
        kept = MarkVersion.objects.count()
        frozen.set()
        return kept

    def save():
        return reviewing.save_marks(assignment, by=assignment.expert, marks={"4.1.2": (50, "", "")}, version=0)

    kept_at_the_freeze, _saved = at_once(freeze, save)
    return kept_at_the_freeze, MarkVersion.objects.count()


def test_when_a_freeze_returns_no_mark_is_written_any_more(seat, monkeypatch):
    at_the_freeze, afterwards = race(*seat, monkeypatch)

    assert (at_the_freeze, afterwards) == (1, 1)


def test_twin_without_the_shared_hold_a_mark_is_written_after_the_freeze(seat, monkeypatch):
    monkeypatch.setattr(sheet_actions, "hold_together", lambda key: None)

    at_the_freeze, afterwards = race(*seat, monkeypatch)

    assert (at_the_freeze, afterwards) == (0, 1)


def test_two_people_freeze_once(seat):
    season, _assignment = seat

    at_once(
        *(
            lambda by=by: sheet_actions.freeze(season.edition, by=by, reason="急")
            for by in (season.secretary, season.second)
        )
    )

    assert ScoringFreeze.objects.count() == 1
