"""The report of an invented enterprise, put together from the sentences in `texts.toml`.

Every item has three wordings for each thing an assessor looks for. One of each is chosen, the words of the industry
and the figures of the indicators are filled in, and a frank remark fitting the calibre closes some of the items.
"""

import random
import tomllib
from decimal import Decimal
from pathlib import Path

from awards.rehearsal.figures import Figures
from awards.rehearsal.industries import Industry, in_service_words

BANK = tomllib.loads((Path(__file__).parent / "texts.toml").read_text(encoding="utf-8"))

COUNTS = {"valid_patents", "complaints"}
PERCENTAGES = {
    "debt_ratio", "return_on_assets", "capital_preservation", "cost_profit_ratio", "sales_ratio", "first_pass_yield",
    "quality_loss_ratio", "new_product_ratio", "delivery", "retention", "equipment", "incoming", "goals",
}  # fmt: skip
AMOUNTS = {"revenue", "total_profit", "taxes_paid", "total_assets", "rd_spending", "charity", "exports"}
RATES_TO_RAISE = {
    "first_pass_yield", "customer_satisfaction", "new_product_ratio", "sales_ratio", "return_on_assets",
    "cost_profit_ratio", "labour_productivity", "current_asset_turnover", "capital_preservation", "delivery",
    "retention", "equipment", "incoming", "goals", "trust", "staff_satisfaction", "training", "proposals",
}  # fmt: skip
COMPARED = {
    "customer_satisfaction": ("分", "分"),
    "first_pass_yield": ("%", "个百分点"),
    "cost_profit_ratio": ("%", "个百分点"),
    "current_asset_turnover": ("次", "次"),
    "labour_productivity": ("万元/人", "万元/人"),
    "energy_per_output": ("吨标准煤", "吨标准煤"),
}
FRANKNESS = {"early": 0.75, "partial": 0.55, "advanced": 0.3}  # how many items close with a frank remark


def report(rng: random.Random, *, kinds: dict[str, str], facts: dict[str, str], calibre: float) -> dict[str, str]:
    """Write the answer to every item; `kinds` is item code → 'process' or 'results'."""
    level = _level(calibre)
    decks = {kind: _shuffled(rng, by_level[level]) for kind, by_level in BANK["candid"].items()}
    answers = {}
    for code, kind in kinds.items():
        sentences = [rng.choice(wordings) for wordings in _wordings(code)]
        if decks[kind] and rng.random() < FRANKNESS[level]:
            sentences.append(decks[kind].pop())
        answers[code] = _fill("".join(sentences), facts)
    return answers


def overview(rng: random.Random, facts: dict[str, str]) -> str:
    """Write the organisation overview: environment, relations, challenges, improvement, one paragraph each."""
    return "\n".join(_fill(rng.choice(wordings), facts) for wordings in BANK["overview"].values())


def facts_of(rng: random.Random, *, industry: Industry, products: tuple[str, ...], figures: Figures, calibre: float):
    """Give every word and figure the sentences may ask for, as text."""
    years = sorted(figures.indicators)
    facts = industry.words | {f"y{place}": str(year) for place, year in enumerate(years, start=1)}
    facts |= {"product": products[0], "products": _listed(products), "is_service": "1" if industry.is_service else ""}
    facts |= _counts(rng, figures, calibre)
    for key, values in _series(figures).items():
        facts |= _series_facts(key, values, years[0])
    for key, units in COMPARED.items():
        facts[f"{key}_vs"] = _comparison(rng, figures.indicators[years[-1]][key], units, calibre, key)
    return facts | _sentences_that_may_not_apply(figures, facts)


def _level(calibre: float) -> str:
    """Name the stage of maturity a calibre stands for."""
    return "early" if calibre < 0.42 else "partial" if calibre < 0.75 else "advanced"


def _wordings(code: str) -> list[list[str]]:
    """Give the wordings of each part of an item."""
    if code not in BANK:
        raise ValueError(f"texts.toml has no sentences for item {code}")
    return list(BANK[code].values())


def _shuffled(rng: random.Random, sentences: list[str]) -> list[str]:
    """Give the sentences in a random order."""
    return rng.sample(sentences, len(sentences))


def _fill(text: str, facts: dict[str, str]) -> str:
    """Put the facts into the text, in the words of a service organisation where it is one."""
    return (in_service_words(text) if facts["is_service"] else text).format_map(facts)


