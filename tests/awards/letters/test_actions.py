import hashlib
import io
from datetime import date, timedelta

import pikepdf
import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from awards.letters import actions as lettering
from awards.letters import queries, tasks
from awards.models import EditionRule, Letter, LetterSeries, LetterWording
from awards.screening import actions as recommending
from enterprises.models import AuditEvent, Message, User
from foshan_quality.lib import clock
from foshan_quality.lib.drawing import MAX_ATTEMPTS
from foshan_quality.lib.problems import WrongState
from tests import given
from tests.steps import refused, refused_by

pytestmark = pytest.mark.django_db
NUMBERED = {"number": "某告〔2026〕1号", "dated": date(2026, 3, 18)}


def robot():
    return User.objects.robot()


POINTS = {"overview": "超过字数。", "audit_reports": "缺 2024 年。"}
MATTERS = ["单位信息“组织概述”：超过字数。", "证明材料“近三年审计报告”：缺 2024 年。"]


def returned(application, secretary, points=POINTS):
    given.returned(application, by=secretary, points=points)
    return application.screenings.first()


@pytest.fixture
def acceptance(accepted):
    return lettering.write(accepted.screenings.get(), by=robot())


@pytest.fixture
def drawn(acceptance):
    tasks.draw_letter(acceptance.pk)
    acceptance.refresh_from_db()
    return acceptance


# --- writing ------------------------------------------------------------------------------------------


def test_each_decision_has_its_kind_of_letter(edition, secretary):
    several = [given.submitted(given.complete_draft(edition, given.organisation())) for _ in range(3)]
    given.accepted(several[0], by=secretary)
    given.refused(several[1], by=secretary, reason="登记未满三年。", basis="某办法第八条")
    returned(several[2], secretary)

    letters = [lettering.write(a.screenings.get(), by=robot()) for a in several]

    assert [(letter.get_kind_display(), letter.number) for letter in letters] == [
        ("受理通知书", "（机关代字待填）受〔2026〕1号"),
        ("不予受理通知书", "（机关代字待填）不受〔2026〕1号"),
        ("一次性告知书", "（机关代字待填）告〔2026〕1号"),
    ]
    assert letters[1].content["matters"] == ["登记未满三年。"]
    assert "可以向本机关书面提出" in "".join(letters[1].content["closing"])
    assert letters[2].content["matters"] == MATTERS
    assert "即2026年3月25日前（含当日）" in "".join(letters[2].content["closing"])


def test_the_second_return_is_a_further_correction_that_names_the_first_letter(submitted, secretary, owner):
    EditionRule.objects.filter(edition=submitted.edition, key="corrections").update(value="2")
    first = lettering.write(returned(submitted, secretary), by=robot())
    given.submitted(submitted)

    second = lettering.write(returned(submitted, secretary), by=robot())

    assert (second.kind, second.number) == ("correction", "（机关代字待填）补〔2026〕1号")
    assert first.number in second.content["opening"][0]


def test_points_name_their_places_in_words(submitted, secretary):
    screening = returned(submitted, secretary, {"4.1.2": " 缺近三年\t数据。", "licence": "未盖章。"})

    assert queries.matters_of(screening) == [
        "自评报告“4.1.2 高层领导的作用”：缺近三年 数据。",
        "证明材料“营业执照”：未盖章。",
    ]
    wording = queries.wording_of(submitted.edition, "told")
    assert queries.facts_of(screening, "told", wording, **NUMBERED).remark == "缺审计报告"


def test_a_reference_value_is_no_basis_and_a_confirmed_one_is(submitted, secretary):
    screening = returned(submitted, secretary)
    wording = queries.wording_of(submitted.edition, "told")
    assert queries.facts_of(screening, "told", wording, **NUMBERED).days_basis == ""

    EditionRule.objects.filter(edition=submitted.edition, key="correction_days").update(
        is_confirmed=True, document="某办法", article="第三条"
    )

    assert queries.facts_of(screening, "told", wording, **NUMBERED).days_basis == "某办法第三条"


