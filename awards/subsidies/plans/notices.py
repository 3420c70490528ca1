"""Whether a notice before payment stands as long as the table demands. Pure."""

from collections.abc import Mapping
from datetime import date

from foshan_quality.lib import workdays
from foshan_quality.lib.problems import Problem

from ..entitlement import TableLine


def length_problems(line: TableLine | None, first: date, last: date, calendar: Mapping[date, bool]) -> list[Problem]:
    """What keeps a notice of these days, both counted, from being long enough."""
    if line is None or not line.notice_days:
        return []
    try:
        is_counted = line.notice_in_workdays
        days = workdays.count_between(first, last, calendar) if is_counted else (last - first).days + 1
    except workdays.BeyondCalendar as beyond:
        return [Problem("calendar", f"{beyond}没有保存。", "last_day")]
    if days >= line.notice_days:
        return []
    unit = "个工作日" if line.notice_in_workdays else "天"
    text = f"公示期只有 {days} {unit}，{line.notice_basis}规定 {line.notice_days} {unit}。没有保存。"
    return [Problem("too_short", text, "last_day")]
