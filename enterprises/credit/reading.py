"""What the rows of a workbook say, and what cannot be read in them. Pure: cells in, entries and flaws out."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from foshan_quality.lib.forms import DATE_SHAPES, half_width
from foshan_quality.lib.identity import credit_code_problem, is_credit_code_shaped, tidy_credit_code
from foshan_quality.lib.tables import Column, Flaw, Unreadable, among, code_cell, fitting, heading_of, rows_of

from .kinds import Kind, Level

COLUMNS = [
    Column("统一社会信用代码", "credit_code", True, 0, "18 位，整列设为文本格式"),
    Column("单位名称", "name", True, 120, "与来源一致"),
    Column("类别", "kind", True, 0, "、".join(Kind.labels)),
    Column("事故等级", "level", False, 0, "只在类别为“事故”时填：" + "、".join(Level.labels)),
    Column("文书号", "number", True, 80, "没有文书号的填公告或名单的编号"),
    Column("作出机关", "authority", True, 120),
    Column("作出日期", "decided_on", True, 0, "如 2026-03-18"),
    Column("公示日期", "published_on"),
    Column("有效期至", "ends_on"),
    Column("修复日期", "repaired_on", False, 0, "已完成信用修复的填"),
    Column("内容摘要", "summary", False, 2000),
    Column("来源", "source", True, 200, "公共信用信息报告、文件或网站"),
]
HEADINGS = {column.fact: column.heading for column in COLUMNS}
DATES = {"decided_on", "published_on", "ends_on", "repaired_on"}
KINDS = {label: value for value, label in Kind.choices}
LEVELS = {name: value for value, label in Level.choices for name in (label, label.removesuffix("事故"))}


@dataclass(frozen=True)
class Entry:
    """One readable row: its number and the facts by field name; what the row leaves blank is missing."""

    row: int
    facts: dict

    @property
    def key(self):
        """Which record it is about."""
        return self.facts["credit_code"], self.facts["kind"], self.facts["number"]


@dataclass(frozen=True)
class Registered:
    """The organisations on the portal that a file touches: names borne by code, and code by present name."""

    names: Mapping[str, set[str]]
    codes: Mapping[str, str]


def read(rows: list, today: date, registered: Registered) -> tuple[list[Entry], list[Flaw]]:
    """The entries of a file and its flaws, by row. A row with a flaw gives no entry; nothing is guessed."""
    entries, flaws = [], []
    for number, facts, wrong in rows_of(rows, COLUMNS, _value):
        wrong += _flaws_of_facts(number, facts, today, registered)
        if wrong:
            flaws += wrong
        else:
            entries.append(Entry(number, facts))
    once, repeated = _parted(entries)
    return once, sorted(flaws + repeated, key=lambda flaw: flaw.row)


def codes_and_names(rows: list) -> tuple[set[str], set[str]]:
    """Every credit code and every name in the file, tidied, to ask the register of organisations for."""
    (_number, header), *body = rows
    places = {heading_of(cell): place for place, cell in enumerate(header)}
    codes = {tidy_credit_code(text) for text in _texts(body, places.get("统一社会信用代码"))}
    return codes, {text.strip() for text in _texts(body, places.get("单位名称"))}


def _texts(body, place):
    cells = (cells[place] for _number, cells in body if place is not None and place < len(cells))
    return (cell[1] for cell in cells if cell)


def _value(column, kind, text):
    """What a cell says; Unreadable when it cannot be told for sure."""
    if column.fact in DATES:
        return _day(kind, text)
    if column.fact == "credit_code":
        return tidy_credit_code(code_cell(kind, text))
    if column.fact == "kind":
        return among(KINDS, text)
    if column.fact == "level":
        return among(LEVELS, text)
    return fitting(column, plain_digits("".join(text.split())) if column.fact == "number" else text)


def _day(kind, text):
    shapes = ["%Y-%m-%d"] if kind == "d" else DATE_SHAPES
    for shape in shapes:
        try:
            return datetime.strptime("".join(half_width(text).split()), shape).date()
        except ValueError:
            continue
    raise Unreadable(f"“{text[:20]}”不是日期", "请设为日期格式，或写成 2026-03-18")


def plain_digits(text: str) -> str:
    """Full-width digits and letters as plain ones; brackets such as 〔〕（） stay as they are."""
    return "".join(unicodedata.normalize("NFKC", c) if "\uff10" <= c <= "\uff5a" and c.isalnum() else c for c in text)


def problems_of(facts: dict, today: date, registered: Registered) -> list[tuple[str, str, str]]:
    """What does not hold together in the facts of one record: the field, what is wrong, what to do."""
    problems = [*_code_problems(facts, registered), *date_problems(facts, today)]
    is_accident = facts.get("kind") == Kind.ACCIDENT
    if is_accident and not facts.get("level"):
        problems.append(
            ("level", "类别为“事故”而没有填等级", f"请填：{'、'.join(Level.labels)}（国务院令第493号第三条）")
        )
    if facts.get("kind") and not is_accident and facts.get("level"):
        problems.append(("level", "类别不是“事故”，不应有等级", "请清空，或把类别改为“事故”"))
    return problems


def _code_problems(facts, registered):
    code, name = facts.get("credit_code"), facts.get("name")
    wrong = credit_code_problem(code) if code else ""
    if wrong and not (is_credit_code_shaped(code) and code in registered.names):
        yield "credit_code", wrong.rstrip("。"), "请对照来源核对代码"
    elif code and name:
        yield from _name_problems(code, name, registered)


def _name_problems(code, name, registered):
    borne = registered.names.get(code)
    if borne is not None and folded(name) not in {folded(known) for known in borne}:
        yield "name", f"与代码不符：这个代码在平台登记为“{sorted(borne)[0]}”", "请对照来源核对名称和代码"
    elif borne is None and name in registered.codes:
        yield (
            "credit_code",
            f"与名称不符：这个名称在平台登记的代码是 {registered.codes[name]}",
            "请对照来源核对名称和代码",
        )


def folded(name: str) -> str:
    """A name for comparing: full-width as half-width, no blanks."""
    return "".join(half_width(name).split())


def date_problems(facts: dict, today: date):
    """Days that cannot be: in the future, or before the decision itself."""
    decided = facts.get("decided_on")
    if decided and decided > today:
        yield "decided_on", f"{decided} 晚于今天", "请核对日期"
    if facts.get("repaired_on") and facts["repaired_on"] > today:
        yield "repaired_on", f"{facts['repaired_on']} 晚于今天", "请核对日期"
    for fact in ("ends_on", "repaired_on"):
        if decided and facts.get(fact) and facts[fact] < decided:
            yield fact, f"{facts[fact]} 早于作出日期 {decided}", "请核对日期"


def _flaws_of_facts(number, facts, today, registered):
    return [Flaw(number, HEADINGS[fact], what, remedy) for fact, what, remedy in problems_of(facts, today, registered)]


def _parted(entries):
    """Entries whose record stands once in the file; of the others only an exact repetition is understood."""
    by_key = {}
    for entry in entries:
        by_key.setdefault(entry.key, []).append(entry)
    once, flaws = [], []
    for same in by_key.values():
        first, *others = same
        if all(other.facts == first.facts for other in others):
            once.append(first)
            flaws += [Flaw(o.row, "文书号", f"与第 {first.row} 行完全相同", "只导入一次，可以删去本行") for o in others]
        else:
            rows = "、".join(str(entry.row) for entry in same)
            flaws += [Flaw(e.row, "文书号", f"第 {rows} 行是同一文书而内容不同", "请只保留正确的一行") for e in same]
    once.sort(key=lambda entry: entry.row)
    return once, flaws
