"""The draw, the slots and the score of a hearing. Pure; the score is exact Decimal arithmetic.

Anybody can repeat a draw: write the seed, a colon and an application's number after one another, take the SHA-256 of
that text in UTF-8 as hexadecimal digits, and put the applications in the ascending order of these digits.

The score is rounded once, half up to 0.01: the mean of the experts' percentages of the rubric's total.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise

from awards.rubric.scoring import rounded
from foshan_quality.lib.forms import half_width

SESSION = re.compile(
    r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日? ?(\d{1,2}):(\d{2}) ?(?:[-—–~]+|至) ?(\d{1,2}):(\d{2})", re.ASCII
)


def drawn(numbers: Iterable[str], seed: str) -> list[str]:
    """The order the seed gives these applications, whatever order they come in."""
    return sorted(numbers, key=lambda number: (sha256(f"{seed}:{number}".encode()).hexdigest(), number))


def sessions_in(text: str) -> list[tuple[datetime, datetime]]:
    """The sessions written one a line, such as 2026-07-10 09:00-12:00, by time. ValueError says which line is wrong."""
    found = [_session(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not found:
        raise ValueError("请至少写一个时段，如 2026-07-10 09:00-12:00")
    found.sort()
    for before, after in pairwise(found):
        if after[0] < before[1]:
            raise ValueError(f"时段“{said(*before)}”与“{said(*after)}”重叠")
    return found


def _session(number, line):
    parts = SESSION.fullmatch(" ".join(half_width(line).split()))
    try:
        year, month, day, *times = map(int, parts.groups())
        start, end = datetime(year, month, day, *times[:2]), datetime(year, month, day, *times[2:])
    except (AttributeError, ValueError):
        raise ValueError(f"第 {number} 行“{line.strip()[:30]}”读不懂，请写成 2026-07-10 09:00-12:00") from None
    if end <= start:
        raise ValueError(f"第 {number} 行的结束应晚于开始")
    return start, end


def said(start: datetime, end: datetime) -> str:
    """A stretch of one day as people write it: 2026-07-10 09:00—12:00. Of both in Foshan."""
    return f"{start:%Y-%m-%d %H:%M}—{end:%H:%M}"


def slots(sessions: Iterable[tuple[datetime, datetime]], minutes: int) -> list[datetime]:
    """When the first, second, … may begin: one after the other within a session, nobody across its end."""
    each, found = timedelta(minutes=minutes), []
    for start, end in sessions:
        found += [start + each * n for n in range((end - start) // each)]
    return found


def hearing_score(percentages: Sequence[int], total: int) -> Decimal:
    """What the experts' percentages come to in points of the rubric. Refuses an empty panel with ValueError."""
    if not percentages:
        raise ValueError("no marks")
    return rounded(Fraction(sum(percentages) * total, 100 * len(percentages)))
