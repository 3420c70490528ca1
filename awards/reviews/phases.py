"""What a phase of the review is: who takes part, who scores, and when whose marks may be seen. Pure."""

from dataclasses import dataclass

from django.db.models import TextChoices

from awards.programmes.phase_rules import PERCENT, Cases, Kind, Planned


class Scorer(TextChoices):
    """Who gives the marks of a phase."""

    EXPERT = "expert", "每位专家各自评分"
    PANEL = "panel", "评审组共同评分"


class Seen(TextChoices):
    """When somebody of the panel may see what the others scored."""

    NEVER = "never", "不可见"
    AFTER_OWN = "after_own", "本人提交评分后"
    ALWAYS = "always", "随时"


OWN_SEAT = {  # in which states of one's own seat on the panel the marks of the others are open
    Seen.NEVER: (),
    Seen.AFTER_OWN: ("submitted",),
    Seen.ALWAYS: ("sitting", "submitted"),
}


@dataclass(frozen=True)
class Row:
    """One phase as an edition gets it."""

    kind: Kind
    weight: int
    cases: Cases
    scored_by: Scorer
    peers_seen: Seen


NATURE = {  # who scores, and when the marks of others are seen
    Kind.INDEPENDENT: (Scorer.EXPERT, Seen.NEVER),
    Kind.CONSENSUS: (Scorer.PANEL, Seen.AFTER_OWN),
    Kind.SITE_VISIT: (Scorer.PANEL, Seen.ALWAYS),  # what the panel agreed on; single sheets are not shown there
    Kind.HEARING: (Scorer.EXPERT, Seen.AFTER_OWN),
}
LATE_SEAT = (
    "本届独立评审已经结束，不能再分配专家。确需增补或更换的，先在“评审阶段”写明理由、重新进行独立评审，再来分配。"
)
FOR_THE_SHORTLISTED = {Kind.SITE_VISIT, Kind.HEARING}
ONLY_INDEPENDENT = (Planned(Kind.INDEPENDENT, PERCENT),)


def plan(settled) -> list[Row]:
    """The phases of an edition from its rules, in order. One from before the rule has the independent one alone."""
    return [
        Row(row.kind, row.weight, _cases(row.kind, settled), *NATURE[row.kind])
        for row in settled.get("phases", ONLY_INDEPENDENT)
    ]


def _cases(kind, settled):
    if kind == Kind.CONSENSUS:
        return settled.get("consensus_cases", Cases.ALL)
    return Cases.SHORTLISTED if kind in FOR_THE_SHORTLISTED else Cases.ALL
