"""The draw, the slots and the score of a hearing. Pure; the score is exact Decimal arithmetic.

Anybody can repeat a draw: write the seed, a colon and an application's number after one another, take the SHA-256 of
that text in UTF-8 as hexadecimal digits, and put the applications in the ascending order of these digits.

The score is rounded once, half up to 0.01: the mean of the experts' percentages of the rubric's total.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256

from awards.rubric.scoring import rounded


def drawn(numbers: Iterable[str], seed: str) -> list[str]:
    """The order the seed gives these applications, whatever order they come in."""
    return sorted(numbers, key=lambda number: (sha256(f"{seed}:{number}".encode()).hexdigest(), number))


def slot(begins_at: datetime, minutes: int, turn: int) -> tuple[datetime, datetime]:
    """From when to when the n-th speaks, the first from the beginning, one after the other."""
    start = begins_at + timedelta(minutes=minutes * (turn - 1))
    return start, start + timedelta(minutes=minutes)


def hearing_score(percentages: Sequence[int], total: int) -> Decimal:
    """What the experts' percentages come to in points of the rubric. Refuses an empty panel with ValueError."""
    if not percentages:
        raise ValueError("no marks")
    return rounded(Fraction(sum(percentages) * total, 100 * len(percentages)))
