"""Working days counted from a table of days, never past its end. Pure: the table is an argument."""

from collections.abc import Mapping
from datetime import date, timedelta


class BeyondCalendar(Exception):
    """The count runs past the last day whose status is known; nothing was computed."""

    def __init__(self, day: date):
        super().__init__(f"工作日历没有 {day:%Y-%m-%d} 的安排，请先在“工作日历”录入该年度放假安排，再重新计算。")
        self.day = day


def is_working(day: date, table: Mapping[date, bool]) -> bool:
    """Whether people work that day. Refuses a day the table does not know."""
    if day not in table:
        raise BeyondCalendar(day)
    return table[day]


def last_day(start: date, count: int, table: Mapping[date, bool], *, first_day_counted: bool) -> date:
    """The last of `count` working days (≥ 1). Both habits exist: the first day counts or the next does."""
    if count < 1:
        raise ValueError("at least one working day")
    day = start if first_day_counted else start + timedelta(days=1)
    while True:
        count -= is_working(day, table)
        if not count:
            return day
        day += timedelta(days=1)


def count_between(first: date, last: date, table: Mapping[date, bool]) -> int:
    """How many working days lie in first..last, both included."""
    return sum(is_working(first + timedelta(days=n), table) for n in range((last - first).days + 1))
