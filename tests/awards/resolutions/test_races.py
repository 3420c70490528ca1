"""An objection comes in at the last moment while the approval is confirmed. The twin switches the guard off."""

from datetime import datetime, time, timedelta
from threading import Event

import pytest
from django.utils.timezone import make_aware

from awards.models import Honour, Objection
from awards.publicity import actions as publicising
from awards.resolutions import actions as resolving
from foshan_quality.lib import clock
from tests import given
from tests.steps import state_of
from tests.threads import PATIENCE, at_once, kinds, until

SMALL = {"firms": 1, "experts": 1, "members": 1, "experts_per_application": "1"}


@pytest.fixture
def race(committed, monkeypatch):
    """Both acts: the objection in the last minute of the period, the confirmation while it is being taken in."""
    season = given.walk_to("publicised", **SMALL)
    [application] = season.applications
    with clock.at(given.AFTER_NOTICE):
        entered = given.resolution_of(season)
    last_minute = make_aware(datetime.combine(season.notice.last_day, time(23, 59)))
    coming, confirmed, take_in = Event(), Event(), publicising._take_in

    def slowly(*args, **kwargs):
        coming.set()
        until(confirmed)
        return take_in(*args, **kwargs)

    def object_late():
        with clock.at(last_minute):
            return given.objection_to(application, season.notice)

    def confirm():
        coming.wait(PATIENCE)
        with clock.at(last_minute + timedelta(minutes=2)):
            done = resolving.confirm(entered, by=season.second)
        confirmed.set()
        return done

    monkeypatch.setattr(publicising, "_take_in", slowly)
    return application, [object_late, confirm]


def test_an_objection_on_its_way_in_is_waited_for(race):
    application, acts = race

    outcomes = at_once(*acts)

    assert kinds(outcomes) == ["Refused", "done"]
    assert (state_of(application), Honour.objects.count(), Objection.objects.count()) == ("publicised", 0, 1)


def test_twin_without_the_held_list_somebody_objected_to_in_time_is_honoured(race, monkeypatch):
    application, acts = race
    monkeypatch.setattr(resolving, "hold_list", lambda edition: None)

    outcomes = at_once(*acts)

    assert kinds(outcomes) == ["done", "done"]
    assert (state_of(application), Objection.objects.get().state) == ("honoured", "received")


def test_a_candidate_struck_while_it_is_confirmed_is_no_winner(committed):
    """Whoever is first, both acts end well: struck, and never honoured."""
    season = given.walk_to("publicised", **SMALL | {"firms": 2})
    free, examined = season.applications
    objection = given.heard(given.objection_to(examined, season.notice), by=season.secretary)
    with clock.at(given.AFTER_NOTICE):
        publicising.propose_finding(objection, by=season.secretary, outcome="upheld", finding="属实。")
        entered = given.resolution_of(season, names=[free.organisation.name])

        outcomes = at_once(
            lambda: resolving.confirm(entered, by=season.second),
            lambda: publicising.uphold(objection, by=season.second),
        )

    assert kinds(outcomes) == ["done", "done"]
    assert (state_of(free), state_of(examined)) == ("honoured", "struck")
