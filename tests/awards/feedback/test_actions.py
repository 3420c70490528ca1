from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from awards.feedback import actions as telling
from awards.models import Edition, FeedbackPart, FeedbackReport
from awards.reviews import actions as reviewing
from enterprises.models import AuditEvent, Message
from foshan_quality.lib import clock
from foshan_quality.lib.problems import WrongState
from foshan_quality.permissions import Permission
from tests import given, phases
from tests.desk import office
from tests.steps import check_duty, copy_of, no_trace, put, refused, refused_by
from tests.threads import Gate, at_once, kinds, slow_inside, without_row_locks

DAY = given.AFTER_NOTICE.date()
SAID = {"4.1": ("领导作用突出。", "完善授权。")}


def reviewed(*, feedback_on=str(DAY), firms=1, strengths="方法系统。得分应为 80%。", improvements="加强对比。"):
    season = given.walk_to("panelled", firms=firms, experts=2, experts_per_application="2", feedback_on=feedback_on)
    for application in season.applications:
        for turn, seat in enumerate(application.assignments.order_by("pk")):
            phases.mark(seat, turn, strengths=strengths, improvements=improvements)
    return season


@pytest.fixture
def season(db):
    return reviewed()


@pytest.fixture
def report(season):
    return phases.report(season)


@pytest.fixture
def head(report):
    return phases.head_of(report.application)


def publicised(report):
    Edition.objects.update(state="publicity")
    return FeedbackReport.objects.get(pk=report.pk)


def approved(report, by):
    telling.hand_in(report, by=phases.head_of(report.application))
    return telling.approve(report, by=by)


def test_a_draft_gathers_the_words_of_the_sheets_without_marks_or_names(season):
    name = season.experts[1].name
    seat = season.applications[0].assignments.get(expert=season.experts[1])
    seat.sheets.get().marks.filter(item__code="4.1.2").update(strengths=f"{name}认为很好。高层亲自推动。")

    report = phases.report(season)

    part = report.parts.get(category__code="4.1")
    assert (part.strengths, part.improvements) == ("方法系统。\n高层亲自推动。", "加强对比。")
    assert report.parts.count() == 7
    with refused("没有可以生成反馈报告的申报：评分没有齐全，或者都已生成。没有改动任何内容。", untouched=[report]):
        phases.report(season)


def test_a_case_with_a_sheet_missing_waits(season):
    seat = season.applications[0].assignments.first()
    reviewing.reopen_sheet(seat, by=season.secretary, reason="请复核。")
    with refused("没有可以生成反馈报告的申报：评分没有齐全，或者都已生成。没有改动任何内容。"):
        phases.report(season)


def test_only_the_head_writes_it_and_no_window_overwrites_another(report, head, season):
    for by in (season.experts[1], season.secretary, given.owner_of(report.application.organisation)):
        with no_trace(report), pytest.raises(PermissionDenied):
            telling.write(report, by=by, parts=SAID, version=0)
    check_duty(Permission.FEEDBACK_WRITE, lambda by: telling.write(report, by=by, parts=SAID, version=0), report)
    telling.write(report, by=head, parts=SAID, version=0)

    with refused("conflict", untouched=[report]):
        telling.write(report, by=head, parts=SAID, version=0)
    with refused("unknown", untouched=[report]):
        telling.write(report, by=head, parts={"9": ("", "")}, version=1)
    assert report.parts.get(category__code="4.1").strengths == "领导作用突出。"


def test_a_report_that_names_somebody_or_tells_of_marks_does_not_leave_the_head(report, head, season):
    said = f"{season.experts[1].name}给了 45%。"
    telling.write(report, by=head, parts={"4.1": (said, "总分偏低。")}, version=0)

    with refused("leak", "leak", "leak", untouched=[report]):
        telling.hand_in(report, by=head)
    report.parts.update(strengths="", improvements="")
    with refused("empty", untouched=[report]):
        telling.hand_in(report, by=head)


