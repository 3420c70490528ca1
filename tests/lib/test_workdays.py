from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awards.programmes.queries import calendar
from foshan_quality.lib.workdays import BeyondCalendar, count_between, is_working, last_day

from .vectors import vectors

FIRST, LAST = date(2025, 1, 1), date(2026, 12, 31)
TABLE = {
    day: chinese_calendar.is_workday(day) for day in (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1))
}


@pytest.mark.parametrize("line", vectors("workdays"), ids=lambda line: f"{line['posted_on']}-{line['last_day']}")
def test_windows_end_on_the_known_days_by_the_loaded_calendar(line, db):
    counted = line["first_day_counted"] == "1"
    posted, days = date.fromisoformat(line["posted_on"]), int(line["working_days"])

    assert last_day(posted, days, calendar(), first_day_counted=counted) == date.fromisoformat(line["last_day"])


def second_last_day(start, count, table, first_day_counted):
    """Another way: list all working days from the first that counts and take the one wanted."""
    first = start if first_day_counted else start + timedelta(days=1)
    working = sorted(day for day, works in table.items() if works and day >= first)
    return working[count - 1]


@settings(deadline=None, database=None)
@given(st.dates(FIRST, date(2026, 10, 1)), st.integers(1, 40), st.booleans())
def test_windows_equal_a_second_implementation(start, count, counted):
    assert last_day(start, count, TABLE, first_day_counted=counted) == second_last_day(start, count, TABLE, counted)


@settings(deadline=None, database=None)
@given(st.dates(FIRST, date(2026, 10, 1)), st.integers(1, 40))
def test_a_window_holds_exactly_the_days_asked_for(start, count):
    end = last_day(start, count, TABLE, first_day_counted=True)

    assert count_between(start, end, TABLE) == count
    assert TABLE[end] is True


def test_a_window_past_the_last_known_day_is_refused_and_names_the_day():
    with pytest.raises(BeyondCalendar) as beyond:
        last_day(date(2026, 12, 30), 5, TABLE, first_day_counted=False)

    assert beyond.value.day == date(2027, 1, 1)
    assert str(beyond.value) == "工作日历没有 2027-01-01 的安排，请先在“工作日历”录入该年度放假安排，再重新计算。"


def test_a_day_outside_the_table_has_no_status():
    with pytest.raises(BeyondCalendar):
        is_working(date(2024, 12, 31), TABLE)


@pytest.mark.parametrize("count", [0, -1])
def test_a_window_has_at_least_one_day(count):
    with pytest.raises(ValueError, match="at least one"):
        last_day(FIRST, count, TABLE, first_day_counted=True)
