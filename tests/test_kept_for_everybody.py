"""What is kept is put back in tests that really commit as well, so long as nobody else can have written."""

import pytest
from django.db import connection

from enterprises.models import User
from tests import given
from tests.committed import committed, sweep_away, swept
from tests.kept import ground, kept
from tests.threads import at_once
from tests.workers import broker, redis_number

__all__ = ["broker", "committed", "redis_number", "swept"]


@pytest.fixture(autouse=True)
def may_put_back(monkeypatch):
    """Also with WALK=1."""
    monkeypatch.setattr(ground, "may_put_back", True)
    ground.straight = ground.bent()


def test_everybody_sees_what_is_put_back(committed):
    seen = []

    for _ in range(2):
        kept(given.person)("某丁")
        seen += at_once(lambda: list(User.objects.values()))
        sweep_away()
        ground.begin(ground.bent)
        ground.commits()

    assert seen[0] == seen[1]
    assert len(seen[0]) == 1


def test_once_another_connection_was_opened_builders_walk(committed):
    kept(given.person)("某戊")
    assert ground.stand() is not None

    at_once(lambda: connection.ensure_connection())

    assert ground.stand() is None
