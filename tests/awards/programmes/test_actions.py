from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from awards.models import CalendarDay, Edition, EditionRule, HonourKind, Programme, Rubric
from awards.programmes import actions as calling
from awards.programmes.rules import RULES
from enterprises.models import AuditEvent
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Refused
from foshan_quality.permissions import Permission
from tests import given
from tests.steps import check_duty, check_step, copy_of, no_trace, refused, refused_by, state_of

APPROVAL = {"approval_number": "佛评办〔2026〕1号", "approved_on": date(2026, 1, 20)}
ACTS = {
    "publish": lambda e, by: calling.publish(e, by=by, **APPROVAL),
    "open": lambda e, by: calling.open_call(e, by=by),
    "start_review": lambda e, by: calling.start_review(e, by=by),
}
MOMENTS = {"start_review": given.CLOSES}


def prepare(by, **changes):
    facts = {
        "programme": Programme.objects.get(code="FSZLJ"),
        "year": 2026,
        "rubric": Rubric.objects.get(code="gbt19580-2012"),
        "opens_at": given.OPENS,
        "closes_at": given.CLOSES,
        "settings": given.settings_with(),
    }
    return calling.prepare(by=by, **facts | changes)


# --- the steps ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", Edition.workflow.steps)
def test_a_step_goes_from_its_sources_and_from_no_other_state(edition, secretary, name):
    with clock.at(MOMENTS.get(name, given.SPRING)):
        check_step(edition, Edition.workflow, name, lambda: take(edition, name, secretary))


@pytest.mark.parametrize("name", Edition.workflow.steps)
def test_a_step_is_denied_without_the_duty(edition, name):
    check_duty(Edition.workflow.steps[name].permission, lambda by: take(edition, name, by), edition)


def take(edition, name, by):
    if name in ACTS:
        return ACTS[name](edition, by)
    with Edition.workflow.move(edition, name, by=by):
        return edition


# --- preparing ----------------------------------------------------------------------------------------


def test_a_new_edition_counts_on_from_those_before_the_portal(db, secretary):
    programme = Programme.objects.get(code="FSZLJ")

    first, second = prepare(secretary), prepare(secretary, year=2028)

    assert (first.ordinal, second.ordinal) == (programme.editions_before + 1, programme.editions_before + 2)
    assert (first.state, first.rules.count()) == (Edition.State.PREPARING, len(RULES))
    assert [line.verb for line in AuditEvent.objects.all()] == ["prepare_edition"] * 2


def test_every_missing_unreadable_and_unfounded_rule_is_named_at_once(db, secretary):
    settings = given.settings_with(quorum="两成", quota="0", notice_first_day_counted="yes", correction_days="-1")
    del settings["notice_days"]
    value, _document, article, confirmed = settings["votes_needed"]
    settings["votes_needed"] = (value, "  ", article, confirmed)

    with refused("notice_days", "quota", "correction_days", "quorum", "votes_needed", "notice_first_day_counted"):
        prepare(secretary, settings=settings)

    assert Edition.objects.count() == 0


@pytest.mark.parametrize("closes_at", [given.OPENS, given.OPENS - timedelta(days=1)])
def test_a_window_runs_forward(db, secretary, closes_at):
    with refused("window"):
        prepare(secretary, closes_at=closes_at)


def test_only_the_secretariat_prepares_and_settles(db, secretary):
    edition = prepare(secretary)

    check_duty(Permission.EDITION_PREPARE, prepare)
    check_duty(Permission.EDITION_PREPARE, lambda by: set_quota(edition, by), edition)
    check_duty(
        Permission.EDITION_PREPARE,
        lambda by: calling.set_window(edition, by=by, opens_at=given.OPENS, closes_at=given.CLOSES),
        edition,
    )


def set_quota(edition, by, value="8"):
    return calling.set_rule(edition, by=by, key="quota", value=value, document="某办法", article="第三条")


def test_a_rule_is_changed_with_its_basis_while_preparing(db, secretary):
    edition = prepare(secretary)

    set_quota(edition, secretary)

    rule = edition.rules.get(key="quota")
    assert (rule.value, rule.document, rule.article, rule.is_confirmed) == ("8", "某办法", "第三条", False)
    assert Edition.objects.get(pk=edition.pk).settled["quota"] == 8
    line = AuditEvent.objects.first()
    assert (line.verb, line.before, line.after, line.details) == ("set_rule", "10", "8", {"rule": "quota"})


@pytest.mark.parametrize("value", ["0", "-1", "十", "", "1.5"])
def test_an_unreadable_value_is_refused_and_the_former_stays(db, secretary, value):
    edition = prepare(secretary)

    with refused("quota", untouched=[edition.rules.get(key="quota")]):
        set_quota(edition, secretary, value)


def test_rules_and_window_are_frozen_once_published(db, secretary):
    for edition in (given.published_edition(by=secretary), given.open_edition(by=secretary)):
        with refused("公告发布后规则已冻结，不能修改。没有保存。", untouched=[edition]):
            set_quota(edition, secretary)
        with refused("公告发布后不能在此修改申报时间。没有保存。", untouched=[edition]):
            calling.set_window(edition, by=secretary, opens_at=given.OPENS, closes_at=given.CLOSES)


