"""Two officers at once. Every guard has a twin that switches it off and must see the damage."""

import pytest

from awards.models import DistrictReview
from awards.screening import actions as screening
from enterprises.audit import actions as audit
from foshan_quality.lib import clock
from tests import given
from tests.threads import at_once, kinds, slow_inside, without_row_locks

TIMES = 10


@pytest.fixture
def edition(committed):
    """An open call in spring, seen by every connection."""
    with clock.at(given.SPRING):
        yield given.open_edition()


def handed_in(edition):
    return given.submitted(given.complete_draft(edition, given.organisation()))


def answer_and_recommend(review, officer):
    name = review.application.edition.checklist_items.get(key="name")
    return at_once(
        lambda: screening.recommend(review, by=officer, reason="同意推荐。"),
        lambda: screening.answer(review, by=officer, answers={name.pk: ("unmet", "", "印章名称不同。")}),
    )


def is_recommended_in_spite_of_itself(review):
    review.refresh_from_db()
    return review.state == "recommended" and review.answers.filter(answer="unmet").exists()


def test_an_answer_that_meets_the_recommendation_is_weighed_or_refused(edition):
    officer, application = given.district_officer(), handed_in(edition)
    review = given.answered(given.begun_review(application, by=officer), by=officer)
    clear = given.all_clear(review)

    for _ in range(TIMES):
        outcomes = answer_and_recommend(review, officer)

        assert kinds(outcomes) in (["Refused", "done"], ["WrongState", "done"])
        assert not is_recommended_in_spite_of_itself(review)
        if review.state == "recommended":
            review = screening.correct(review, by=officer, reason="再来。")
        screening.answer(review, by=officer, answers=clear)


def test_twin_without_locks_a_firm_is_recommended_that_does_not_meet_the_list(edition, monkeypatch):
    officer, application = given.district_officer(), handed_in(edition)
    review = given.answered(given.begun_review(application, by=officer), by=officer)
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, audit, "record")

    outcomes = answer_and_recommend(review, officer)

    assert kinds(outcomes) == ["done", "done"]
    assert is_recommended_in_spite_of_itself(review)


def test_two_officers_who_begin_at_once_have_one_review(edition):
    officer = given.district_officer()

    for turn in range(1, TIMES + 1):
        application = handed_in(edition)
        outcomes = at_once(*[lambda a=application: screening.begin(a, by=officer)] * 2)

        assert kinds(outcomes) == ["WrongState", "done"]
        assert DistrictReview.objects.count() == turn


def test_twin_without_lock_and_keys_a_dossier_has_two_reviews(edition, committed, monkeypatch):
    officer, application = given.district_officer(), handed_in(edition)
    screening.adopt_items(edition, by=given.secretary())
    committed.without(DistrictReview, "one_district_review_per_version")
    committed.without_index("one_open_district_review")
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, clock, "now")

    outcomes = at_once(*[lambda: screening.begin(application, by=officer)] * 2)

    assert kinds(outcomes) == ["done", "done"]
    assert DistrictReview.objects.count() == 2
