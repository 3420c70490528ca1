"""The composite score of a case: its score in each phase times the phase's weight. Pure Decimal arithmetic."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

FORMULA = "加权综合-1"  # another way of computing gets another name: what was computed says by which
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Part:
    """One phase's share: its score and its weight."""

    phase: str
    score: Decimal
    weight: int


@dataclass(frozen=True)
class Composite:
    """A composite score that explains itself."""

    total: Decimal
    parts: tuple[Part, ...]
    formula: str = FORMULA

    @property
    def arithmetic(self) -> str:
        """(612.50 × 40 + 640.00 × 60) ÷ 100 = 629.00"""
        terms = " + ".join(f"{part.score} × {part.weight}" for part in self.parts)
        return f"({terms}) ÷ {sum(part.weight for part in self.parts)} = {self.total}"


def mean_of(totals) -> Decimal:
    """The plain mean of submitted totals, half up to 0.01. Refuses an empty panel with ValueError."""
    if not totals:
        raise ValueError("no submitted sheet")
    return (sum(totals) / len(totals)).quantize(CENT, ROUND_HALF_UP)


def composite(scores: Mapping[str, Decimal], weights: Mapping[str, int]) -> Composite:
    """Σ score × weight ÷ Σ weight over the phases of `weights`, in their order, half up to 0.01 once at the end.

    Refuses with KeyError while a phase has no score, with ValueError where no phase weighs anything.
    """
    whole = sum(weights.values())
    if whole <= 0:
        raise ValueError("no phase weighs anything")
    parts = tuple(Part(phase, scores[phase], weight) for phase, weight in weights.items())
    total = sum((part.score * part.weight for part in parts), Decimal(0)) / whole
    return Composite(total.quantize(CENT, ROUND_HALF_UP), parts)
