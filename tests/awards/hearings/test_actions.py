from datetime import timedelta
from decimal import Decimal

import pypdfium2
import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from awards.decisions import actions as deciding
from awards.hearings import actions as hearing
from awards.hearings.judgement import drawn
from awards.hearings.queries import lines_of, score_of
from awards.models import EditionRule, Hearing, HearingCase, HearingDraw, HearingMark
from awards.reviews import actions as reviewing
from awards.reviews import phase_actions as phasing
from awards.reviews import sheet_actions as freezing
from awards.reviews.phase_queries import phase_weights
from enterprises.models import Message
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Refused, WrongState
from foshan_quality.permissions import Permission
from tests import given, phases
from tests.desk import begin, begin_url, buttons, errors, list_url, office, press, record_url
from tests.steps import check_duty, copy_of, no_trace, refused, refused_by
from tests.threads import at_once, kinds, slow_inside, without_row_locks

SAID = "隐语丁问答一二"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TWO_DAYS = [(phases.HEARD, phases.HEARD + HOUR), (phases.HEARD + DAY, phases.HEARD + DAY + HOUR)]


@pytest.fixture
def season(db):
    return phases.to_be_heard()


@pytest.fixture
def told(season):
    return phases.told_of_hearing(season)


@pytest.fixture
def on_the_day():
    with clock.at(phases.HEARD):
        yield


@pytest.fixture
def case(told, on_the_day):
    return told.cases.get(turn=1)


def give(case, expert, percentage=70, words="答问切题。"):
    return hearing.submit_mark(case, by=expert, percentage=percentage, words=words)


def turns(called):
    return list(called.cases.order_by("turn").values_list("application__number", flat=True))


# --- calling and drawing ------------------------------------------------------------------------------


def test_the_secretariat_calls_a_hearing_and_the_order_is_drawn_and_can_be_repeated(season):
    morning, day = phases.HEARD, f"{phases.HEARD:%Y-%m-%d}"
    facts = {"edition": season.edition, "sessions": [(morning, morning + timedelta(hours=3))], "place": "会议室"}
    check_duty(Permission.HEARING_RUN, lambda by: hearing.call(by=by, **facts), season.edition)
    with clock.at(phases.VISIT):
        with refused("past", "place", untouched=[season.edition]):
            hearing.call(
                by=season.secretary,
                **facts | {"sessions": [(phases.TALK, phases.TALK + timedelta(hours=3))], "place": " "},
            )
        with refused("long", untouched=[season.edition]):
            hearing.call(by=season.secretary, **facts | {"sessions": [(morning, morning + timedelta(minutes=79))]})

        called = begin(
            season.secretary,
            Hearing,
            "call",
            edition=season.edition.pk,
            sessions=f"{day} 14:00—15:00\n{day} 09:00-9:50",
            place="会议室",
        )

        with no_trace(called), pytest.raises(WrongState):
            hearing.call(by=season.secretary, **facts)
    draw, numbers = called.draws.get(), [application.number for application in season.applications]
    assert turns(called) == draw.order == drawn(numbers, draw.seed)
    assert [c.time for c in called.cases.order_by("turn")] == [
        f"{day} 09:00—09:40",
        f"{day} 14:00—14:40",
    ]
    assert draw.seed in office(season.secretary).get(record_url(called)).content.decode()


def test_no_hearing_is_called_outside_its_phase_or_without_its_rule(season):
    EditionRule.objects.filter(edition=season.edition, key="hearing_minutes").delete()
    with refused("本届没有“陈述答辩每家分钟数”这条规则，请先在届次里设定。没有保存。", untouched=[season.edition]):
        phases.called(season)
    type(season.edition).phases.rel.related_model.objects.filter(kind="hearing").update(kind="site_visit")
    with no_trace(season.edition), pytest.raises(WrongState):
        phases.called(season)


def test_drawing_again_needs_a_reason_and_keeps_the_former_draw(season):
    called = phases.called(season)
    first = called.draws.get()
    check_duty(Permission.HEARING_RUN, lambda by: hearing.redraw(called, by=by, reason="次序泄露。"), called)
    with refused("reason", untouched=[called]):
        hearing.redraw(called, by=season.secretary, reason=" ")

    press(season.secretary, called, "redraw", reason="次序泄露。")

    second = called.draws.last()
    assert (second.number, second.reason, called.version) == (2, "次序泄露。", 2)
    assert turns(called) == second.order == drawn(first.order, second.seed)
    assert called.draws.first() == first
    assert second.seed != first.seed


