"""Figures that look odd: worth a second look, never a reason to refuse. Pure."""

from decimal import Decimal
from itertools import pairwise

from foshan_quality.lib.problems import Problem

from .sections import INDICATORS

SWING = 50  # per cent from one year to the next
AT_MOST_100 = ["debt_ratio", "first_pass_yield", "quality_loss_ratio", "new_product_ratio", "customer_satisfaction"]
NOT_ABOVE = [("total_profit", "revenue"), ("taxes_paid", "revenue"), ("rd_spending", "revenue")]
LABELS = {field.key: str(field.label) for field in INDICATORS}


def hints(values: dict[tuple[str, int], Decimal], years) -> list[Problem]:
    """What a careful reader would ask about, year by year. `values` are the figures given, by (indicator, year)."""
    return [*_inconsistent(values, years), *_swings(values, years)]


def growth(before: Decimal | None, after: Decimal | None) -> Decimal | None:
    """Per cent from one year to the next, one decimal; None where it means nothing (no figure, zero, a loss)."""
    if before is None or after is None or before <= 0:
        return None
    return ((after - before) / before * 100).quantize(Decimal("0.1"))


def _inconsistent(values, years):
    for year in years:
        for key in AT_MOST_100:
            if values.get((key, year), 0) > 100:
                yield _hint(key, year, f"{year} 年“{LABELS[key]}”为 {values[key, year]}，超过 100。请核对。")
        for part, whole in NOT_ABOVE:
            if (part, year) in values and (whole, year) in values and values[part, year] > values[whole, year]:
                yield _hint(part, year, f"{year} 年“{LABELS[part]}”大于“{LABELS[whole]}”。请核对。")


def _swings(values, years):
    for field in INDICATORS:
        for before, after in pairwise(years):
            change = growth(values.get((field.key, before)), values.get((field.key, after)))
            if change is not None and abs(change) > SWING:
                word = "增长" if change > 0 else "下降"
                text = f"“{field.label}”{after} 年比 {before} 年{word} {abs(change)}%。请核对。"
                yield _hint(field.key, after, text)


def _hint(key, year, text):
    return Problem("odd", text, f"{key}-{year}", blocks=False)
