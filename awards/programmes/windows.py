"""Whether the close of a call may be moved, and to when. Pure: moments and the rule go in, problems come out."""

from datetime import datetime, timedelta

from foshan_quality.lib.problems import Problem
from foshan_quality.lib.words import is_document_number, paper_moment


def problems(*, closes_at: datetime, wanted: datetime, now: datetime, notice_hours: int) -> list[Problem]:
    """Everything that speaks against closing at `wanted` instead of `closes_at`.

    A later close only has to lie ahead; an earlier one at least `notice_hours` ahead, and 0 means at once.
    """
    if wanted == closes_at:
        return [Problem("same", "新的截止时间与现在的相同，没有改动。", "closes_at")]
    if wanted > closes_at:
        late = f"新的截止时间须晚于现在（北京时间 {paper_moment(now)}）。没有改动。"
        return [Problem("past", late, "closes_at")] if wanted <= now else []
    if now >= closes_at:
        return [Problem("closed", "申报已经截止，只能延长，不能提前。没有改动。", "closes_at")]
    if notice_hours and wanted < now + timedelta(hours=notice_hours):
        text = (
            f"提前截止须至少提前 {notice_hours} 小时告知申报单位，"
            f"现在最早可定在 {paper_moment(now + timedelta(hours=notice_hours, minutes=1))}。没有改动。"
        )
        return [Problem("notice", text, "closes_at")]
    return []


def paper_problems(*, reason: str, document: str) -> list[Problem]:
    """What is missing from the papers behind the change."""
    found = []
    if not reason.strip():
        found.append(Problem("reason", "请写明理由，会告知申报单位。没有改动。", "reason"))
    if not is_document_number(document.strip()):
        text = "文号应写作“佛评办〔2026〕3号”的形式：六角括号、四位年份、序号不补零。没有改动。"
        found.append(Problem("document", text, "document"))
    return found


def effective(*, wanted: datetime, now: datetime) -> datetime:
    """When the call closes once this is confirmed: never in the past."""
    return max(wanted, now)
