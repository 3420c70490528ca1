"""Two workers at once. Every guard has a twin that switches it off and must see the damage."""

import pytest

from awards.letters import actions as lettering
from awards.letters import queries
from awards.models import Letter, LetterSeries
from enterprises.models import User
from foshan_quality.lib import clock
from tests import given
from tests.threads import at_once, kinds, slow_inside, without_row_locks


@pytest.fixture
def screenings(committed):
    """Six acceptances without a letter."""
    with clock.at(given.SPRING):
        by, edition = given.secretary(), given.open_edition()
        yield [
            given.accepted(given.submitted(given.complete_draft(edition, given.organisation())), by=by).screenings.get()
            for _ in range(6)
        ]


def write(screening):
    return lettering.write(screening, by=User.objects.robot())


def test_letters_written_at_once_are_numbered_without_gaps(screenings):
    User.objects.robot()

    outcomes = at_once(*(lambda s=s: write(s) for s in screenings))

    assert kinds(outcomes) == ["done"] * 6
    assert sorted(Letter.objects.values_list("sequence", flat=True)) == [1, 2, 3, 4, 5, 6]


def test_twin_without_lock_and_key_two_letters_have_one_number(screenings, committed, monkeypatch):
    User.objects.robot()
    write(screenings.pop())
    committed.without(Letter, "one_letter_per_number")
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, LetterSeries, "save", parties=5)

    outcomes = at_once(*(lambda s=s: write(s) for s in screenings))

    assert kinds(outcomes) == ["done"] * 5
    assert len(set(Letter.objects.values_list("number", flat=True))) < 6


def test_two_workers_with_one_decision_write_one_letter(screenings):
    User.objects.robot()

    for turn, screening in enumerate(screenings, start=1):
        outcomes = at_once(*[lambda s=screening: write(s)] * 2)

        assert kinds(outcomes) == ["done", "done"]
        assert outcomes[0] == outcomes[1]
        assert (Letter.objects.count(), LetterSeries.objects.get().last) == (turn, turn)


def test_twin_without_lock_and_keys_a_decision_has_two_letters(screenings, committed, monkeypatch):
    User.objects.robot()
    committed.without(Letter, "one_letter_per_number")
    committed.without_index("one_first_letter_per_screening")
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, queries, "kind_of")

    outcomes = at_once(*[lambda: write(screenings[0])] * 2)

    assert kinds(outcomes) == ["done", "done"]
    assert Letter.objects.filter(screening=screenings[0]).count() == 2