def test_a_decision_has_one_letter_however_often_it_is_asked_for(accepted):
    screening = accepted.screenings.get()

    letters = [lettering.write(screening, by=robot()) for _ in range(2)]

    assert letters[0] == letters[1]
    assert LetterSeries.objects.get().last == 1
    assert AuditEvent.objects.filter(verb="write_letter").count() == 1


def test_numbers_run_without_gaps_in_each_code_and_year(edition, secretary):
    several = [given.submitted(given.complete_draft(edition, given.organisation())) for _ in range(3)]
    days = [given.SPRING, given.SPRING + timedelta(days=1), given.SPRING.replace(year=2027)]
    letters = []

    for application, day in zip(several, days, strict=True):
        with clock.at(day):
            given.accepted(application, by=secretary)
            letters += lettering.write_missing(application, by=secretary)

    assert [(letter.year, letter.sequence) for letter in letters] == [(2026, 1), (2026, 2), (2027, 1)]


def test_a_letter_bears_the_day_of_the_decision_and_the_name_of_its_day(accepted, acceptance):
    given.renamed(accepted.organisation)

    acceptance.refresh_from_db()

    assert (acceptance.content["dated"], acceptance.addressee) == ("2026-03-18", accepted.organisation.name)


def test_a_rehearsed_letter_takes_no_real_number(accepted):
    type(accepted.edition).objects.filter(pk=accepted.edition_id).update(is_rehearsal=True)
    accepted.edition.refresh_from_db()

    letter = lettering.write(accepted.screenings.get(), by=robot())

    assert (letter.code, letter.content["is_rehearsal"]) == ("（演练）（机关代字待填）受", True)


def test_only_the_robot_and_the_secretariat_write_letters(accepted):
    for person in (given.district_officer(), given.owner_of(accepted.organisation)):
        with pytest.raises(PermissionDenied):
            lettering.write(accepted.screenings.get(), by=person)


def test_missing_letters_are_written_on_request_and_then_none_is_missing(accepted, secretary):
    [letter] = lettering.write_missing(accepted, by=secretary)

    assert letter.written_by == secretary
    with refused("审查决定都已有文书，没有需要补发的。"):
        lettering.write_missing(accepted, by=secretary)


def test_a_recommendation_has_its_letter_with_room_for_the_districts_number(submitted):
    review = given.recommended(submitted)

    letter = lettering.write_recommendation(review, by=robot())

    assert lettering.write_recommendation(review, by=robot()) == letter
    assert (letter.kind, letter.number, letter.sequence) == ("recommendation", "", None)
    assert letter.content["agency"] == "佛山市南海区市场监督管理局"
    assert letter.content["matters"][1].endswith("：均无。")
    assert letter.content["matters"][3] == "区生态环境部门意见（2026年3月18日）：三年内没有违法行为。"


def test_a_review_that_recommends_nothing_has_no_letter(submitted):
    officer = given.district_officer()
    review = given.recommending.advise_against(given.begun_review(submitted, by=officer), by=officer, reason="不符合。")

    with pytest.raises(WrongState):
        lettering.write_recommendation(review, by=robot())
    tasks.write_recommendation(review.pk)
    assert not Letter.objects.exists()


# --- wording ------------------------------------------------------------------------------------------


def test_a_settled_wording_is_used_from_the_next_letter_on(edition, secretary, accepted, acceptance):
    wording = lettering.set_wording(
        by=secretary, edition=edition, kind="acceptance", code=" 某市监受 ", basis="某办法第五条", source="法制机构核定"
    )
    other = given.accepted(given.submitted(given.complete_draft(edition, given.organisation())), by=secretary)

    letter = lettering.write(other.screenings.get(), by=robot())

    assert (letter.number, letter.content["closing"]) == (
        "某市监受〔2026〕1号",
        ["办理依据：某办法第五条。", "特此通知。"],
    )
    acceptance.refresh_from_db()
    assert acceptance.number == "（机关代字待填）受〔2026〕1号"
    assert str(wording) == "受理通知书：某市监受"


