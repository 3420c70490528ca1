"""What a panel's marks say of one item, and what a consensus still lacks. Pure Decimal arithmetic."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from awards.rubric.scoring import mean_of
from foshan_quality.lib.problems import Problem


def rounded(marks: tuple[int, ...], step: int) -> int:
    """The mean on the scale of the rubric: the nearest step, half up, from the exact mean."""
    return int((Decimal(sum(marks)) / (len(marks) * step)).quantize(Decimal(1), ROUND_HALF_UP)) * step


def spread(marks: tuple[int, ...]) -> int:
    """Points of percentage between the highest and the lowest mark; none without marks."""
    return max(marks) - min(marks) if marks else 0


@dataclass(frozen=True)
class Talked:
    """One item of a consensus: every mark given, and what the panel has set and said, if anything."""

    code: str
    marks: tuple[int, ...]
    step: int
    limit: int
    chosen: int | None = None
    discussion: str = ""

    @property
    def mean(self):
        """The mean percentage; None without marks."""
        return mean_of(self.marks) if self.marks else None

    @property
    def spread(self):
        """Between the highest and the lowest mark."""
        return spread(self.marks)

    @property
    def is_wide(self):
        """Whether the marks lie further apart than the edition's limit, so that they must be discussed."""
        return self.spread > self.limit

    @property
    def default(self):
        """The mean on the scale, where the marks agree well enough."""
        return None if self.is_wide or not self.marks else rounded(self.marks, self.step)

    @property
    def percentage(self):
        """What stands: what the panel set, else the default."""
        return self.default if self.chosen is None else self.chosen


def problems(items: list[Talked]) -> list[Problem]:
    """Everything that keeps these items from standing: none set, off the scale, or set without a discussion."""
    found = []
    for item in items:
        if item.percentage is None:
            found.append(Problem("unset", f"{item.code} 分歧 {item.spread} 个百分点，须讨论后确定百分比。", item.code))
        elif not 0 <= item.percentage <= 100 or item.percentage % item.step:
            text = f"{item.code} 的 {item.percentage}% 不在 0—100、每档 {item.step}% 之内，没有保存。"
            found.append(Problem("range", text, item.code))
        elif item.percentage != item.default and not item.discussion.strip():
            found.append(Problem("discussion", f"{item.code} 须填写讨论记录，才能确定百分比。没有保存。", item.code))
    return found
