"""What an organisation's credit records mean on a given day, under the rules of an edition. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from .kinds import Kind, at_least


@dataclass(frozen=True)
class Veto:
    """What rules an organisation out: kinds of records since a day, accidents from a level on.

    `when_repaired` says whether a record rules out even after its 信用修复.
    """

    since: date
    kinds: frozenset[str]
    level: str
    when_repaired: bool = True


@dataclass(frozen=True)
class Standing:
    """Records that rule the organisation out, and those that only have to be known."""

    vetoes: list = field(default_factory=list)
    notes: list = field(default_factory=list)


def look_back(years: int, day: date) -> date:
    """The day so many years before `day`, from which on records count (29 February becomes the 28th)."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def standing(records: Iterable, day: date, veto: Veto) -> Standing:
    """Sort the records that count on `day` into vetoes and notes, newest first.

    A record counts when it is in force as a row and its time touches the look-back: the day it was decided or,
    for 严重违法失信, every day until it ends. Anything decided after `day` is not known yet.
    """
    counted = [record for record in records if _counts(record, day, veto)]
    counted.sort(key=lambda record: record.decided_on, reverse=True)
    vetoes = [record for record in counted if _rules_out(record, day, veto)]
    return Standing(vetoes, [record for record in counted if record not in vetoes])


def _counts(record, day, veto):
    return not record.is_void and record.decided_on <= day and _last_day(record, day) >= veto.since


def _last_day(record, day):
    """The last day of a record's effect; being listed for grave dishonesty goes on until it ends."""
    if record.kind != Kind.DISHONESTY:
        return record.decided_on
    return min(filter(None, [record.ends_on, record.repaired_on]), default=day)


def _rules_out(record, day, veto):
    if record.kind not in veto.kinds:
        return False
    if record.kind == Kind.ACCIDENT and not at_least(record.level, veto.level):
        return False
    is_repaired = record.repaired_on is not None and record.repaired_on <= day
    return veto.when_repaired or not is_repaired
