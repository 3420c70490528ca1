"""Which days a budget pays on. Pure."""

from datetime import date

from foshan_quality.lib.problems import Problem


def budget_problems(name: str, year: int, carried_until: date | None, day: date) -> list[Problem]:
    """What keeps a year's budget from paying on a day: it pays in its year, and after that while it is carried over."""
    if day.year == year or (day.year > year and carried_until and day <= carried_until):
        return []
    if day.year < year:
        return [Problem("budget_year", f"“{name}”是 {year} 年度的预算，{year} 年起才能使用。没有拨付。", "budget")]
    until = f"只结转使用到 {carried_until:%Y-%m-%d}" if carried_until else f"只用于 {year} 年度"
    text = f"“{name}”{until}；跨年使用的，请先在“资金预算”按文件登记结转，否则改用当年预算。没有拨付。"
    return [Problem("budget_year", text, "budget")]
