"""Two colleagues at the papers at once. Every guard has a twin that switches it off and must see the damage."""

import pytest

from awards.applications import actions as applying
from awards.applications import paper_actions, stamping
from awards.applications.queries import present_content
from awards.models import Printout
from foshan_quality.lib import clock
from tests import given
from tests.threads import at_once, kinds, slow_inside, without_row_locks


@pytest.fixture
def draft(committed):
    with clock.at(given.SPRING):
        yield given.empty_draft(given.open_edition(), given.organisation())


@pytest.fixture
def people(draft):
    return [given.owner_of(draft.organisation), given.colleague_of(draft.organisation)]


def upload_to_a_line_for_one(draft, people):
    acts = [
        lambda by=by: applying.add_document(draft, by=by, kind="credit_report", upload=given.upload()) for by in people
    ]
    return at_once(*acts), draft.documents.filter(removed_at=None).count()


def test_a_line_for_one_file_takes_one_of_two_at_once(draft, people):
    outcomes, kept = upload_to_a_line_for_one(draft, people)

    assert (kinds(outcomes), kept) == (["Refused", "done"], 1)


def test_twin_without_the_lock_it_takes_both(draft, people, monkeypatch):
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, applying, "queue_pages")

    outcomes, kept = upload_to_a_line_for_one(draft, people)

    assert (kinds(outcomes), kept) == (["done", "done"], 2)


def bring_the_stamped_page(draft, people):
    code = stamping.code_of(present_content(draft)[1])
    acts = [
        lambda by=by: paper_actions.upload_scan(draft, by=by, code=code, upload=given.upload("签章页.pdf"))
        for by in people
    ]
    return at_once(*acts), draft.stamped_scans.filter(removed_at=None).count()


def test_of_two_stamped_pages_at_once_the_later_counts(draft, people):
    outcomes, counting = bring_the_stamped_page(draft, people)

    assert (kinds(outcomes), counting) == (["done", "done"], 1)


def test_twin_without_the_lock_both_count(draft, people, monkeypatch):
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, paper_actions, "queue_pages")

    outcomes, counting = bring_the_stamped_page(draft, people)

    assert (kinds(outcomes), counting) == (["done", "done"], 2)


def ask_for_the_book(draft, people):
    return at_once(*(lambda by=by: paper_actions.request_book(draft, by=by) for by in people))


def test_two_who_ask_at_once_get_one_book(draft, people):
    outcomes = ask_for_the_book(draft, people)

    assert (kinds(outcomes), Printout.objects.count()) == (["done", "done"], 1)


def test_twin_without_lock_and_key_the_book_is_drawn_twice(draft, people, committed, monkeypatch):
    committed.without(Printout, "one_printout_for_each_content")
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, paper_actions.audit, "record")

    outcomes = ask_for_the_book(draft, people)

    assert (kinds(outcomes), Printout.objects.count()) == (["done", "done"], 2)
