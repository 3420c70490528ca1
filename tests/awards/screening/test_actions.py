from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from awards.models import ChecklistItem, DepartmentOpinion, DistrictReview, EditionRule, ItemAnswer
from awards.screening import actions as screening
from awards.screening.loading import default_items
from awards.screening.queries import standing_of
from enterprises.districts import District
from enterprises.models import AuditEvent
from foshan_quality.lib import clock
from foshan_quality.lib.problems import WrongState
from tests import given
from tests.steps import refused, refused_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(db):
    return given.district_officer()


@pytest.fixture
def review(submitted, officer):
    return given.begun_review(submitted, by=officer)


@pytest.fixture
def ready(review, officer):
    return given.answered(review, by=officer)


@pytest.fixture
def decided(ready, officer):
    return screening.recommend(ready, by=officer, reason="同意推荐。")


def last_line():
    event = AuditEvent.objects.latest("seq")
    return event.verb, event.details


def item(review, key):
    return review.application.edition.checklist_items.get(key=key)


# --- the list -----------------------------------------------------------------------------------------


def test_beginning_a_review_gives_the_edition_the_default_items_once(submitted, officer):
    other = given.submitted(given.complete_draft(submitted.edition, given.organisation()))

    first, second = screening.begin(submitted, by=officer), screening.begin(other, by=officer)

    assert [(r.version, r.state, r.begun_by) for r in (first, second)] == [(1, "open", officer)] * 2
    items = [(i.key, i.text, i.is_confirmed) for i in submitted.edition.checklist_items.all()]
    assert items == [(row["key"], row["text"], row["is_confirmed"]) for row in default_items()]
    assert [row["key"] for row in default_items() if not row["document"].strip()] == []
    assert AuditEvent.objects.filter(verb="adopt_checklist").count() == 1


def test_items_are_settled_before_the_first_review_and_then_stand(edition, secretary, submitted, officer):
    [first, *_] = screening.adopt_items(edition, by=secretary)

    changed = screening.set_item(first, by=secretary, text="在本市登记", document="某办法", is_confirmed=True)
    screening.begin(submitted, by=officer)

    assert (changed.text, changed.basis) == ("在本市登记", "某办法")
    with refused("这一届已经开始区级初审，条目不能再修改。没有保存。", untouched=[changed]):
        screening.set_item(changed, by=secretary, text="别的", document="某办法")
    with refused("adopted"):
        screening.adopt_items(edition, by=secretary)


def test_a_district_officer_does_not_settle_the_items(edition, officer):
    with pytest.raises(PermissionDenied):
        screening.adopt_items(edition, by=officer)


# --- answering ----------------------------------------------------------------------------------------


def test_a_second_beginning_is_told_that_the_review_exists(review, officer):
    with pytest.raises(WrongState, match="已经开始"):
        screening.begin(review.application, by=officer)


def test_an_officer_of_another_district_has_no_part_in_it(submitted, review):
    elsewhere = given.district_officer(District.SHUNDE)

    for attempt in (
        lambda: screening.begin(submitted, by=elsewhere),
        lambda: screening.answer(review, by=elsewhere, answers={}),
        lambda: screening.recommend(review, by=elsewhere, reason="同意。"),
        lambda: screening.set_report(review, by=elsewhere, issued_on=given.SPRING.date()),
        lambda: screening.attach_sealed(review, by=elsewhere, upload=given.upload()),
    ):
        with pytest.raises(PermissionDenied):
            attempt()
    assert not DistrictReview.objects.visible_to(elsewhere).exists()


def test_the_city_may_act_where_the_district_has_not(submitted, secretary):
    review = given.recommended(submitted, by=secretary)

    assert (review.state, review.decided_by) == ("recommended", secretary)


