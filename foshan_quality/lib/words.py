"""Numbers and dates as Chinese official papers write them."""

import re
from datetime import date, datetime, timedelta

from django.utils.timezone import localtime

DIGITS = "〇一二三四五六七八九"
DOCUMENT = re.compile(r"[^\s〔〕]+〔[0-9]{4}〕[1-9][0-9]*号")  # GB/T 9704-2012: full year in 〔〕, number without zeros


def ordinal(number: int) -> str:
    """第七届's 七: 1 → 一, 12 → 十二, 20 → 二十, 21 → 二十一. Refuses anything outside 1–99."""
    if not 1 <= number <= 99:
        raise ValueError(number)
    tens, ones = divmod(number, 10)
    words = {0: "", 1: "十"}.get(tens, DIGITS[tens] + "十")
    return words + (DIGITS[ones] if ones else "")


def width(text: str) -> float:
    """How wide a text is set, in characters: digits and Latin letters take half of one."""
    return sum(0.5 if character.isascii() else 1 for character in text)


def paper_date(day: date) -> str:
    """2026年9月8日: Arabic digits, not padded (GB/T 9704-2012)."""
    return f"{day.year}年{day.month}月{day.day}日"


def paper_moment(moment: datetime) -> str:
    """2026年4月30日 18:00, the minute in Foshan."""
    local = localtime(moment)
    return f"{paper_date(local)} {local:%H:%M}"


def time_left(left: timedelta) -> str:
    """2 天 5 小时, 5 小时, 40 分钟: what is left, never more than is left."""
    minutes = int(left.total_seconds()) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} 天 {hours} 小时" if hours else f"{days} 天"
    return f"{hours} 小时" if hours else f"{minutes} 分钟"


def is_document_number(text: str) -> bool:
    """佛府〔2021〕3号: whether an official paper could carry this number."""
    return DOCUMENT.fullmatch(text) is not None