def test_a_refusal_without_a_remedy_is_not_settled(edition, secretary):
    with refused("remedy"):
        lettering.set_wording(by=secretary, edition=edition, kind="refusal", code="某", source="某")


# --- correcting ---------------------------------------------------------------------------------------


def test_a_corrected_letter_is_a_new_number_that_names_the_old(submitted, secretary):
    letter = lettering.write(returned(submitted, secretary), by=robot())
    tasks.draw_letter(letter.pk)

    with clock.at(given.SPRING + timedelta(days=1)):
        fresh = lettering.correct(letter, by=secretary, reason="漏列一处。", matters="甲。\n乙。\n丙。")

    assert (fresh.number, fresh.replaces, fresh.content["dated"]) == (
        "（机关代字待填）告〔2026〕2号",
        letter,
        "2026-03-19",
    )
    assert fresh.content["matters"] == ["甲。", "乙。", "丙。"]
    assert letter.number in fresh.content["opening"][0]
    letter.refresh_from_db()
    assert letter.content["matters"] == MATTERS
    with pytest.raises(WrongState, match="已经更正过"):
        lettering.correct(letter, by=secretary, reason="再来。", matters="甲。")


def test_a_correction_without_its_points_is_refused(submitted, secretary):
    letter = lettering.write(returned(submitted, secretary), by=robot())
    tasks.draw_letter(letter.pk)

    with refused("matters"):
        lettering.correct(letter, by=secretary, reason="有误。", matters=" \n")


def test_a_letter_not_yet_drawn_and_a_districts_letter_are_not_corrected_here(acceptance, secretary, edition):
    other = given.submitted(given.complete_draft(edition, given.organisation()))
    recommendation = lettering.write_recommendation(given.recommended(other), by=robot())

    for letter in (acceptance, recommendation):
        with pytest.raises(WrongState, match="没有改动"):
            lettering.correct(letter, by=secretary, reason="有误。")


# --- drawing ------------------------------------------------------------------------------------------


def test_a_drawn_letter_is_kept_with_its_digest_and_the_firm_is_told_once(drawn, owner):
    tasks.draw_letter(drawn.pk)

    content = drawn.pdf.read()
    with pikepdf.open(io.BytesIO(content)) as paper:
        sizes = {tuple(round(float(side)) for side in page.mediabox) for page in paper.pages}
    assert (drawn.state, drawn.pages, drawn.attempts, sizes) == ("drawn", 1, 1, {(0, 0, 595, 842)})
    assert drawn.digest == hashlib.sha256(content).hexdigest()
    told = Message.objects.filter(user=owner, kind="letter_ready")
    assert [message.text for message in told] == [f"申报 {drawn.application.number} 的受理通知书已可下载。"]


def test_the_same_content_gives_the_same_file(acceptance):
    assert lettering.pdf_of(acceptance.content) == lettering.pdf_of(acceptance.content)


def test_many_points_run_over_several_pages(acceptance):
    content = acceptance.content | {"matters": [f"第{n}处：" + "请补充近三年数据。" * 6 for n in range(1, 31)]}

    with pikepdf.open(io.BytesIO(lettering.pdf_of(content))) as paper:
        assert len(paper.pages) == 6


def test_a_drawn_letter_is_never_overwritten(drawn):
    with pytest.raises(WrongState):
        lettering.draw(drawn, by=robot())
    for change in (lambda: Letter.objects.update(digest="0"), lambda: drawn.delete()):
        with pytest.raises(IntegrityError, match="a drawn letter stays as it is"), transaction.atomic():
            change()


