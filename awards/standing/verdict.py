"""What the judgements of a finding amount to. Pure."""

from enum import StrEnum

from django.db.models import TextChoices


class Judged(TextChoices):
    """What one person may say."""

    EXCLUDED = "excluded", "排除"
    CONFIRMED = "confirmed", "属实"


class Verdict(StrEnum):
    """What it comes to. The value is the word shown."""

    OPEN = "待核查"
    EXCLUDED_BY_ONE = "已排除（一人）"
    EXCLUDED = "已排除（两人）"
    CONFIRMED = "属实"


def verdict(judgements: list[tuple[str, int]]) -> Verdict:
    """The judgements in their order, each (outcome, person). The last confirmation undoes every earlier exclusion."""
    people = set()
    for outcome, person in judgements:
        people = None if outcome == Judged.CONFIRMED else (people or set()) | {person}
    if people is None:
        return Verdict.CONFIRMED
    return [Verdict.OPEN, Verdict.EXCLUDED_BY_ONE, Verdict.EXCLUDED][min(len(people), 2)]


def stands_in_the_way(found: Verdict, *, judges: int) -> str:
    """Why a finding stops a step that asks for so many judges; empty when it does not."""
    if found == Verdict.CONFIRMED:
        return "经核查属实"
    if found == Verdict.OPEN:
        return "尚未核查"
    if found == Verdict.EXCLUDED_BY_ONE and judges > 1:
        return "只有一人排除，须由第二名工作人员复核"
    return ""