def test_it_goes_back_and_forth_until_it_is_approved(report, head, season):
    telling.hand_in(report, by=head)
    with no_trace(report), pytest.raises(WrongState):
        telling.write(report, by=head, parts=SAID, version=0)
    with refused("reason", untouched=[report]):
        telling.send_back(report, by=season.secretary, reason=" ")
    telling.send_back(report, by=season.secretary, reason="请再写具体。")

    done = approved(report, season.secretary)

    assert (done.state, done.approved_by) == ("approved", season.secretary)
    check_duty(Permission.FEEDBACK_APPROVE, lambda by: telling.release(report, by=by), report)


def test_it_is_released_on_the_day_of_the_edition_once_results_are_public_and_not_before(report, season, client):
    owner = given.owner_of(report.application.organisation)
    urls = [f"/applications/{report.application_id}/feedback/{rest}" for rest in ("", "download/")]
    report = approved(report, season.secretary)
    client.force_login(owner)
    with clock.at(given.AFTER_NOTICE - timedelta(days=1)):
        with refused(f"本届反馈报告从 {DAY} 起发放。没有发放。", untouched=[report]):
            telling.release(report, by=season.secretary)
    with clock.at(given.AFTER_NOTICE):
        with refused("评审结果公示之前不能发放反馈报告。没有发放。", untouched=[report]):
            telling.release(report, by=season.secretary)
        assert [client.get(url).status_code for url in urls] == [404, 404]
        assert "反馈报告" not in client.get(report.application.get_absolute_url()).content.decode()
        report = publicised(report)

        telling.release_all(by=season.secretary, edition=report.application.edition)

        pages = [client.get(url) for url in urls]
        assert [page.status_code for page in pages] == [200, 200]
        assert pages[0].content.decode().count("加强对比。") == 7
        assert pages[1].content[:5] == b"%PDF-"
        assert "反馈报告" in client.get(report.application.get_absolute_url()).content.decode()
        assert [
            office(by).get(urls[0]).status_code for by in (season.secretary, given.owner_of(given.organisation()))
        ] == [
            404,
            404,
        ]
    assert [m.user for m in Message.objects.filter(kind="feedback_released")] == [owner]
    with refused("没有已核准、待发放的反馈报告。", untouched=[report]):
        telling.release_all(by=season.secretary, edition=report.application.edition)


def test_an_edition_that_gives_out_no_feedback_releases_none(db):
    season = reviewed(feedback_on="不发放")
    report = publicised(approved(phases.report(season), season.secretary))

    with clock.at(given.AFTER_NOTICE), refused("本届不发放反馈报告。没有发放。", untouched=[report]):
        telling.release(report, by=season.secretary)


def test_the_database_keeps_reports_right(report, season):
    with refused_by("feedback_approved_at_and_by"):
        put(report, "approved")
    with refused_by("feedback_released_at_and_by"):
        FeedbackReport.objects.update(released_at=given.AFTER_NOTICE)
    with refused_by("one_feedback_part_per_category"):
        copy_of(FeedbackPart.objects.first())


# --- two at once --------------------------------------------------------------------------------------


@pytest.fixture
def ready(committed):
    with clock.at(given.AFTER_NOTICE):
        season = reviewed()
        yield season, publicised(approved(phases.report(season), season.secretary))


def release_twice(season, report):
    outcomes = at_once(*(lambda by=by: telling.release(report, by=by) for by in (season.secretary, season.second)))
    return kinds(outcomes), AuditEvent.objects.filter(verb="release_feedback").count()


def test_two_officers_release_a_report_once(ready):
    assert release_twice(*ready) == (["WrongState", "done"], 1)


def test_twin_without_row_locks_a_report_is_released_twice(ready, monkeypatch):
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, telling, "too_early", gate=Gate(2))

    assert release_twice(*ready) == (["done", "done"], 2)
