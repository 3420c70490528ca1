from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import chinese_calendar
import pytest

from awards.models import CalendarDay, Edition
from awards.programmes.loading import default_settings, load_calendar, load_programmes
from awards.programmes.rules import RULES, parse
from tests import given


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("quota", "10", 10),
        ("quota", " 10 ", 10),
        ("years_registered", "0", 0),
        ("shortlist_per_place", "3/2", Fraction(3, 2)),
        ("shortlist_per_place", "1.5", Fraction(3, 2)),
        ("score_threshold", "550.5", Decimal("550.5")),
        ("quorum", "2/3", Fraction(2, 3)),
        ("votes_needed", "1", Fraction(1)),
        ("reminder_leads", "3小时、7天，1 天,24小时", (timedelta(7), timedelta(1), timedelta(hours=3))),
        ("closing_notice_hours", "0", 0),
        ("notice_first_day_counted", "是", True),
        ("notice_first_day_counted", "否", False),
        ("veto_look_back", "3", 3),
        ("veto_look_back", "2023-01-01", date(2023, 1, 1)),
        ("veto_kinds", "刑事、事故", frozenset({"crime", "accident"})),
        ("veto_kinds", "无", frozenset()),
        ("veto_accident_level", "较大事故", "serious"),
    ],
)
def test_values_are_read_exactly(key, text, value):
    assert parse(key, text) == value


@pytest.mark.parametrize(
    ("key", "text"),
    [
        *((key, "") for key in RULES),
        *((key, "许多") for key in RULES),
        ("quota", "0"),
        ("reminder_leads", "0天"),
        ("reminder_leads", "7天、"),
        ("reminder_leads", "7周"),
        ("closing_notice_hours", "-1"),
        ("quota", "2.5"),
        ("experts_per_application", "0"),
        ("notice_days", "-5"),
        ("years_registered", "-1"),
        ("quorum", "0"),
        ("quorum", "3/2"),
        ("quorum", "2/0"),
        ("votes_needed", "-1/2"),
        ("shortlist_per_place", "0"),
        ("shortlist_per_place", "-1"),
        ("score_threshold", "9999.01"),
        ("trim_from", "2"),
        ("tie_rule", "抽签"),
        ("spread_limit", "-1"),
        ("scoring_days", "半月"),
        ("score_threshold", "-1"),
        ("score_threshold", "NaN"),
        ("notice_first_day_counted", "true"),
        ("veto_look_back", "0"),
        ("veto_look_back", "2023-02-30"),
        ("veto_kinds", "刑事、罚款"),
        ("veto_accident_level", "重大"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_named(key, text):
    with pytest.raises(ValueError, match=f"^{RULES[key].label.replace('（', '.').replace('）', '.')}的值“"):
        parse(key, text)


def test_the_default_of_every_rule_can_be_read_and_has_a_basis():
    defaults = default_settings()

    assert set(defaults) == set(RULES)
    assert {key: parse(key, value) for key, (value, *_rest) in defaults.items()}["quota"] == 10
    assert [key for key, (_value, document, *_rest) in defaults.items() if not document.strip()] == []


def test_the_calendar_knows_every_day_and_agrees_with_its_source(db):
    days = dict(CalendarDay.objects.values_list("day", "is_working"))

    first, last = min(days), max(days)
    assert len(days) == (last - first).days + 1
    assert (last.month, last.day) == (12, 31)
    sample = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert {day: days[day] for day in sample} == {day: chinese_calendar.is_workday(day) for day in sample}


def test_loading_again_keeps_what_staff_have_changed(db):
    CalendarDay.objects.filter(day="2026-10-08").update(is_working=False, source="市府通知")

    load_calendar()
    load_programmes()

    day = CalendarDay.objects.get(day="2026-10-08")
    assert (day.is_working, day.source) == (False, "市府通知")


@pytest.mark.parametrize("state", [state for state in Edition.State if state != Edition.State.OPEN])
def test_only_an_open_call_takes_applications_whatever_the_hour(edition, state):
    edition.state = state

    assert edition.takes_applications(given.SPRING) is False


def test_an_open_call_takes_applications_from_its_first_to_before_its_last_moment(edition):
    instant = timedelta(microseconds=1)
    moments = [given.OPENS - instant, given.OPENS, given.CLOSES - instant, given.CLOSES]

    assert [edition.takes_applications(moment) for moment in moments] == [False, True, True, False]
