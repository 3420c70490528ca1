"""What a district review lacks, and what stands against a recommendation. Pure: every date is an argument."""

from dataclasses import dataclass
from datetime import date, timedelta

from enterprises.credit.kinds import Level
from foshan_quality.lib.problems import Problem

CHECK, VETO = "check", "veto"
UNMET, FOUND = "unmet", "found"


@dataclass(frozen=True)
class Answered:
    """One item of the list and what was answered; `answer` is empty while nothing was."""

    kind: str
    text: str
    answer: str = ""
    level: str = ""
    has_level: bool = False


@dataclass(frozen=True)
class Reviewed:
    """A district review as plain values."""

    items: tuple[Answered, ...]
    opinions: int
    report_issued_on: date | None


def short(level: Level) -> str:
    """A level as the list of items has it: 重大 for 重大事故."""
    return level.label.removesuffix("事故")


ACCIDENT_LEVELS = [short(level) for level in Level]  # rising


def report_problem(issued_on: date | None, days: int, today: date) -> str:
    """Why the credit report cannot be relied on today; empty when it can. It may be `days` days old."""
    if issued_on is None:
        return "公共信用信息报告还没有登记出具日期。"
    if issued_on > today:
        return f"公共信用信息报告的出具日期 {issued_on} 晚于今天。"
    if today - issued_on > timedelta(days=days):
        age = (today - issued_on).days
        return f"公共信用信息报告 {issued_on} 出具，至今 {age} 天，超过 {days} 天，须重新下载。"
    return ""


def stands_against(item: Answered, least_level: str) -> bool:
    """Whether what was found vetoes the application: an accident from a level on, anything else whenever found."""
    if item.answer != FOUND:
        return False
    return not item.has_level or ACCIDENT_LEVELS.index(item.level) >= ACCIDENT_LEVELS.index(least_level)


def problems(reviewed: Reviewed, *, report_days: int, least_level: str, today: date) -> list[Problem]:
    """Everything between this review and a recommendation, and, not blocking, what is merely not there."""
    return [
        *_unanswered(reviewed, CHECK, "检查清单"),
        *_unanswered(reviewed, VETO, "一票否决事项"),
        *(Problem("unmet", f"检查清单“{i.text}”不符合。") for i in reviewed.items if i.answer == UNMET),
        *(
            Problem("veto", f"存在一票否决事项“{i.text}”{f'（{i.level}）' if i.level else ''}。")
            for i in reviewed.items
            if stands_against(i, least_level)
        ),
        *(Problem("report", text) for text in [report_problem(reviewed.report_issued_on, report_days, today)] if text),
        *([] if reviewed.opinions else [Problem("opinions", "还没有登记部门意见。", blocks=False)]),
    ]


def _unanswered(reviewed, kind, name):
    asked = [item for item in reviewed.items if item.kind == kind]
    open_ones = sum(not item.answer for item in asked)
    return [Problem(kind, f"{name}还有 {open_ones}／{len(asked)} 项没有答复。")] if open_ones else []
