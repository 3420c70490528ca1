"""Every form of the portal, handed in by everybody; who opens which page is tests/test_permissions.py."""

import pytest

from tests.permissions.crawl import handed_in, surprises
from tests.permissions.everybody import (
    folders_of_the_file,
    known_addresses,
    known_cookies,
    known_people,
    one_world,
    plain_refusals,
    undone,
)
from tests.permissions.policy import EVERYBODY, PAGES, Page

__all__ = ["folders_of_the_file", "known_addresses", "known_cookies", "known_people", "one_world"]
__all__ += ["plain_refusals", "undone"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("actor", sorted(EVERYBODY))
def test_each_person_hands_in_only_what_the_policy_allows_and_a_refusal_writes_nothing(world, actor):
    visits = handed_in(world, PAGES, actor)

    assert surprises(visits, Page.written_by, actor) == []
    assert [(str(page), v.written) for page, v in visits.items() if v.written and v.answer != "in"] == []