def test_applicants_are_told_their_own_turn_and_told_anew_when_it_changes(season):
    called = phases.called(season)
    with clock.at(phases.HEARD + timedelta(days=1)), no_trace(called), pytest.raises(Refused):
        hearing.tell(called, by=season.secretary)
    with clock.at(phases.VISIT):
        check_duty(Permission.HEARING_RUN, lambda by: hearing.tell(called, by=by), called)
        press(season.secretary, called, "tell_hearing")
        with no_trace(called), pytest.raises(WrongState):
            hearing.tell(called, by=season.secretary)
        owners = [given.owner_of(application.organisation) for application in season.applications]
        assert {m.user for m in Message.objects.filter(kind="hearing_told")} == set(owners)
        assert {m.user for m in Message.objects.filter(kind="hearing_panel")} == set(season.experts)

        moved = phases.HEARD + timedelta(days=1)
        press(season.secretary, called, "change", sessions=f"{moved:%Y-%m-%d} 09:00-11:00", place="另一会议室")

    assert Message.objects.filter(kind="hearing_told").count() == 4
    for owner, application in zip(owners, season.applications, strict=True):
        text = office(owner).get(f"/applications/{application.pk}/hearing/").content.decode()
        assert application.hearing_case.time in text
        assert "另一会议室" in text


def test_a_hearing_of_several_days_tells_each_its_own_and_takes_marks_from_that_day_on(season):
    told = phases.told_of_hearing(season, sessions=TWO_DAYS)
    first, second = told.cases.order_by("turn")
    expert = season.experts[0]

    assert [str(case.day) for case in (first, second)] == [f"{day:%Y-%m-%d}" for day, _end in TWO_DAYS]
    assert f"{first.day}、{second.day}" in Message.objects.get(kind="hearing_panel", user=expert).text
    with clock.at(phases.HEARD):
        waiting = office(expert).get(list_url(HearingCase, todo="mark")).context_data["cl"]
        assert [case.pk for case in waiting.result_list] == [first.pk]
        with refused(f"答辩定于 {second.day}，当日起才能评分。没有保存。", untouched=[second]):
            give(second, expert)
    with clock.at(phases.VISIT):
        hearing.redraw(told, by=season.secretary, reason="重抽。")
    again = told.cases.order_by("turn")
    assert [case.begins_at for case in again] == [first.begins_at, second.begins_at]


def test_sessions_that_cannot_be_read_are_named_in_the_form(season):
    page = office(season.secretary).post(
        begin_url(Hearing, "call"),
        {"edition": season.edition.pk, "sessions": "2026-07-10 09:00-12:00\n明天上午", "place": "会议室"},
    )

    assert errors(page) == ["第 2 行“明天上午”读不懂，请写成 2026-07-10 09:00-12:00。没有保存。"]


# --- marks --------------------------------------------------------------------------------------------


def test_an_expert_of_the_panel_marks_on_the_day_and_the_mark_is_locked(season, told):
    case, expert = told.cases.get(turn=2), season.experts[0]
    with clock.at(phases.HEARD - timedelta(days=1)):
        with refused(f"答辩定于 {case.day}，当日起才能评分。没有保存。", untouched=[case]):
            give(case, expert)
    with clock.at(phases.HEARD):
        for stranger in (season.secretary, given.expert(), given.owner_of(case.application.organisation)):
            with no_trace(case), pytest.raises(PermissionDenied):
                give(case, stranger)
        with refused("range", "words", untouched=[case]):
            give(case, expert, 72, " ")

        press(expert, case, "score", percentage="75", words="答问切题。")

        assert "score" not in buttons(expert, case)
        assert buttons(season.secretary, told) == []
        mark = HearingMark.objects.get()
        with no_trace(case, mark), pytest.raises(WrongState):
            give(case, expert, 80)
        for change in (
            lambda: hearing.redraw(told, by=season.secretary, reason="再抽。"),
            lambda: hearing.change(told, by=season.secretary, sessions=TWO_DAYS, place="别处"),
        ):
            with no_trace(told, mark), pytest.raises(WrongState):
                change()


def test_nobody_marks_before_being_told_frozen_unpledged_or_without_an_own_sheet(season, on_the_day):
    called, expert = phases.called(season), season.experts[0]
    case = called.cases.get(turn=1)
    with no_trace(case), pytest.raises(WrongState):
        give(case, expert)
    with clock.at(phases.VISIT):
        hearing.tell(called, by=season.secretary)
    freeze = freezing.freeze(season.edition, by=season.secretary, reason="核查泄露。")
    with no_trace(case), pytest.raises(WrongState, match="本届评分已由秘书处暂停"):
        give(case, expert)
    freezing.lift(freeze, by=season.secretary, reason="查清。")
    season.edition.engagements.filter(expert__user=expert).update(state="ended", reason="本人申请")
    with no_trace(case), pytest.raises(Refused, match="保密承诺书"):
        give(case, expert)
    case.application.assignments.filter(expert=expert).update(state="sitting")
    with no_trace(case), pytest.raises(PermissionDenied):
        give(case, expert)