def test_answers_keep_the_days_asked_about_and_every_change_is_in_the_trail(review, officer):
    name, safety = item(review, "name"), item(review, "safety")

    screening.answer(
        review,
        by=officer,
        answers={name.pk: ("met", "", ""), safety.pk: ("found", "一般", "2024年5月，一人轻伤。")},
    )
    screening.answer(review, by=officer, answers={name.pk: ("unmet", "", "印章名称不同。")})

    facts = ("item__key", "answer", "level", "note", "looked_from", "looked_to")
    kept = {key: tuple(rest) for key, *rest in review.answers.values_list(*facts)}
    assert kept == {
        "name": ("unmet", "", "印章名称不同。", None, None),
        "safety": ("found", "一般", "2024年5月，一人轻伤。", date(2023, 3, 2), date(2026, 3, 18)),
    }
    assert last_line() == (
        "answer_items",
        {"name": {"before": ["met", "", ""], "after": ["unmet", "", "印章名称不同。"]}},
    )


def test_the_same_answers_again_change_nothing(review, officer):
    answers = {item(review, "name").pk: ("met", "", "")}
    screening.answer(review, by=officer, answers=answers)
    events = AuditEvent.objects.count()

    screening.answer(review, by=officer, answers=answers)

    assert AuditEvent.objects.count() == events


def test_bad_answers_are_refused_all_at_once_and_nothing_is_kept(review, officer):
    name, safety, sampling = (item(review, key) for key in ("name", "safety", "sampling"))
    answers = {
        name.pk: ("unmet", "", " "),
        safety.pk: ("found", "", "有过。"),
        sampling.pk: ("clear", "重大", ""),
        0: ("met", "", ""),
    }

    with refused("note", "level", "level", "unknown", untouched=[review]):
        screening.answer(review, by=officer, answers=answers)

    assert not review.answers.exists()


def test_answers_based_on_an_older_form_are_refused(review, officer, secretary):
    screening.answer(review, by=secretary, answers={item(review, "name").pk: ("met", "", "")}, seen=0)

    with refused("conflict"):
        screening.answer(review, by=officer, answers={item(review, "name").pk: ("unmet", "", "不同")}, seen=0)


def test_reports_and_opinions_from_the_future_are_refused(review, officer):
    tomorrow = given.SPRING.date() + timedelta(days=1)

    with refused("future"):
        screening.set_report(review, by=officer, issued_on=tomorrow)
    with refused("future"):
        screening.add_opinion(review, by=officer, department="某局", opinion="无。", given_on=tomorrow)


def test_a_file_that_is_no_pdf_is_refused_and_nothing_is_entered(review, officer):
    bad = given.upload(content=b"not a PDF")

    with refused("file", untouched=[review]):
        screening.set_report(review, by=officer, issued_on=given.SPRING.date(), upload=bad)
    with refused("file"):
        screening.add_opinion(
            review, by=officer, department="某局", opinion="无。", given_on=given.SPRING.date(), upload=bad
        )
    assert not review.opinions.exists()


def test_an_opinion_entered_by_mistake_is_struck_and_stays(ready, officer):
    [opinion] = ready.opinions.all()

    screening.strike_opinion(ready, by=officer, opinion=opinion)

    opinion.refresh_from_db()
    assert (opinion.struck_by, opinion.struck_at) == (officer, given.SPRING)
    assert last_line() == ("strike_opinion", {"department": "区生态环境部门"})


# --- deciding -----------------------------------------------------------------------------------------


def test_a_recommendation_is_refused_with_everything_that_stands_against_it(review, officer):
    with refused("check", "veto", "report", "not_done", untouched=[review]):
        screening.recommend(review, by=officer, reason="同意推荐。")


def test_a_credit_report_too_old_on_the_day_stops_a_recommendation(ready, officer):
    with clock.at(given.SPRING + timedelta(days=31)), refused("report", "not_done", untouched=[ready]):
        screening.recommend(ready, by=officer, reason="同意推荐。")


def test_a_veto_stops_a_recommendation_and_a_lighter_accident_does_not(ready, officer):
    safety = item(ready, "safety")
    screening.answer(ready, by=officer, answers={safety.pk: ("found", "重大", "事故通报。")})
    with refused("veto", "not_done"):
        screening.recommend(ready, by=officer, reason="同意推荐。")

    screening.answer(ready, by=officer, answers={safety.pk: ("found", "较大", "事故通报。")})

    assert screening.recommend(ready, by=officer, reason="同意推荐。").state == "recommended"


