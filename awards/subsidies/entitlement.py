"""What an honour entitles to: the published line of its date, less what the same matter has brought already. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

ZERO = Decimal("0.00")

# What a line says of other sums: none beside it, the highest of a year, up to the higher one, or all.
ALONE, HIGHEST, TOP_UP, STACK = "alone", "highest", "top_up", "stack"
OWN, GROUP = "own", "group"


@dataclass(frozen=True)
class TableLine:
    """One published line: a sum in yuan and the days it was valid, ends included.

    `stacking` is one of the four rules above and `combined` the honours (by name) it counts together with;
    `repeats` whether the same honour, won again, is paid again. `notice_basis` is what demands a public notice before
    payment, empty where nothing does; `notice_days` how long it must stand, in working days or in days of the calendar,
    None where the document does not say.
    """

    amount: Decimal
    document: str
    valid_from: date
    valid_to: date | None
    article: str = ""
    stacking: str = STACK
    combined: frozenset[str] = frozenset()
    repeats: bool = True
    notice_basis: str = ""
    notice_days: int | None = None
    notice_in_workdays: bool = False


@dataclass(frozen=True)
class Matter:
    """What is to be paid for: an honour, its year, and who pays (a payer's code)."""

    honour: str
    year: int
    payer: str


def reach(matter: Matter, other: Matter) -> date:
    """The day from which a group counts between two matters: the first of the year of the earlier one. Firms that were
    one group at any time since are looked at together, whoever has left it meanwhile."""
    return date(min(matter.year, other.year), 1, 1)


@dataclass(frozen=True)
class Earlier:
    """A sum in yuan that is settled or was paid already: for what, by whom, to whom.

    `relation` is OWN for the same organisation and GROUP for its parent, its subsidiaries and theirs. `through` says
    by which link the holder belonged to the group, where that has ended since.
    """

    matter: Matter
    amount: Decimal
    holder: str
    relation: str
    payer_name: str
    through: str = ""


@dataclass(frozen=True)
class Finding:
    """One thing found about earlier sums, in words, and what it takes off the table's sum, in yuan."""

    code: str
    text: str
    deducted: Decimal = ZERO


@dataclass(frozen=True)
class Owed:
    """What is owed by the table: the sum in yuan (None where no line is valid), and what was found on the way."""

    amount: Decimal | None
    findings: tuple[Finding, ...]


def line_on(lines: list[TableLine], day: date) -> TableLine | None:
    """The line valid on a day; the youngest where several are. None where the table says nothing."""
    valid = [line for line in lines if line.valid_from <= day and (line.valid_to is None or day <= line.valid_to)]
    return max(valid, key=lambda line: line.valid_from, default=None)


def owed(line: TableLine | None, matter: Matter, earlier: Iterable[Earlier]) -> Owed:
    """What a matter brings after all that went before.

    The same matter paid by the same payer, the same honour won again, and sums the line counts together with
    are taken off; what a group or another payer has had is found and named, for people to judge.
    """
    due, findings = line.amount if line else ZERO, []
    for one in earlier:
        code = _code(line, matter, one)
        if code is None:
            continue
        taken = _deduction(code, line, one, due)
        due -= taken
        findings.append(Finding(code, _said(code, one), taken))
    return Owed(due if line else None, tuple(findings))


def _code(line, matter, one):
    """What an earlier sum is to this matter, or None where it is another matter altogether."""
    same_honour, same_payer = one.matter.honour == matter.honour, one.matter.payer == matter.payer
    same_year = one.matter.year == matter.year
    if same_honour and same_year and not same_payer:
        return "other_payer"
    if one.relation == GROUP:
        return "group" if same_honour and same_payer else None
    if not same_payer:
        return None
    if same_honour:
        return "same_matter" if same_year else "won_again"
    if line and one.matter.honour in line.combined and (same_year or line.stacking == TOP_UP):
        return line.stacking if line.stacking != STACK else None
    return None


def _deduction(code, line, one, due):
    if line is None or code in {"other_payer", "group"} or (code == "won_again" and line.repeats):
        return ZERO
    if code in {"same_matter", "won_again", ALONE}:
        return due
    return min(one.amount, due)


SAID = {
    "same_matter": "同一荣誉已经兑现，不再兑现",
    "won_again": "该单位以前年度已获同一荣誉的奖补",
    "group": "同一集团的单位已获同一荣誉的奖补，请核实是否同一事项",
    "other_payer": "同一荣誉已由其他渠道资助，请核实是否同一事项",
    ALONE: "同一年度已兑现合并计算的荣誉，按规定不再兑现",
    HIGHEST: "同一年度合并计算的荣誉只按最高一项，已兑现部分扣减",
    TOP_UP: "已兑现合并计算的荣誉，按规定只补差额",
}


def _said(code, one):
    what = f"{one.holder} {one.matter.year}年{one.matter.honour} {one.amount:,} 元（{one.payer_name}）"
    through = f"；集团关系：{one.through}" if one.through else ""
    return f"{SAID[code]}：{what}{through}"
