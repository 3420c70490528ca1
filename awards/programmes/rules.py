"""The rules an edition must settle: what kind of value each is. The values are rows, with their basis."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache

from enterprises.credit.kinds import Kind, Level

from . import phase_rules

SHARED, BY_RESULTS, BY_SPREAD = TIE_RULES = ("同名次", "结果类得分", "极差")
TIED, TIED_AND_FAILED = NEXT_ROUNDS = ("并列", "并列和未通过")


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


def points(text: str) -> Decimal:
    """A number of points, exact. That it lies within the criteria's total is asked where the criteria are known."""
    try:
        value = Decimal(text)
        is_within = 0 <= value <= 9999
    except InvalidOperation:
        raise ValueError("应为数字") from None
    if not is_within:
        raise ValueError("不能为负数，不能超过准则总分")
    return value


def trim_from(text: str) -> int:
    """From how many sheets on the highest and the lowest are left out; 0 never does."""
    value = whole(text)
    if value in {1, 2}:
        raise ValueError("至少 3 份才能去掉最高分和最低分；0 表示不去")
    return value


def tie_rule(text: str) -> str:
    """How equal scores are parted, if at all."""
    if text not in TIE_RULES:
        raise ValueError(f"应为{'、'.join(TIE_RULES)}之一")
    return text


def next_round(text: str) -> str:
    """Who is voted on again."""
    if text not in NEXT_ROUNDS:
        raise ValueError(f"应为{'、'.join(NEXT_ROUNDS)}之一")
    return text


def ratio(text: str) -> Fraction:
    """So many for each one, written 3/2; above 0."""
    value = Fraction(text)
    if value <= 0:
        raise ValueError("应大于 0，例如 3/2")
    return value


def percentage_or_none(text: str) -> int | None:
    """A percentage from 0 to 100, or 无."""
    if text == "无":
        return None
    value = whole(text)
    if value > 100:
        raise ValueError("不能超过 100")
    return value


def leads(text: str) -> tuple[timedelta, ...]:
    """How long before an end, several times, written 7天、3天、3小时; the longest first."""
    units, found = {"天": "days", "小时": "hours"}, []
    for part in re.split("[、，,]", text):
        match = re.fullmatch(r"([1-9]\d{0,2})\s*(天|小时)", part.strip(), re.ASCII)
        if match is None:
            raise ValueError("用顿号分开，例如 7天、3天、3小时")
        found.append(timedelta(**{units[match[2]]: int(match[1])}))
    return tuple(sorted(set(found), reverse=True))


def look_back(text: str) -> int | date:
    """How far back credit records count: so many years, or from a day on, written 3 or 2023-01-01."""
    if "-" in text:
        return date.fromisoformat(text)
    return positive(text)


def credit_kinds(text: str) -> frozenset[Kind]:
    """Kinds of credit records by their names, parted by 、; 无 for none."""
    values = {label: value for value, label in Kind.choices}
    names = [] if text == "无" else text.split("、")
    strange = [name for name in names if name not in values]
    if strange:
        raise ValueError(f"只能填 {'、'.join(values)}，或“无”")
    return frozenset(Kind(values[name]) for name in names)