def test_not_recommending_wants_only_its_reason(review, officer):
    with refused("reason", untouched=[review]):
        screening.advise_against(review, by=officer, reason=" ")

    against = screening.advise_against(review, by=officer, reason="存在一票否决事项。")

    assert (against.state, against.reason, against.decided_at) == (
        "not_recommended",
        "存在一票否决事项。",
        given.SPRING,
    )


def test_after_the_decision_everything_is_frozen(decided, officer):
    [opinion], today = decided.opinions.all(), given.SPRING.date()
    for attempt in (
        lambda: screening.answer(decided, by=officer, answers={}),
        lambda: screening.set_report(decided, by=officer, issued_on=today),
        lambda: screening.add_opinion(decided, by=officer, department="某局", opinion="无", given_on=today),
        lambda: screening.strike_opinion(decided, by=officer, opinion=opinion),
        lambda: screening.recommend(decided, by=officer, reason="再次"),
        lambda: screening.advise_against(decided, by=officer, reason="反悔"),
    ):
        with pytest.raises(WrongState):
            attempt()


def test_the_database_too_keeps_the_answers_of_a_decided_review(decided):
    for change in (
        lambda: decided.answers.update(note="改"),
        lambda: decided.opinions.update(opinion="改"),
        lambda: decided.answers.first().delete(),
    ):
        with pytest.raises(IntegrityError, match="a decided review stays as it is"), transaction.atomic():
            change()


def test_a_dossier_that_moved_on_takes_no_more_answers(review, officer, secretary):
    given.accepted(review.application, by=secretary)

    with pytest.raises(WrongState, match="不在初审阶段"):
        screening.answer(review, by=officer, answers={})
    with pytest.raises(WrongState, match="不在初审阶段"):
        screening.advise_against(review, by=officer, reason="迟了")


def test_a_correction_is_a_new_version_with_everything_copied_and_the_old_one_kept(decided, officer):
    fresh = screening.correct(decided, by=officer, reason="部门意见有更新。")

    assert (fresh.version, fresh.state, fresh.corrects_because) == (2, "open", "部门意见有更新。")
    assert fresh.report_issued_on == decided.report_issued_on
    assert fresh.answers.count() == decided.answers.count() == len(default_items())
    assert [o.department for o in fresh.opinions.all()] == ["区生态环境部门"]
    decided.refresh_from_db()
    assert (decided.state, decided.reason) == ("recommended", "同意推荐。")
    again = screening.recommend(fresh, by=officer, reason="仍同意推荐。")
    assert [r.version for r in DistrictReview.objects.decided()] == [again.version, decided.version]


def test_only_the_newest_decided_version_is_corrected_and_never_without_a_reason(decided, officer):
    with refused("reason"):
        screening.correct(decided, by=officer, reason=" ")
    fresh = screening.correct(decided, by=officer, reason="有误。")

    for stale in (decided, fresh):
        with pytest.raises(WrongState, match="不能更正"):
            screening.correct(stale, by=officer, reason="再来。")


def test_the_sealed_letter_is_kept_once_and_only_for_a_recommendation(ready, officer):
    with pytest.raises(WrongState):
        screening.attach_sealed(ready, by=officer, upload=given.upload())
    decided = screening.recommend(ready, by=officer, reason="同意推荐。")

    sealed = screening.attach_sealed(decided, by=officer, upload=given.upload("推荐函.pdf"))

    assert (sealed.sealed_file.name, sealed.sealed_by) == ("推荐函.pdf", officer)
    with pytest.raises(WrongState):
        screening.attach_sealed(sealed, by=officer, upload=given.upload())


# --- what the city sees -------------------------------------------------------------------------------


def missing(application):
    """What the next page says is missing."""
    application.refresh_from_db()
    return standing_of(application).missing


