"""Reference data of the call: honour kinds, programmes, the working calendar. Safe to repeat."""

import json
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path

import chinese_calendar
from chinese_calendar.constants import holidays, workdays

from .models import CalendarDay, HonourKind, Programme

SHELF = Path(__file__).parent / "data"


def load_programmes():
    """Honour kinds and programmes; existing ones keep what staff have changed."""
    data = json.loads((SHELF / "programmes.json").read_text("utf-8"))
    for kind in data["honour_kinds"]:
        HonourKind.objects.get_or_create(name=kind["name"], defaults={"level": kind["level"]})
    for row in data["programmes"]:
        kind = HonourKind.objects.get(name=row["honour_kind"])
        Programme.objects.get_or_create(
            code=row["code"],
            defaults={
                "honour_kind": kind,
                "editions_before": row["editions_before"],
                "certificate_form": row["certificate_form"],
            },
        )
    return f"荣誉种类 {HonourKind.objects.count()} 种，奖项 {Programme.objects.count()} 个"


def load_calendar():
    """Working days of every year the calendar package knows; days already in the table stay as they are."""
    known = {*holidays, *workdays}
    day, last = date(min(known).year, 1, 1), date(max(known).year, 12, 31)
    source, rows = f"chinesecalendar {version('chinesecalendar')}", []
    while day <= last:
        rows.append(CalendarDay(day=day, is_working=chinese_calendar.is_workday(day), source=source))
        day += timedelta(days=1)
    CalendarDay.objects.bulk_create(rows, ignore_conflicts=True)
    return f"工作日历到 {last.year} 年底，共 {CalendarDay.objects.count()} 天"


def default_settings():
    """The rule values an edition starts from: {key: (value, document, article, is_confirmed)}."""
    data = json.loads((SHELF / "default_rules.json").read_text("utf-8"))
    return {key: (row["value"], row["document"], row["article"], row["is_confirmed"]) for key, row in data.items()}


def default_conditions():
    """The conditions of the self-check an edition starts from, in order, as fields of `Condition`."""
    return json.loads((SHELF / "default_conditions.json").read_text("utf-8"))
