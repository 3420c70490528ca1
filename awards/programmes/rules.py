"""The rules an edition must settle: what kind of value each is. The values are rows, with their basis."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from enterprises.credit.kinds import Kind


def whole(text: str) -> int:
    """A whole number from 0."""
    value = int(text)
    if value < 0:
        raise ValueError("不能为负数")
    return value


def positive(text: str) -> int:
    """A whole number from 1."""
    value = int(text)
    if value < 1:
        raise ValueError("至少为 1")
    return value


def share(text: str) -> Fraction:
    """A part of the whole, written 2/3; above 0 and at most 1."""
    value = Fraction(text)
    if not 0 < value <= 1:
        raise ValueError("应大于 0、不超过 1，例如 2/3")
    return value


def yes_or_no(text: str) -> bool:
    """是 or 否, nothing else."""
    if text not in {"是", "否"}:
        raise ValueError("只能填“是”或“否”")
    return text == "是"


def credit_kinds(text: str) -> frozenset[Kind]:
    """Kinds of credit records by their names, parted by 、; 无 for none."""
    values = {label: value for value, label in Kind.choices}
    names = [] if text == "无" else text.split("、")
    if set(names) - set(values):
        raise ValueError(f"只能填{'、'.join(values)}，或“无”")
    return frozenset(Kind(values[name]) for name in names)


def points(text: str) -> Decimal:
    """A number of points on the scale of the criteria, 0 to 1000, exact."""
    try:
        value = Decimal(text)
        is_within = 0 <= value <= 1000
    except InvalidOperation:
        raise ValueError("应为数字") from None
    if not is_within:
        raise ValueError("应在 0 到 1000 之间")
    return value


def ratio(text: str) -> Fraction:
    """So many for each one, written 3/2; above 0."""
    value = Fraction(text)
    if value <= 0:
        raise ValueError("应大于 0，例如 3/2")
    return value


ACCIDENT_LEVELS = ("一般", "较大", "重大", "特别重大")  # rising, as 国务院令第493号 第三条 has them


def accident_level(text: str) -> str:
    """One of the four levels of accident."""
    if text not in ACCIDENT_LEVELS:
        raise ValueError(f"只能填{'、'.join(ACCIDENT_LEVELS)}之一")
    return text


@dataclass(frozen=True)
class Rule:
    """One setting every edition must have. `parse` refuses a bad value with ValueError."""

    key: str
    label: str
    hint: str
    parse: Callable[[str], object]


RULES = {
    rule.key: rule
    for rule in [
        Rule("quota", "获奖名额上限", "名额可以空缺，系统不会自动补足", positive),
        Rule("years_registered", "登记满几年可申报", "0 表示不限", whole),
        Rule("veto_years", "一票否决回溯年数", "从申报开始之日往前推算，至初审当日", positive),
        Rule("accident_level", "事故否决的最低等级", "一般、较大、重大、特别重大之一", accident_level),
        Rule("correction_days", "补正期限（工作日）", "从退回次日起算，逾期视为放弃", positive),
        Rule("experts_per_application", "每份申报最少评审专家数", "少于此数不能排名", positive),
        Rule("shortlist_per_place", "入围差额比例", "每个名额入围几家，例如 3/2", ratio),
        Rule("score_threshold", "入围最低总分", "满分 1000；0 表示不设", points),
        Rule("quorum", "会议法定人数", "出席评委占全体评委的比例，例如 2/3", share),
        Rule("votes_needed", "通过票数", "同意票占有表决权出席评委的比例，例如 2/3", share),
        Rule("notice_days", "公示期（工作日）", "按工作日历计算", positive),
        Rule("notice_first_day_counted", "公示当日计入公示期", "填“是”或“否”", yes_or_no),
        Rule("veto_kinds", "一票否决的信用记录", "类别之间用顿号隔开；不设填“无”", credit_kinds),
        Rule("veto_when_repaired", "已信用修复的仍否决", "填“是”或“否”；“是”为逐件核查后判断", yes_or_no),
    ]
}


def parse(key: str, text: str):
    """The typed value of one rule; ValueError names the rule and what is wrong."""
    rule = RULES[key]
    try:
        return rule.parse(text.strip())
    except (ValueError, ZeroDivisionError) as wrong:
        raise ValueError(f"{rule.label}的值“{text}”不正确：{wrong}") from None
