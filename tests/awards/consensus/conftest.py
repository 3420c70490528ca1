import pytest

from tests import phases
from tests.kept import kept


@pytest.fixture
def season(db):
    """A season with consensus: one case, three experts, every sheet in, the phase begun."""
    return phases.scored()


@pytest.fixture
@kept
def consensus(season):
    """The case's consensus, begun; the experts agree on everything but 4.1.2 and 4.7.2."""
    return phases.talking(season)
