"""What is put back is what was walked, and whatever might make a difference makes a builder walk."""

import pytest

from foshan_quality import lib
from foshan_quality.lib import clock
from tests import given, phases
from tests.kept import ground, kept, lines, settings_changed, stored, tables
from tests.steps import trial

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def may_put_back(monkeypatch):
    """Also with WALK=1."""
    monkeypatch.setattr(ground, "may_put_back", True)
    ground.straight = ground.bent()


def as_in_a_new_test():
    ground.transaction = None


@pytest.mark.parametrize(
    "build", [lambda: given.walk_to("honoured", quorum="1/7"), lambda: phases.shortlisted(experts=2)]
)
def test_every_row_and_file_and_what_is_returned_come_back(build):
    seen = []

    for _ in range(2):
        with trial():
            season = build()
            seen.append((lines(tables()), stored(), vars(season) | {"applications": season.applications}))
        as_in_a_new_test()

    assert seen[0] == seen[1]


def test_what_is_returned_is_a_copy_of_its_own():
    with trial():
        made = kept(given.person)("某甲")
    as_in_a_new_test()

    again = kept(given.person)("某甲")

    assert made == again
    assert made is not again


def test_after_a_write_of_the_test_builders_walk():
    assert ground.stand() == ()

    given.person()

    assert ground.stand() is None


def test_after_something_was_undone_builders_walk():
    with trial():
        kept(given.person)("某乙")

    assert ground.stand() is None


def test_with_something_patched_or_a_setting_changed_builders_walk(monkeypatch, settings):
    with monkeypatch.context() as patch:
        settings.HOTLINE = "12345"
        assert (settings_changed(), ground.stand()) == (True, None)
        del settings.HOTLINE
        patch.setattr(lib, "invented", 1, raising=False)

    monkeypatch.setattr(lib, "invented", 1, raising=False)

    assert ground.stand() is None


def test_the_moment_of_the_clock_is_part_of_the_ground():
    with clock.at(given.SPRING):
        kept(given.person)("某丙")
    steps = ground.steps
    as_in_a_new_test()

    with clock.at(given.REVIEW):
        ground.stand(), kept(given.person)("某丙")

    assert steps != ground.steps