def test_a_character_no_font_has_parks_the_letter_with_the_character_named(submitted, secretary):
    letter = lettering.write(returned(submitted, secretary, {"overview": "请补充\U0001f600材料"}), by=robot())

    tasks.draw_letter(letter.pk)

    letter.refresh_from_db()
    assert (letter.state, letter.pdf.name) == ("parked", "")
    assert "\U0001f600" in letter.problem
    assert lettering.retry(letter, by=secretary).state == "queued"


def test_after_five_attempts_staff_are_asked(acceptance):
    Letter.objects.update(attempts=MAX_ATTEMPTS)

    tasks.draw_letter(acceptance.pk)

    acceptance.refresh_from_db()
    assert (acceptance.state, acceptance.problem) == ("parked", "试了 5 次都没有完成，请联系系统管理员查看日志。")


def test_the_sweep_finds_what_messages_lost_but_leaves_old_decisions_alone(accepted, edition, monkeypatch):
    review = given.recommended(given.submitted(given.complete_draft(edition, given.organisation())))
    woken = []
    for task in (tasks.write_letter, tasks.write_recommendation, tasks.draw_letter):
        monkeypatch.setattr(task, "delay", lambda pk, name=task.__name__: woken.append((name, pk)))

    tasks.sweep()
    with clock.at(given.SPRING + queries.FRESH + timedelta(days=1)):
        tasks.sweep()

    assert woken == [("write_letter", accepted.screenings.get().pk), ("write_recommendation", review.pk)]


def test_deciding_in_the_office_asks_for_the_letter(accepted, monkeypatch):
    woken = []
    monkeypatch.setattr(lettering, "wake", lambda name, pk: woken.append((name, pk)))

    lettering.call_for_letters(accepted)

    assert woken == [("awards.letters.tasks.write_letter", accepted.screenings.get().pk)]


def test_workers_are_woken_by_names_that_are_tasks():
    names = {lettering.WRITE, lettering.DRAW, recommending.LETTER}

    assert names == {task.name for task in (tasks.write_letter, tasks.draw_letter, tasks.write_recommendation)}


# --- what the database promises -----------------------------------------------------------------------


def test_the_database_refuses_what_cannot_be(acceptance, secretary, edition):
    other = given.submitted(given.complete_draft(edition, given.organisation()))
    recommendation = lettering.write_recommendation(given.recommended(other), by=robot())
    numbered = {name: getattr(acceptance, name) for name in ("application", "kind", "screening", "year", "number")}
    plain = numbered | {"code": "别受", "sequence": 1, "content": {}, "written_by": secretary}
    replacing = plain | {"replaces": acceptance, "replaces_because": "有误"}
    wording = {"edition": edition, "kind": "told", "code": "某", "source": "某", "changed_by": secretary}
    LetterWording.objects.create(**wording)
    district = {"kind": "recommendation", "district_review": recommendation.district_review, "screening": None}
    tries = {
        "one_letter_per_number": lambda: Letter.objects.create(**replacing | {"code": acceptance.code}),
        "one_first_letter_per_screening": lambda: Letter.objects.create(**plain),
        "one_first_letter_per_review": lambda: Letter.objects.create(**plain | district | {"sequence": None}),
        "letter_about_one_decision": lambda: Letter.objects.create(**plain | {"screening": None}),
        "replacement_says_why": lambda: Letter.objects.create(**replacing | {"replaces_because": ""}),
        "letter_drawn_with_file": lambda: Letter.objects.create(**replacing | {"state": "drawn"}),
        "one_series_per_year": lambda: LetterSeries.objects.create(code=acceptance.code, year=2026),
        "one_wording_per_kind": lambda: LetterWording.objects.create(**wording),
        "refusal_names_a_remedy": lambda: LetterWording.objects.create(**wording | {"kind": "refusal"}),
    }

    for constraint, attempt in tries.items():
        with refused_by(constraint):
            attempt()