def test_the_others_marks_open_with_the_own_one_and_never_with_names(season, case):
    first, second = season.experts
    give(case, first, 75, SAID)

    def seen(reader):
        return [(line.name, line.is_in, line.mark and line.mark.percentage) for line in lines_of(case, reader)]

    assert seen(second) == [("专家1", True, None), ("专家2", False, None)]
    assert seen(season.secretary) == [(str(first), True, 75), (str(second), False, None)]
    assert SAID not in office(second).get(record_url(case)).content.decode()
    give(case, second, 70)
    assert seen(second) == [("专家1", True, 75), ("专家2", True, 70)]
    assert score_of(case) == Decimal("725.00")
    hearing.reopen_mark(
        case, by=season.secretary, seat=case.application.assignments.get(expert=second).pk, reason="补写问答。"
    )
    assert seen(second) == [("专家1", True, None), ("专家2", False, None)]
    assert score_of(case) is None


def test_a_mark_is_given_back_only_by_the_secretariat_with_a_reason(season, case):
    expert = season.experts[0]
    give(case, expert)
    seat = case.application.assignments.get(expert=expert)
    reopen = hearing.reopen_mark
    check_duty(Permission.HEARING_RUN, lambda by: reopen(case, by=by, seat=seat.pk, reason="补写。"), case)
    with refused("reason", untouched=[case]):
        reopen(case, by=season.secretary, seat=seat.pk, reason=" ")

    press(season.secretary, case, "reopen", seat=seat.pk, reason="补写问答。")

    assert Message.objects.get(kind="hearing_reopened").user == expert
    with no_trace(case), pytest.raises(WrongState):
        reopen(case, by=season.secretary, seat=seat.pk, reason="补写。")
    assert office(expert).get(list_url(HearingCase, todo="mark")).context_data["cl"].result_count == 2
    press(expert, case, "score", percentage="65", words="补写。")
    assert HearingMark.objects.get().percentage == 65


# --- what it counts for -------------------------------------------------------------------------------


def test_the_hearing_counts_in_the_overall_score_and_a_missing_mark_stops_the_ranking(season, told, on_the_day):
    first, last = told.cases.order_by("turn")
    for expert in season.experts:
        give(first, expert, 70)
    give(last, season.experts[0], 80)
    phase = phases.phase(season, "hearing")
    with refused("parts"):
        deciding.make_overall_ranking(season.edition, by=season.secretary)
    with refused(f"还有 1 件没有完成陈述答辩：{last.application.number}。没有改动任何内容。", untouched=[phase]):
        phasing.close_phase(phase, by=season.secretary)
    give(last, season.experts[1], 85)

    ranking = deciding.make_overall_ranking(season.edition, by=season.secretary)

    assert phase_weights(season.edition, is_final=True) == {"independent": 60, "hearing": 40}
    rows = {row["number"]: [(part["weight"], part["mean"]) for part in row["parts"]] for row in ranking.rows}
    means = {a.number: str(a.assignments.first().sheets.get().total) for a in season.applications}
    assert rows == {
        first.application.number: [("3/5", means[first.application.number]), ("2/5", "700.00")],
        last.application.number: [("3/5", means[last.application.number]), ("2/5", "825.00")],
    }
    phasing.close_phase(phase, by=season.secretary)
    with no_trace(first), pytest.raises(WrongState):
        hearing.reopen_mark(first, by=season.secretary, seat=HearingMark.objects.first().assignment_id, reason="改。")


def test_the_mark_of_an_expert_taken_off_the_case_counts_no_more(season, case):
    first, second = season.experts
    give(case, first, 60)
    give(case, second, 80)

    reviewing.remove(case.application.assignments.get(expert=first), by=season.secretary, reason="发现利害关系。")

    assert score_of(case) == Decimal("800.00")
    assert not HearingCase.objects.visible_to(first).filter(pk=case.pk).exists()


# --- pages and paper ----------------------------------------------------------------------------------


def test_applicants_read_nothing_of_the_others_or_of_marks(season, told, on_the_day):
    first, last = told.cases.order_by("turn")
    for case in (first, last):
        give(case, season.experts[0], 75, SAID)
    owner = given.owner_of(first.application.organisation)
    client = office(owner)

    for url in ("", "hearing/"):
        page = client.get(f"/applications/{first.application_id}/{url}")
        text = page.content.decode()
        assert page.status_code == 200
        for secret in (SAID, last.application.number, last.application.organisation.name, str(season.experts[0])):
            assert secret not in text
        assert told.draws.get().seed not in text
    assert client.get(f"/applications/{last.application_id}/hearing/").status_code == 404
    assert client.get(record_url(first)).status_code == 403
    assert client.get(record_url(told)).status_code == 403


