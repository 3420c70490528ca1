"""Numbers and dates as Chinese official papers write them."""

from datetime import date

DIGITS = "〇一二三四五六七八九"


def ordinal(number: int) -> str:
    """第七届's 七: 1 → 一, 12 → 十二, 20 → 二十, 21 → 二十一. Refuses anything outside 1–99."""
    if not 1 <= number <= 99:
        raise ValueError(number)
    tens, ones = divmod(number, 10)
    words = {0: "", 1: "十"}.get(tens, DIGITS[tens] + "十")
    return words + (DIGITS[ones] if ones else "")


def paper_date(day: date) -> str:
    """2026年9月8日: Arabic digits, not padded (GB/T 9704-2012)."""
    return f"{day.year}年{day.month}月{day.day}日"
