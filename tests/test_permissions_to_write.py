"""Every form of the portal, handed in by everybody; who opens which page is tests/test_permissions.py."""

import pytest

from tests.permissions.crawl import browser, handed_in, surprises
from tests.permissions.everybody import (
    folders_of_the_file,
    known_addresses,
    known_cookies,
    known_people,
    one_world,
    plain_refusals,
    undone,
)
from tests.permissions.hostile import VALUES, WORST, sent_anywhere, sent_to, unlawful
from tests.permissions.policy import APPLICANTS, EVERYBODY, PAGES, PUBLIC, Page

__all__ = ["folders_of_the_file", "known_addresses", "known_cookies", "known_people", "one_world"]
__all__ += ["plain_refusals", "undone"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("actor", sorted(EVERYBODY))
def test_each_person_hands_in_only_what_the_policy_allows_and_a_refusal_writes_nothing(world, actor):
    visits = handed_in(world, PAGES, actor)

    assert surprises(visits, Page.written_by, actor) == []
    assert [(str(page), v.written) for page, v in visits.items() if v.written and v.answer != "in"] == []


def test_whatever_a_stranger_sends_to_a_public_page_is_answered_with_a_page_or_a_refusal(world):
    client = browser(world, "anonymous")

    assert unlawful(sent_to(world, client, [page for page in PUBLIC if page.opens], VALUES)) == {}
    assert unlawful(sent_anywhere(client)) == {}


def test_whatever_a_firms_owner_sends_to_the_own_pages_is_answered_with_a_page_or_a_refusal(world):
    own = {(page.route, *page.more): page for page in APPLICANTS if "owner" in page.opens}

    assert unlawful(sent_to(world, browser(world, "owner"), own.values(), WORST)) == {}