def test_no_page_of_a_hearing_that_was_not_told(season):
    case = phases.called(season).cases.first()

    assert (
        office(given.owner_of(case.application.organisation))
        .get(f"/applications/{case.application_id}/hearing/")
        .status_code
        == 404
    )
    assert office(season.experts[0]).get(record_url(case)).status_code == 404


def test_pages_take_at_most_twelve_queries_and_lists_as_many_for_one_case_as_for_three(db, on_the_day):
    season = phases.to_be_heard(firms=3)
    case = phases.told_of_hearing(season).cases.get(turn=1)
    give(case, season.experts[0])
    counts = []
    for rows in (3, 1):
        for user in (season.secretary, season.experts[0]):
            client = office(user)
            with CaptureQueriesContext(
                connection,
            ) as asked:
                assert client.get(list_url(HearingCase)).context_data["cl"].result_count == rows
            counts.append(len(asked))
            with CaptureQueriesContext(connection) as asked:
                client.get(record_url(case))
            assert len([q for q in asked if "SAVEPOINT" not in q["sql"]]) <= 12
        HearingCase.objects.exclude(pk=case.pk).delete()

    assert counts[:2] == counts[2:]


def test_the_minutes_carry_the_draw_every_mark_and_lines_to_sign_on(season, case):
    give(case, season.experts[0], 75, SAID)
    url = record_url(case).replace("change", "minutes")

    response = office(season.secretary).get(url)

    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(response.content))
    for said in (
        SAID,
        case.hearing.draws.get().seed,
        "评分未齐",
        f"{season.experts[0]}（签名）",
        "秘书处记录人（签名）",
    ):
        assert said in text.replace("\r\n", "")
    assert office(season.experts[0]).get(url).status_code == 403


def test_the_office_says_what_is_wrong(season, case):
    response = office(season.experts[0]).post(
        f"{record_url(case).replace('change', 'do')}score/", {"percentage": "72", "words": "好"}
    )

    assert (response.status_code, errors(response)) == (409, ["72% 不在评分档上，没有保存。"])


# --- the database -------------------------------------------------------------------------------------


def test_the_database_keeps_a_hearing_whole(season, case):
    give(case, season.experts[0])
    other = HearingCase.objects.exclude(pk=case.pk).get()
    for constraint, rows, changes in (
        ("hearing_told_with_its_time", Hearing.objects.all(), {"told_at": None}),
        ("hearing_takes_time", Hearing.objects.all(), {"minutes": 0}),
        ("one_case_per_turn", HearingCase.objects.filter(pk=other.pk), {"turn": case.turn}),
        ("one_case_at_a_time", HearingCase.objects.filter(pk=other.pk), {"begins_at": case.begins_at}),
        ("turns_count_from_one", HearingCase.objects.filter(pk=other.pk), {"turn": 0}),
        ("hearing_mark_range", HearingMark.objects.all(), {"percentage": 105}),
        ("hearing_mark_with_words", HearingMark.objects.all(), {"words": ""}),
    ):
        with refused_by(constraint):
            rows.update(**changes)
    draw = HearingDraw.objects.get()
    with refused_by("one_draw_per_number"):
        copy_of(draw)
    with refused_by("drawn_again_with_a_reason"):
        copy_of(draw, number=2)


# --- two at once --------------------------------------------------------------------------------------


@pytest.fixture
def heard(committed):
    with clock.at(phases.HEARD):
        season = phases.to_be_heard(firms=1, experts=1)
        yield season, phases.told_of_hearing(season).cases.get()


def mark_and_redraw(season, case):
    return at_once(
        lambda: give(case, season.experts[0]),
        lambda: hearing.redraw(case.hearing, by=season.secretary, reason="再抽。"),
    )


def test_the_order_is_not_drawn_again_while_an_expert_marks(heard):
    outcomes = mark_and_redraw(*heard)

    draws = HearingDraw.objects.order_by("-number")
    assert HearingMark.objects.get().submitted_at is not None
    assert kinds(outcomes) in (["WrongState", "done"], ["done", "done"])
    assert len(draws) == (2 if kinds(outcomes) == ["done", "done"] else 1)
    assert draws[0].drawn_at <= HearingMark.objects.get().submitted_at


def test_twin_without_row_locks_a_case_is_marked_under_an_order_that_is_drawn_anew(heard, monkeypatch):
    season, case = heard
    without_row_locks(monkeypatch)
    gate = slow_inside(monkeypatch, hearing, "_draw")
    slow_inside(monkeypatch, hearing, "is_cleared", gate=gate)

    outcomes = mark_and_redraw(season, case)

    assert kinds(outcomes) == ["done", "done"]
    assert HearingMark.objects.count() == 1
    assert HearingDraw.objects.count() == 2
