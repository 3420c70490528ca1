"""A sum paid in parts: how a plan is written, when it is whole, and how far it has come. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from foshan_quality.lib.forms import half_width
from foshan_quality.lib.money import CEILING, yuan
from foshan_quality.lib.problems import Problem

LINE = re.compile(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日? ([\d,]+(?:\.\d+)?) ?(万?)元?(?: (.*))?", re.ASCII)
MOST = 20  # parts of one plan


@dataclass(frozen=True)
class Part:
    """One sum in yuan, payable from a day on, and what it depends on in words."""

    due_on: date
    amount: Decimal
    note: str = ""


def parts_in(text: str) -> list[Part]:
    """The parts written one a line: 2026-12-31 500000 验收合格后. ValueError says which line is wrong."""
    return [_part(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]


def _part(number, line):
    found = LINE.fullmatch(" ".join(half_width(line).split()))
    try:
        year, month, day, sum_, is_wan, note = found.groups()
        amount = yuan(Decimal(sum_.replace(",", "")) * (10_000 if is_wan else 1))
        return Part(date(int(year), int(month), int(day)), amount, (note or "").strip())
    except (AttributeError, ValueError, InvalidOperation):
        said = line.strip()[:30]
        raise ValueError(f"第 {number} 行“{said}”读不懂，请写成：2026-12-31 500000 付款条件") from None


def plan_problems(parts: Sequence[Part], to_plan: Decimal) -> list[Problem]:
    """Everything that keeps these parts from being a plan for a sum of `to_plan` yuan."""
    problems, total = [], sum((part.amount for part in parts), Decimal("0.00"))
    if len(parts) > MOST:
        problems.append(Problem("too_many", f"最多 {MOST} 期。没有保存。", "parts"))
    if any(not 0 < part.amount < CEILING for part in parts):
        problems.append(Problem("amount", "每期金额应大于 0。没有保存。", "parts"))
    if any(later.due_on <= earlier.due_on for earlier, later in pairwise(parts)):
        problems.append(Problem("order", "各期应付日期应依次推后。没有保存。", "parts"))
    if total != to_plan:
        text = f"各期合计 {total:,} 元，应为尚未安排的 {to_plan:,} 元，相差 {abs(to_plan - total):,} 元。没有保存。"
        problems.append(Problem("total", text, "parts"))
    return problems


@dataclass(frozen=True)
class Standing:
    """How far a sum has come, in yuan: paid, being paid, and what is still open of the whole."""

    whole: Decimal
    paid: Decimal
    on_its_way: Decimal

    @property
    def outstanding(self) -> Decimal:
        """What has not arrived yet."""
        return self.whole - self.paid

    @property
    def to_plan(self) -> Decimal:
        """What is neither paid nor being paid."""
        return self.whole - self.paid - self.on_its_way


def replaced(payments: Sequence) -> set:
    """The keys of the payments that came back and in whose place one of these was prepared, each with `state` and
    `replaces_id`; a cancelled one takes nobody's place."""
    return {p.replaces_id for p in payments if p.state != "cancelled"} - {None}


def standing(whole: Decimal, payments: Sequence) -> Standing:
    """How far a sum has come by its payments, each with `state` and `amount`; what came to nothing does not count."""
    zero = Decimal("0.00")
    paid = sum((p.amount for p in payments if p.state == "paid"), zero)
    live = sum((p.amount for p in payments if p.state not in {"paid", "returned", "cancelled"}), zero)
    return Standing(whole, paid, live)
