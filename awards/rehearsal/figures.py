"""Three years of figures for an invented enterprise: drawn once, consistent with each other, exact to two places."""

import random
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from awards.rehearsal.industries import Industry

CENT = Decimal("0.01")
HUNDRED = Decimal(100)
YUAN_PER_DOLLAR = Decimal("7.1")
STAFF = {"large": (1050, 3600), "medium": (320, 920), "small": (90, 280)}
NO_EXPORTS = "本单位业务以国内市场为主，三年内无出口业务。"
SERVICE_ONLY = "本单位属服务业组织，无产品产值，不适用该指标。"


@dataclass(frozen=True)
class Figures:
    """What the enterprise reports (`indicators`), what only its report mentions (`extras`), and its headcount.

    `indicators` is year → key → value as the form asks; `extras` is key → three values, oldest first.
    """

    indicators: dict[int, dict[str, Decimal | None]]
    extras: dict[str, tuple[Decimal, ...]]
    not_applicable: dict[str, str]
    employees: int


@dataclass(frozen=True)
class Books:
    """A year's end, in 万元: output a head, margin of profit, debt ratio, own capital, and what the year brought in."""

    output: Decimal
    margin: Decimal
    debt: Decimal
    equity: Decimal
    revenue: Decimal = Decimal(0)
    profit: Decimal = Decimal(0)
    taxes: Decimal = Decimal(0)
    income: Decimal = Decimal(0)

    @property
    def assets(self) -> Decimal:
        """What is owned, with own capital and borrowed."""
        return self.equity / (1 - self.debt)


def between(rng: random.Random, low, high) -> Decimal:
    """Draw a Decimal between the two ends, in ten thousand steps."""
    low, high = Decimal(low), Decimal(high)
    return low + (high - low) * Decimal(rng.randint(0, 10_000)) / 10_000


def draw(rng: random.Random, *, industry: Industry, size: str, calibre: float, year: int, exports: bool) -> Figures:
    """Draw the three years before `year`; the better the calibre, the better and steadier the figures."""
    good = Decimal(str(calibre))
    staff = _staff(rng, size)
    money = _money(rng, industry, staff, good)
    rates = _rates(rng, industry, good)
    not_applicable = _not_applicable(industry, exports)
    share = between(rng, "0.08", "0.42")
    indicators = {}
    for place in range(3):
        row = money[place] | {key: series[place] for key, series in rates.items()}
        row["exports"] = row["revenue"] * share / YUAN_PER_DOLLAR
        indicators[year - 3 + place] = {
            key: None if key in not_applicable else value.quantize(CENT) for key, value in row.items()
        }
    return Figures(indicators, _extras(rng, good, money), not_applicable, staff[-1])


def _staff(rng: random.Random, size: str) -> list[int]:
    """Draw the headcount at the end of the year before the first and of each of the three years."""
    counts = [rng.randint(*STAFF[size])]
    for _ in range(3):
        counts.append(max(STAFF[size][0], int(counts[-1] * between(rng, "0.98", "1.05"))))
    return counts


def _money(rng: random.Random, industry: Industry, staff: list[int], good: Decimal) -> list[dict[str, Decimal]]:
    """Draw what the books would show: each year follows from the year before it."""
    output = between(rng, *industry.output)
    margin = between(rng, "0.03", "0.06") + good * between(rng, "0.03", "0.07")
    debt = between(rng, "0.58", "0.64") - good * between(rng, "0.10", "0.34")
    research = Decimal("0.4") if industry.is_service else Decimal(1)
    books = Books(output, margin, debt, equity=staff[0] * output * between(rng, "0.42", "0.60"))
    rows = []
    for heads in pairwise(staff):
        before, books = books, _next_books(rng, books, heads, good)
        rows.append(_shown(rng, before, books, heads[1], research, good))
    return rows


def _next_books(rng, before, heads, good):
    """Draw the year after `before`, with the headcounts at its two ends."""
    output = before.output * (between(rng, "0.96", "1.05") + good * between(rng, "0.00", "0.07"))
    revenue = (output * sum(heads) / 2).quantize(CENT)
    margin = max(Decimal("0.02"), before.margin + between(rng, "-0.006", "0.004") + good * Decimal("0.004"))
    profit = (revenue * margin).quantize(CENT)
    taxes = revenue * between(rng, "0.036", "0.056")
    income = revenue * between(rng, "-0.0015", "0.003")
    equity = before.equity + profit * between(rng, "0.45", "0.72")
    debt = min(Decimal("0.65"), max(Decimal("0.20"), before.debt + between(rng, "-0.022", "0.014")))
    return Books(output, margin, debt, equity, revenue, profit, taxes, income)


