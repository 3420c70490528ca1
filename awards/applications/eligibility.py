"""Whether an organisation meets the conditions of an edition, before it fills anything in. Pure: the day is given.

What can be read from the register is judged here; the rest the organisation answers itself. A measure without its
value is switched off: no threshold is assumed that the edition does not set. Nothing here decides anything: the
secretariat does, when it screens.
"""

import re
from dataclasses import dataclass
from datetime import date

YES, NO, UNSURE = "yes", "no", "unsure"
WORDS = {YES: "符合", NO: "不符合", UNSURE: "不确定"}
SIZES = {"large": "大型", "medium": "中型", "small": "小型", "micro": "微型"}


@dataclass(frozen=True)
class Asked:
    """One condition: the sentence, why, which paper proves it, what it rests on, and how it is judged."""

    key: str
    question: str
    explanation: str = ""
    proof: str = ""
    document: str = ""
    article: str = ""
    is_confirmed: bool = False
    measure: str = ""
    value: str = ""

    @property
    def basis(self):
        """What the condition rests on, in words."""
        return f"{self.document}（{self.article}）" if self.article else self.document

    @property
    def sentence(self):
        """The condition with its number of years, where it has one."""
        return f"{self.question}（{self.value} 年）" if self.measure in WHOLE_YEARS else self.question

    @property
    def is_on(self):
        """A measure that needs a value counts only with one; “0” switches it off too."""
        return self.measure not in NEEDING_A_VALUE or self.value.strip() not in {"", "0"}


@dataclass(frozen=True)
class Facts:
    """What the register and the record of honours say about the organisation. Years are those of honours."""

    is_here: bool
    registered_on: date
    size: str
    cpe_started_on: str = ""
    parent: str = ""
    honoured_in: tuple[int, ...] = ()
    parent_honoured_in: tuple[int, ...] = ()


@dataclass(frozen=True)
class Finding:
    """What came out for one condition; `because` is the system's reason where it judged by itself."""

    asked: Asked
    verdict: str
    because: str = ""

    @property
    def words(self):
        return WORDS.get(self.verdict, "未回答")

    @property
    def kind(self):
        return {YES: "good", NO: "stop", UNSURE: "act"}.get(self.verdict, "wait")


def judged(asked: Asked, facts: Facts, today: date) -> tuple[str, str] | None:
    """The system's own verdict and its reason, or None where only the organisation can answer."""
    measure = MEASURES.get(asked.measure)
    return measure(asked.value.strip(), facts, today) if measure else None


def findings(conditions, answers: dict, facts: Facts, today: date) -> list[Finding]:
    """What comes out for every condition that counts, in order. The system's verdict goes before the answer."""
    found = []
    for asked in conditions:
        if asked.is_on:
            own = judged(asked, facts, today)
            found.append(Finding(asked, *own) if own else Finding(asked, answers.get(asked.key, "")))
    return found


def outcome(found: list[Finding]) -> str:
    """The whole: NO when one condition fails, UNSURE while one is open, else YES."""
    verdicts = {finding.verdict for finding in found}
    if NO in verdicts:
        return NO
    return YES if verdicts <= {YES} else UNSURE


def years_after(day: date, years: int) -> date:
    """The same day so many years later; of 29 February the 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _here(_value, facts, _today):
    if facts.is_here:
        return YES, "单位登记的所在区在佛山市"
    return NO, "单位登记的所在区不在佛山市"


def _years_registered(value, facts, today):
    since = years_after(facts.registered_on, int(value))
    said = f"成立日期 {facts.registered_on}，满 {value} 年的日期为 {since}"
    return (YES if since <= today else NO), said


def _cpe_years(value, facts, today):
    begun = re.fullmatch(r"(\d{4})\D(\d{1,2})\D?", facts.cpe_started_on.strip())
    if not begun or not 1 <= int(begun[2]) <= 12:
        return None
    since = years_after(date(int(begun[1]), int(begun[2]), 1), int(value))
    said = f"导入时间 {facts.cpe_started_on.strip()}，满 {value} 年的日期为 {since}"
    return (YES if since <= today else NO), said


def _size(value, facts, _today):
    wanted = [part.strip() for part in re.split("[,，、]", value)]
    said = f"单位登记为{SIZES.get(facts.size, facts.size)}企业"
    return (YES if facts.size in wanted or SIZES.get(facts.size) in wanted else NO), said


def _honoured_before(value, facts, today):
    return _within(value, facts.honoured_in, today, "本单位")


def _parent_honoured(value, facts, today):
    if not facts.parent:
        return YES, "单位没有登记上级单位"
    return _within(value, facts.parent_honoured_in, today, f"上级单位{facts.parent}")


def _within(value, years, today, whose):
    barring = [year for year in years if today.year - year < int(value)]
    if barring:
        return NO, f"{whose}于 {max(barring)} 年获奖，{value} 年内不再申报"
    return YES, f"系统里没有{whose}近 {value} 年的获奖记录"


MEASURES = {
    "registered_here": _here,
    "years_registered": _years_registered,
    "cpe_years": _cpe_years,
    "size": _size,
    "honoured_before": _honoured_before,
    "parent_honoured": _parent_honoured,
}
NEEDING_A_VALUE = set(MEASURES) - {"registered_here"}
WHOLE_YEARS = NEEDING_A_VALUE - {"size"}  # their value is a number of years