def test_the_city_sees_what_is_missing_until_the_seal_is_there(submitted, officer):
    assert missing(submitted) == ["区级初审还没有开始。"]
    review = given.begun_review(submitted, by=officer)
    assert missing(submitted) == [
        "检查清单还有 9／9 项没有答复。",
        "一票否决事项还有 8／8 项没有答复。",
        "公共信用信息报告还没有登记出具日期。",
        "还没有登记部门意见。",
        "区级推荐意见还没有作出。",
    ]
    decided = screening.recommend(given.answered(review, by=officer), by=officer, reason="同意推荐。")
    assert missing(submitted) == ["推荐函的盖章件还没有上传。"]
    screening.attach_sealed(decided, by=officer, upload=given.upload())
    assert missing(submitted) == []


def guarded(application, secretary):
    return screening.after_recommendation(given.accepted, lambda locked: True)(application, by=secretary)


def test_without_the_rule_the_city_accepts_without_a_recommendation(submitted, secretary):
    assert guarded(submitted, secretary).state == "in_review"


def test_with_the_rule_the_city_accepts_only_what_is_recommended(submitted, secretary, officer):
    EditionRule.objects.filter(edition=submitted.edition, key="district_required").update(value="是")
    with refused("district", untouched=[submitted]):
        guarded(submitted, secretary)
    review = given.recommended(submitted, by=officer)
    fresh = screening.correct(review, by=officer, reason="有误。")
    with refused("district", untouched=[submitted]):
        guarded(submitted, secretary)
    screening.recommend(fresh, by=officer, reason="同意推荐。")

    assert guarded(submitted, secretary).state == "in_review"


# --- what the database promises -----------------------------------------------------------------------


def test_the_database_refuses_what_cannot_be(review, officer, submitted):
    check, veto = item(review, "name"), item(review, "safety")
    answer = {"review": review, "item": check, "answered_by": officer}
    opened = {"application": submitted, "begun_by": officer}
    at_once = {"decided_at": clock.now(), "decided_by": officer, "reason": "同意"}
    stored = given.store_pdf(given.upload(), by=officer)
    sealed = {"sealed_file": stored, "sealed_at": clock.now(), "sealed_by": officer}
    late = {"version": 2, "corrects_because": "有误"}
    ItemAnswer.objects.create(**answer, answer="met")
    question = {"edition": submitted.edition, "kind": "check", "position": 99, "text": "又", "document": "某"}
    looked = {"looked_from": date(2023, 1, 1), "looked_to": date(2026, 1, 1)}
    opinion = {"review": review, "department": "某局", "opinion": "无", "given_on": date(2026, 3, 1)}
    reviews, answers = DistrictReview.objects, ItemAnswer.objects
    tries = {
        "one_item_per_key": lambda: ChecklistItem.objects.create(**question, key="name"),
        "only_vetoes_have_levels": lambda: ChecklistItem.objects.create(**question, key="n", has_level=True),
        "one_district_review_per_version": lambda: reviews.create(**opened, **at_once, version=1, state="recommended"),
        "one_open_district_review": lambda: reviews.create(**opened, **late),
        "later_version_says_why": lambda: reviews.create(**opened, **at_once, version=2, state="recommended"),
        "open_until_recommended_or_not": lambda: reviews.create(**opened, **late, state="recommended"),
        "only_a_recommendation_is_sealed": lambda: reviews.create(
            **opened, **late, **at_once, **sealed, state="not_recommended"
        ),
        "one_answer_per_item": lambda: answers.create(**answer, answer="met"),
        "clean_answer_or_note": lambda: answers.create(**answer | {"item": veto}, answer="unmet"),
        "level_only_where_found": lambda: answers.create(
            **answer | {"item": veto}, **looked, answer="clear", level="重大"
        ),
        "vetoes_look_back_and_checks_do_not": lambda: answers.create(**answer | {"item": veto}, answer="clear"),
        "struck_at_and_by": lambda: DepartmentOpinion.objects.create(**opinion, entered_by=officer, struck_by=officer),
    }

    for constraint, attempt in tries.items():
        with refused_by(constraint):
            attempt()
