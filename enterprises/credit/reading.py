"""What the rows of a workbook say, and what cannot be read in them. Pure: cells in, entries and flaws out."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from foshan_quality.lib.forms import DATE_SHAPES, half_width
from foshan_quality.lib.identity import credit_code_problem, is_credit_code_shaped, tidy_credit_code

from .kinds import Kind, Level


@dataclass(frozen=True)
class Column:
    """A column of the workbook: the fact it holds, how it is read, how much of it fits."""

    heading: str
    fact: str
    is_required: bool = False
    longest: int = 0
    hint: str = ""


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
BY_HEADING = {column.heading: column for column in COLUMNS}
DATES = {"decided_on", "published_on", "ends_on", "repaired_on"}
KINDS = {label: value for value, label in Kind.choices}
LEVELS = {name: value for value, label in Level.choices for name in (label, label.removesuffix("事故"))}
NOT_DONE = "没有导入"


@dataclass(frozen=True)
class Flaw:
    """Something in a row that cannot be taken: where, what, and what to do about it."""

    row: int
    column: str
    what: str
    remedy: str


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


class Unreadable(Exception):
    """A cell cannot be taken; the arguments are what is wrong and what to do."""


def headings_problem(header: list) -> str:
    """Why the headings do not fit, in one sentence; empty when they do. Order does not matter."""
    found = [_heading(cell) for cell in header]
    missing = [c.heading for c in COLUMNS if c.is_required and c.heading not in found]
    strange = [name for name in found if name and name not in BY_HEADING]
    twice = sorted({name for name in found if name and found.count(name) > 1})
    parts = [
        f"缺少列“{'”“'.join(missing)}”" if missing else "",
        f"有样表里没有的列“{'”“'.join(strange)}”" if strange else "",
        f"有重复的列“{'”“'.join(twice)}”" if twice else "",
    ]
    said = "；".join(filter(None, parts))
    return f"第一行不是样表的标题：{said}。没有读取，请下载样表，按样表的标题填写后上传。" if said else ""


def _heading(cell):
    return "".join(half_width(cell[1]).split()).rstrip("*") if cell else ""


def read(rows: list, today: date, registered: Registered) -> tuple[list[Entry], list[Flaw]]:
    """The entries of a file and its flaws, by row. A row with a flaw gives no entry; nothing is guessed."""
    (_number, header), *body = rows
    columns = [BY_HEADING.get(_heading(cell)) for cell in header]
    entries, flaws = [], []
    for number, cells in body:
        facts, wrong = _facts(number, columns, cells)
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
    places = {_heading(cell): place for place, cell in enumerate(header)}
    codes = {tidy_credit_code(text) for text in _texts(body, places.get("统一社会信用代码"))}
    return codes, {text.strip() for text in _texts(body, places.get("单位名称"))}


def _texts(body, place):
    cells = (cells[place] for _number, cells in body if place is not None and place < len(cells))
    return (cell[1] for cell in cells if cell)


def _facts(number, columns, cells):
    facts, flaws = {}, []
    for column, cell in zip(columns, cells, strict=False):
        if column is None or cell is None:
            continue
        try:
            facts[column.fact] = _value(column, *cell)
        except Unreadable as wrong:
            flaws.append(Flaw(number, column.heading, *wrong.args))
    named = {flaw.column for flaw in flaws}
    flaws += [
        Flaw(number, column.heading, "没有填", "请补填")
        for column in COLUMNS
        if column.is_required and column.fact not in facts and column.heading not in named
    ]
    return facts, flaws


def _value(column, kind, text):
    """What a cell says; Unreadable when it cannot be told for sure."""
    if kind == "f":
        raise Unreadable("是公式，不能确认内容", "请复制后用“选择性粘贴—数值”粘贴，再上传")
    if kind == "e":
        raise Unreadable(f"是错误值 {text}", "请改正后重新上传")
    if column.fact in DATES:
        return _day(kind, text)
    if column.fact == "credit_code":
        return _code(kind, text)
    text = " ".join(text.split())
    if column.fact == "kind":
        return _among(KINDS, text)
    if column.fact == "level":
        return _among(LEVELS, text)
    if column.fact == "number":
        text = plain_digits("".join(text.split()))
    if column.longest and len(text) > column.longest:
        raise Unreadable(f"有 {len(text)} 个字，超过 {column.longest} 个字", "请缩短")
    return text


def _code(kind, text):
    if kind == "n":
        raise Unreadable("是数字，末几位可能已经丢失", "请把整列设为文本格式，重新填写 18 位代码")
    return tidy_credit_code(text)


def _among(choices, text):
    found = choices.get(half_width(text))
    if found is None:
        raise Unreadable(f"“{text[:20]}”不认识", f"请填：{'、'.join(dict.fromkeys(choices))}")
    return found


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
