"""The phases of a review as an edition's rule writes them: 独立评审 40、合议评审 30、现场评审 30. Pure."""

import re
from dataclasses import dataclass
from datetime import date

from django.db.models import TextChoices


class Kind(TextChoices):
    """A phase of the review, in the order in which they follow one another."""

    INDEPENDENT = "independent", "独立评审"
    CONSENSUS = "consensus", "合议评审"
    SITE_VISIT = "site_visit", "现场评审"
    HEARING = "hearing", "陈述答辩"


class Cases(TextChoices):
    """Which applications take part in a phase."""

    ALL = "all", "全部"
    SHORTLISTED = "shortlisted", "入围"


PERCENT = 100


@dataclass(frozen=True)
class Planned:
    """One phase with its weight in the composite score, in percent."""

    kind: Kind
    weight: int


def phases(text: str) -> tuple[Planned, ...]:
    """Phases with their weights, parted by 、; the independent one comes first, the weights make up 100."""
    kinds = {kind.label: kind for kind in Kind}
    planned = []
    for part in text.split("、"):
        match = re.fullmatch(r"(\S+?)\s*(\d{1,3})", part.strip(), re.ASCII)
        if match is None or match[1] not in kinds:
            raise ValueError(f"只能填 {'、'.join(kinds)}，每个阶段后写权重，例如 独立评审 40、合议评审 60")
        planned.append(Planned(kinds[match[1]], int(match[2])))
    order = list(Kind)
    places = [order.index(row.kind) for row in planned]
    if places[0] != 0 or places != sorted(set(places)):
        raise ValueError("从独立评审开始，按先后列出，每个阶段一次")
    if planned[0].weight == 0:
        raise ValueError("独立评审的权重不能为 0")
    if sum(row.weight for row in planned) != PERCENT:
        raise ValueError("权重之和应为 100")
    return tuple(planned)


def cases(text: str) -> Cases:
    """Which applications take part: 全部 or 入围."""
    found = {choice.label: choice for choice in Cases}
    if text not in found:
        raise ValueError(f"只能填 {'或'.join(found)}")
    return found[text]


def spread_limit(text: str) -> int:
    """Points of percentage up to which marks of one item need no discussion."""
    value = int(text)
    if not 0 <= value <= PERCENT:
        raise ValueError("应在 0 到 100 之间")
    return value


def release_day(text: str) -> date | None:
    """The day from which feedback is given out, or 不发放."""
    if text == "不发放":
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("填日期，例如 2027-01-15，或者“不发放”") from None