def _shown(rng, before, books, staff, research, good):
    """The year's indicators, with what only they need drawn on the way."""
    revenue, profit, taxes, assets = books.revenue, books.profit, books.taxes, books.assets
    mean_assets = (before.assets + assets) / 2
    wages = staff * between(rng, "10.5", "13.5")
    costs = revenue + books.income - profit - revenue * Decimal("0.006")
    return {
        "total_assets": assets,
        "revenue": revenue,
        "investment_income": books.income,
        "total_profit": profit,
        "taxes_paid": taxes,
        "rd_spending": revenue * research * (between(rng, "0.024", "0.034") + good * Decimal("0.018")),
        "return_on_assets": (profit + taxes + assets * books.debt * Decimal("0.018")) / mean_assets * HUNDRED,
        "capital_preservation": books.equity / before.equity * HUNDRED,
        "debt_ratio": books.debt * HUNDRED,
        "current_asset_turnover": revenue / (mean_assets * between(rng, "0.52", "0.58")),
        "cost_profit_ratio": profit / costs * HUNDRED,
        "labour_productivity": (profit + taxes + wages + assets * Decimal("0.028")) / staff,
    }


def _rates(rng: random.Random, industry: Industry, good: Decimal) -> dict[str, list[Decimal]]:
    """Draw the indicators that are not money."""
    start = industry.energy[1] - (industry.energy[1] - industry.energy[0]) * good
    patents = rng.randint(2, 8) + int(good * rng.randint(12, 70))
    return {
        "sales_ratio": _walk(rng, 96 + good * 2, "-0.2", "0.6", top="99.90"),
        "first_pass_yield": _walk(rng, Decimal("95.4") + good * Decimal("3.2"), "0.05", "0.45", top="99.85"),
        "quality_loss_ratio": _walk(rng, Decimal("1.55") - good, "-0.14", "0.02", bottom="0.12"),
        "new_product_ratio": _walk(rng, 10 + good * 24, "-1.2", "3.4"),
        "energy_per_output": _walk(rng, start, -start / 14, start / 90, bottom="0.01"),
        "customer_satisfaction": _walk(rng, 83 + good * 10, "-0.3", "1.2", top="98.50"),
        "valid_patents": [Decimal(patents := patents + rng.randint(0, 2 + int(good * 9))) for _ in range(3)],
    }


def _extras(rng: random.Random, good: Decimal, money: list[dict]) -> dict[str, tuple[Decimal, ...]]:
    """Draw the results only the report speaks of."""
    walks = {
        "delivery": _walk(rng, 91 + good * 6, "-0.2", "1.0", top="99.80"),
        "retention": _walk(rng, 86 + good * 9, "-0.5", "1.4", top="99.50"),
        "equipment": _walk(rng, 94 + good * 4, "-0.1", "0.6", top="99.70"),
        "incoming": _walk(rng, Decimal("95.8") + good * 3, "-0.1", "0.5", top="99.85"),
        "goals": _walk(rng, 76 + good * 15, "0.4", "2.8", top="99.00"),
        "trust": _walk(rng, 80 + good * 11, "-0.4", "1.3", top="98.00"),
        "staff_satisfaction": _walk(rng, 78 + good * 11, "-0.3", "1.4", top="97.00"),
        "training": _walk(rng, 20 + good * 26, "-1", "4"),
        "proposals": _walk(rng, Decimal("0.6") + good * 2, "-0.05", "0.3"),
        "complaints": [value.quantize(Decimal(1)) for value in _walk(rng, 420 - good * 330, "-32", "6", bottom="18")],
        "charity": [row["revenue"] * between(rng, "0.0003", "0.0006") for row in money],
    }
    return {key: tuple(value.quantize(CENT) for value in values) for key, values in walks.items()}


def _walk(rng: random.Random, start, low, high, *, top="1000", bottom="0") -> list[Decimal]:
    """Give three values starting near `start`, each a step between `low` and `high` from the last, kept in bounds."""
    values, value = [], Decimal(start)
    for _ in range(3):
        value = min(Decimal(top), max(Decimal(bottom), value + between(rng, low, high)))
        values.append(value)
    return values


def _not_applicable(industry: Industry, exports: bool) -> dict[str, str]:
    """Say which indicators this enterprise leaves empty, and why."""
    reasons = {} if exports else {"exports": NO_EXPORTS}
    if industry.is_service:
        reasons |= {"new_product_ratio": SERVICE_ONLY, "sales_ratio": SERVICE_ONLY}
    return reasons
