"""The kinds of credit records, and the levels of accidents. Words only; nothing is stored here."""

from django.db.models import TextChoices


class Kind(TextChoices):
    PENALTY = "penalty", "行政处罚"
    CRIME = "crime", "刑事"
    ACCIDENT = "accident", "事故"
    INSPECTION = "inspection", "监督抽查不合格"
    DISHONESTY = "dishonesty", "严重违法失信"
    OTHER = "other", "其他"


class Level(TextChoices):
    """Levels of accidents, rising: 生产安全事故报告和调查处理条例（国务院令第493号）第三条."""

    ORDINARY = "ordinary", "一般事故"
    SERIOUS = "serious", "较大事故"
    MAJOR = "major", "重大事故"
    EXTREME = "extreme", "特别重大事故"


def level_named(name: str) -> Level:
    """The level by the first part of its name, as rules write it: 重大 for 重大事故."""
    return next(level for level in Level if level.label == f"{name}事故")


def at_least(level: str, least: str) -> bool:
    """Whether an accident is of the least level or above it."""
    rising = list(Level)
    return rising.index(Level(level)) >= rising.index(Level(least))