def test_the_window_moves_while_preparing(db, secretary):
    edition = prepare(secretary)
    later = given.CLOSES + timedelta(days=7)

    calling.set_window(edition, by=secretary, opens_at=given.OPENS, closes_at=later)

    assert Edition.objects.get().closes_at == later
    with refused("window", untouched=[edition]):
        calling.set_window(edition, by=secretary, opens_at=later, closes_at=later)


# --- publishing, opening, ending ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"approval_number": "  "}, ["approval"]),
        ({"approved_on": None}, ["approved_on"]),
        ({"approved_on": date(2026, 3, 19)}, ["approved_on"]),
        ({"approval_number": "", "approved_on": None}, ["approval", "approved_on"]),
    ],
)
def test_a_call_is_not_published_without_its_approval(spring, db, secretary, changes, codes):
    edition = prepare(secretary)

    with refused(*codes, untouched=[edition]):
        calling.publish(edition, by=secretary, **APPROVAL | changes)


def test_a_call_whose_window_is_over_is_neither_published_nor_opened(db, secretary):
    prepared, published = prepare(secretary), given.published_edition(by=secretary)

    with clock.at(given.CLOSES):
        with refused("window", untouched=[prepared]):
            calling.publish(prepared, by=secretary, **APPROVAL)
        with refused("申报截止时间已过，不能开放。", untouched=[published]):
            calling.open_call(published, by=secretary)


def test_a_published_call_is_public_and_an_open_one_takes_applications(spring, db, secretary):
    edition = prepare(secretary)
    assert list(Edition.objects.public()) == []

    calling.publish(edition, by=secretary, approval_number=" 佛评办〔2026〕1号 ", approved_on=date(2026, 1, 20))
    published = list(Edition.objects.public())
    taking_before = list(Edition.objects.taking_applications(clock.now()))
    calling.open_call(edition, by=secretary)

    assert published == [edition]
    assert published[0].approval_number == "佛评办〔2026〕1号"
    assert taking_before == []
    assert list(Edition.objects.taking_applications(clock.now())) == [edition]
    assert list(Edition.objects.taking_applications(given.CLOSES)) == []


def test_the_review_begins_at_the_close_and_not_a_second_before(edition, secretary):
    with clock.at(given.CLOSES - timedelta(seconds=1)):
        with refused("申报尚未截止，不能进入评审。", untouched=[edition]):
            calling.start_review(edition, by=secretary)
    with clock.at(given.CLOSES):
        calling.start_review(edition, by=secretary)

    assert state_of(edition) == Edition.State.REVIEW


# --- the working calendar -----------------------------------------------------------------------------


def test_the_calendar_is_corrected_and_continued_by_the_secretariat(spring, db, secretary):
    calling.set_calendar_day(date(2026, 10, 8), by=secretary, is_working=False, source="市府通知")
    calling.set_calendar_day(date(2027, 1, 4), by=secretary, is_working=True, source="国办发明电〔2026〕7号")

    corrected, added = CalendarDay.objects.get(day="2026-10-08"), CalendarDay.objects.get(day="2027-01-04")
    assert (corrected.is_working, corrected.source, corrected.changed_by) == (False, "市府通知", secretary)
    assert (added.is_working, added.changed_at) == (True, spring)
    assert [(line.verb, line.after) for line in AuditEvent.objects.all()] == [
        ("set_calendar_day", "上班"),
        ("set_calendar_day", "放假"),
    ]
    check_duty(
        Permission.CALENDAR_EDIT,
        lambda by: calling.set_calendar_day(date(2026, 10, 9), by=by, is_working=False, source="x"),
    )


def test_a_published_window_does_not_move_with_the_calendar(db):
    season = given.walk_to("publicised", firms=1, experts=1, members=1, experts_per_application="1")
    before = season.notice.last_day

    calling.set_calendar_day(before, by=season.secretary, is_working=False, source="临时放假")

    season.notice.refresh_from_db()
    assert season.notice.last_day == before


# --- what the database refuses ------------------------------------------------------------------------


def test_the_database_refuses_impossible_editions(db, secretary):
    edition = prepare(secretary)

    with refused_by("one_edition_per_ordinal"):
        copy_of(edition)
    with refused_by("window_runs_forward"):
        Edition.objects.update(closes_at=given.OPENS)
    for state in ("published", "open", "review", "publicity", "awarded"):
        with refused_by("published_only_with_approval"):
            Edition.objects.update(state=state)
    with refused_by("published_only_with_approval"):
        Edition.objects.update(state="published", approval_number="佛评办〔2026〕1号")
    with refused_by("one_value_per_rule"):
        copy_of(EditionRule.objects.first())


def test_the_database_knows_an_honour_and_a_programme_once(db):
    with refused_by("awards_honourkind_name_key"):
        copy_of(HonourKind.objects.first())
    with refused_by("awards_programme_code_key"):
        copy_of(Programme.objects.get(code="FSZLJ"), honour_kind=HonourKind.objects.create(name="又一奖", level="city"))


def test_a_stranger_cannot_prepare(stranger):
    with no_trace(), pytest.raises(PermissionDenied):
        prepare(stranger)


def test_a_refusal_says_that_nothing_was_saved(db, secretary):
    with pytest.raises(Refused) as refusal:
        prepare(secretary, closes_at=given.OPENS)

    assert str(refusal.value) == "申报截止须晚于申报开始。没有保存。"
