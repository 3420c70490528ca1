"""What a panel must be under the rules of the edition, and what is wrong with one. Pure; reports every breach."""

from collections import Counter
from dataclasses import dataclass

from awards.experts.fields import knows
from foshan_quality.lib.problems import Problem

OUTSIDE = "市外"


@dataclass(frozen=True)
class Rules:
    """The rules of the edition: experts in a panel, fields and districts among them, experts of the applicant's
    industry, each a number that must be reached."""

    size: int
    fields: int = 1
    districts: int = 1
    in_field: int = 0


@dataclass(frozen=True)
class Candidate:
    """An expert of the season: fields as tags, district (空 for outside the city), most cases, cases in hand."""

    key: int
    name: str
    tags: tuple[str, ...] = ()
    district: str = ""
    capacity: int = 0
    load: int = 0
    may_head: bool = True


@dataclass(frozen=True)
class Case:
    """A case with who sits on it, who heads it, and who must not sit on it: {expert: reason}."""

    key: int
    number: str
    industry: str
    seated: frozenset[int] = frozenset()
    head: int | None = None
    barred: tuple[tuple[int, str], ...] = ()

    @property
    def must_not(self) -> frozenset[int]:
        """The experts who must not sit on the case."""
        return frozenset(expert for expert, _reason in self.barred)


def breaches(case: Case, members, head, experts: dict, rules: Rules) -> list[Problem]:
    """Everything wrong with these members as the panel of this case; loads are another matter."""
    reasons, panel = dict(case.barred), [experts[key] for key in members if key in experts]
    found = [Problem("conflict", reasons[k]) for k in members if k in reasons]
    found += [_lacking(*line) for line in _counts(case, panel, rules) if line[2] < line[3]]
    if head is None or head not in members:
        found.append(Problem("head", "没有组长"))
    elif head in experts and not experts[head].may_head:
        found.append(Problem("head", f"{experts[head].name}不担任组长"))
    return found


def _counts(case, panel, rules):
    """Each counted rule as (code, what is counted, how many there are, how many there must be)."""
    return [
        ("too_few", "名专家", len(panel), rules.size),
        ("fields", "个专业领域", len({tag for expert in panel for tag in expert.tags}), rules.fields),
        ("districts", "个所在区", len({expert.district or OUTSIDE for expert in panel}), rules.districts),
        ("in_field", "名熟悉所属行业的专家", sum(knows(e.tags, case.industry) for e in panel), rules.in_field),
    ]


def _lacking(code, what, there, needed):
    return Problem(code, f"应有 {needed} {what}，现有 {there}")


def overloads(seats, experts: dict) -> list[Problem]:
    """Who would have more cases than the most; `seats` are new ones as (case, expert), on top of the loads."""
    added = Counter(expert for _case, expert in seats)
    return [
        Problem("load", f"{e.name}将有 {e.load + added[key]} 件，最多 {e.capacity} 件")
        for key, e in experts.items()
        if added[key] and e.load + added[key] > e.capacity
    ]


def hindrances(case: Case, experts: dict, rules: Rules) -> list[Problem]:
    """Why no panel at all can satisfy the rules for this case, whatever the others get."""
    free = [e for e in experts.values() if e.key not in case.must_not and (e.key in case.seated or e.load < e.capacity)]
    found = [
        Problem(code, f"{case.number}：需 {needed} {what}，没有利害关系、尚有余量的专家中只有 {there}")
        for code, what, there, needed in _counts(case, free, rules)
        if there < needed
    ]
    if case.head is None and not any(e.may_head for e in free):
        found.append(Problem("head", f"{case.number}：没有可任组长的专家"))
    return found
