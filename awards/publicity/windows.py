"""The window of a notice from the day of its release. Pure."""

from datetime import timedelta

from foshan_quality.lib import workdays


def window_from(day, rules, table):
    """First day, last day and working days of a notice released on `day`, by the edition's rules.

    Refused with `BeyondCalendar` when the table does not reach far enough.
    """
    counted, days = rules["notice_first_day_counted"], rules["notice_days"]
    last = workdays.last_day(day, days, table, first_day_counted=counted)
    return day if counted else day + timedelta(days=1), last, days
