"""Sums as people hand them in. Pure."""

from decimal import Decimal, InvalidOperation

from foshan_quality.lib.money import CEILING, yuan
from foshan_quality.lib.problems import Problem, Refused


def positive_sum(typed: str | int | Decimal, where: str) -> Decimal:
    """A sum as a positive whole number of fen that fits the books, in yuan; Refused for anything else."""
    try:
        amount = yuan(typed)
        if 0 < amount < CEILING:
            return amount
    except (ValueError, InvalidOperation):
        pass
    raise Refused([Problem("amount", "金额应大于 0、不到一万亿元，精确到分。没有保存。", where)])