def _listed(things: tuple[str, ...]) -> str:
    """Join things the Chinese way: 甲、乙和丙."""
    return "、".join(things[:-1]) + "和" + things[-1]


def _series(figures: Figures) -> dict[str, tuple[Decimal, ...]]:
    """Give every quantity reported for all three years, oldest first."""
    rows = [figures.indicators[year] for year in sorted(figures.indicators)]
    reported = {key: tuple(row[key] for row in rows) for key in rows[0] if key not in figures.not_applicable}
    return reported | figures.extras


def _series_facts(key: str, values: tuple[Decimal, ...], first_year: int) -> dict[str, str]:
    """Give the three facts of a series: the values in a row, how they moved, and the latest.

    The sentences write the unit after the last value; percentages carry their sign after every one of them.
    """
    written = [str(value.quantize(Decimal(1))) if key in COUNTS else str(value) for value in values]
    return {
        key: ("%、" if key in PERCENTAGES else "、").join(written),
        f"{key}_move": _movement(key, values, first_year),
        f"{key}_3": written[-1],
    }


def _movement(key: str, values: tuple[Decimal, ...], first_year: int) -> str:
    """Say in words how a series moved, and never more than the figures say."""
    first, middle, last = values
    up = "增长" if key in AMOUNTS else "提升" if key in RATES_TO_RAISE else "上升"
    if first < middle < last:
        return f"逐年{up}"
    if first > middle > last:
        return "逐年下降"
    if first == last:
        return f"与{first_year}年持平"
    steady = first <= middle <= last or first >= middle >= last
    direction = up if last > first else "下降"
    return f"总体{direction}" if steady else f"较{first_year}年{direction}、期间有波动"


def _comparison(rng: random.Random, ours: Decimal, units: tuple[str, str], calibre: float, key: str) -> str:
    """Say how the latest figure stands beside an invented average of comparable enterprises."""
    lead = Decimal(str(round((calibre - 0.4) * rng.uniform(0.01, 0.035), 4)))
    if key in {"labour_productivity", "current_asset_turnover", "cost_profit_ratio"}:
        lead *= 4
    if key == "energy_per_output":
        lead *= -3
    peer = (ours * (1 - lead)).quantize(Decimal("0.01"))
    if key == "first_pass_yield":
        peer = min(peer, Decimal("99.60"))
    if peer == ours:
        return f"与可比企业平均水平（{peer}{units[0]}）持平"
    word = "高" if ours > peer else "低"
    return f"较可比企业平均水平（{peer}{units[0]}）{word}{abs(ours - peer)}{units[1]}"


def _counts(rng: random.Random, figures: Figures, calibre: float) -> dict[str, str]:
    """Draw the counts a report mentions: the same number wherever it is mentioned."""
    staff = figures.employees
    suggestions = int(sum(figures.extras["proposals"]) * staff / 20) * 10
    return {
        "employees": str(staff),
        "depts": str(7 + min(9, staff // 200) + rng.randint(0, 3)),
        "suppliers": str(24 + min(160, staff // 12) + rng.randint(0, 20)),
        "circles": str(3 + min(40, staff // 60) + int(calibre * 8)),
        "projects": str(8 + min(50, staff // 50) + int(calibre * 12)),
        "suggestions": str(max(30, suggestions)),
        "rank": "前列" if calibre > 0.7 else "中上游" if calibre > 0.4 else "中游",
    }


def _sentences_that_may_not_apply(figures: Figures, facts: dict[str, str]) -> dict[str, str]:
    """Give the sentences about quantities some enterprises do not have."""
    without = figures.not_applicable
    exports = "公司目前以国内市场为主，暂无出口业务。"
    if "exports" not in without:
        exports = f"出口创汇三年依次为{facts['exports']}万美元，{facts['exports_move']}。"
    if "new_product_ratio" in without:
        return {"exports": exports, "new_product": "作为服务业组织，公司以新增服务项目衡量创新成效。", "sales": ""}
    new = f"新产品产值率三年依次为{facts['new_product_ratio']}%，{facts['new_product_ratio_move']}。"
    sales = f"产品销售率三年依次为{facts['sales_ratio']}%，{facts['sales_ratio_move']}。"
    return {"exports": exports, "new_product": new, "sales": sales}