def accident_level(text: str) -> Level:
    """A level of accidents by its name."""
    values = {label: value for value, label in Level.choices}
    if text not in values:
        raise ValueError(f"只能填 {'、'.join(values)}")
    return Level(values[text])


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
        Rule("reminder_leads", "截止前提醒", "提前多久提醒尚未提交的单位，例如 7天、3天、1天、3小时", leads),
        Rule("closing_notice_hours", "提前截止至少提前（小时）", "缩短申报时间时，新的截止至少在多少小时之后", whole),
        Rule("district_required", "受理前须有区级推荐", "填“是”或“否”", yes_or_no),
        Rule("report_days", "信用报告有效天数", "区级作出推荐意见时，报告出具不超过这些天", positive),
        Rule("correction_days", "补正期限（工作日）", "从退回次日起算，逾期视为放弃", positive),
        Rule("corrections", "最多退回补正次数", "补正事项须一次告知；0 表示不限", whole),
        Rule("screening_by_two", "资格审查须两人办理", "填“是”或“否”；“是”为一人提出、另一人复核后生效", yes_or_no),
        Rule("experts_per_application", "每份申报最少评审专家数", "少于此数不能排名", positive),
        Rule("panel_fields", "评审组至少涉及几个专业领域", "按专家登记的专业领域计算；1 表示不另要求", positive),
        Rule("panel_districts", "评审组专家至少来自几个区", "市外专家合计算一个；1 表示不另要求", positive),
        Rule(
            "panel_in_field", "评审组至少几名熟悉所属行业的专家", "专业领域与申报单位所属行业相符；0 表示不要求", whole
        ),
        Rule("cases_per_expert", "每名专家最多承担件数", "分配时不得超过", positive),
        Rule("cases_per_day", "专家每天可评审件数", "与专家本届可投入天数相乘，不得超过", positive),
        Rule("conflict_look_back", "利害关系追溯年限", "终止不满这些年的任职、咨询、培训、持股等仍应回避", positive),
        Rule("strengths_from", "须写优势的百分比", "评分达到此百分比的项须写优势；不要求填“无”", percentage_or_none),
        Rule(
            "improvements_to",
            "须写改进机会的百分比",
            "评分不高于此百分比的项须写改进机会；不要求填“无”",
            percentage_or_none,
        ),
        Rule("shortlist_per_place", "入围差额比例", "每个名额入围几家，例如 3/2", ratio),
        Rule("score_threshold", "入围最低总分", "不超过准则总分；0 表示不设", points),
        Rule("trim_from", "去掉最高分和最低分", "评分表满几份时各去掉一份再平均；0 表示不去", trim_from),
        Rule("tie_rule", "总分相同时", "同名次；或以结果类得分、极差小者区分，仍相同的同名次", tie_rule),
        Rule("spread_limit", "评审组总分极差上限", "最高与最低总分之差超过时提示；0 表示不提示", points),
        Rule("scoring_days", "评分期限（天）", "从分配次日起算，逾期提示；0 表示不限", whole),
        Rule("quorum", "会议法定人数", "出席评委占全体评委的比例，例如 2/3", share),
        Rule("votes_needed", "通过票数", "同意票占有表决权出席评委的比例，例如 2/3", share),
        Rule("vote_rounds", "表决最多几轮", "1 表示只投一轮；作废的一轮不算", positive),
        Rule("next_round", "再投一轮的申报", "填“并列”（在名额线上）或“并列和未通过”；名额有余才再投", next_round),
        Rule(
            "another_vote",
            "公示后空出的名额可以再次表决",
            "填“是”或“否”；“是”为评委会可另行开会，对表决过而未获推荐的再次表决，通过的另行公示；“否”为名额空缺",
            yes_or_no,
        ),
        Rule("places_shown", "会议材料列出名次", "填“是”或“否”；“是”为评委在候选名单上看到名次和得分", yes_or_no),
        Rule("notice_days", "公示期（工作日）", "按工作日历计算", positive),
        Rule("notice_first_day_counted", "公示当日计入公示期", "填“是”或“否”", yes_or_no),
        Rule("objection_days", "异议核查期限（工作日）", "从收到异议的次日起算，逾期提示", positive),
        Rule(
            "stamped_scan_required",
            "提交前须上传盖章扫描件",
            "填“是”或“否”；填“是”时，申报书签章页的盖章扫描件须与提交内容一致",
            yes_or_no,
        ),
        Rule(
            "veto_look_back",
            "信用记录追溯期",
            "年数（从申报开始之日往前算）或起始日期，例如 3、2023-01-01",
            look_back,
        ),
        Rule("veto_kinds", "一票否决的信用记录", "类别之间用顿号隔开；不设填“无”", credit_kinds),
        Rule("veto_accident_level", "一票否决的事故等级", "达到此等级即否决，例如 重大事故", accident_level),
        Rule(
            "phases",
            "评审阶段与权重",
            "按先后写，权重之和为 100，例如 独立评审 40、合议评审 30、现场评审 30；入围的还可以有 陈述答辩",
            phase_rules.phases,
        ),
        Rule("consensus_cases", "合议评审的范围", "填“全部”或“入围”", phase_rules.cases),
        Rule("consensus_spread", "须讨论的分歧", "同一评分项极差超过几个百分点须讨论", phase_rules.spread_limit),
        Rule("visitors_named", "现场评审计划列出专家姓名", "填“是”或“否”；“是”为公布计划时告知申报单位", yes_or_no),
        Rule("hearing_minutes", "陈述答辩每家分钟数", "包括陈述和回答提问", positive),
        Rule("feedback_on", "反馈报告发放日期", "日期，例如 2027-01-15；不发放填“不发放”", phase_rules.release_day),
        Rule("revocation_days", "撤销前陈述申辩期限（工作日）", "从告知次日起算", positive),
        Rule("bar_fraud", "因弄虚作假撤销的，此后几届不得申报", "0 表示不限", whole),
        Rule("bar_other", "因其他原因撤销的，此后几届不得申报", "0 表示不限；自愿交回的不限", whole),
        Rule(
            "bar_group",
            "撤销后的申报限制及于集团成员",
            "填“是”或“否”；“是”为同一集团登记在平台上的单位在限制期内不予受理",
            yes_or_no,
        ),
        Rule(
            "revocation_holds_money",
            "撤销提议办理期间暂缓拨付",
            "填“是”或“否”；“是”为提议办结之前，这项荣誉的奖金不编制、不复核、不编入批次",
            yes_or_no,
        ),
        Rule("clawback_days", "撤销后退回奖金的期限（天）", "从决定生效次日起算", positive),
        Rule("veto_when_repaired", "已信用修复的仍否决", "填“是”或“否”；“是”为逐件核查后判断", yes_or_no),
    ]
}


@lru_cache(1000)
def parse(key: str, text: str):
    """The typed value of one rule; ValueError names the rule and what is wrong."""
    rule = RULES[key]
    try:
        return rule.parse(text.strip())
    except (ValueError, ZeroDivisionError) as wrong:
        raise ValueError(f"{rule.label}的值“{text}”不正确：{wrong}") from None
