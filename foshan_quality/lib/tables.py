"""What the rows of a workbook say under known headings, and what cannot be read in them. Pure.

Cells are what `enterprises/credit/workbook.py` makes of a file: [kind, text] or None where blank.
"""

from dataclasses import dataclass

from foshan_quality.lib.forms import half_width


@dataclass(frozen=True)
class Column:
    """A column of the workbook: the fact it holds, how it is read, how much of it fits."""

    heading: str
    fact: str
    is_required: bool = False
    longest: int = 0
    hint: str = ""


@dataclass(frozen=True)
class Flaw:
    """Something in a row that cannot be taken: where, what, and what to do about it."""

    row: int
    column: str
    what: str
    remedy: str


class Unreadable(Exception):
    """A cell cannot be taken; the arguments are what is wrong and what to do."""


def sample_headings(columns: list[Column]) -> list[str]:
    """The headings of the workbook to fill in; what must be filled has a star."""
    return [f"{column.heading}{'*' if column.is_required else ''}" for column in columns]


def heading_of(cell) -> str:
    """A heading as it is compared: half-width, no blanks, no star."""
    return "".join(half_width(cell[1]).split()).rstrip("*") if cell else ""


def headings_problem(header: list, columns: list[Column]) -> str:
    """Why the headings do not fit, in one sentence; empty when they do. Order does not matter."""
    found, known = [heading_of(cell) for cell in header], {column.heading for column in columns}
    missing = [c.heading for c in columns if c.is_required and c.heading not in found]
    strange = [name for name in found if name and name not in known]
    twice = sorted({name for name in found if name and found.count(name) > 1})
    parts = [
        f"缺少列“{'”“'.join(missing)}”" if missing else "",
        f"有样表里没有的列“{'”“'.join(strange)}”" if strange else "",
        f"有重复的列“{'”“'.join(twice)}”" if twice else "",
    ]
    said = "；".join(filter(None, parts))
    return f"第一行不是样表的标题：{said}。没有读取，请下载样表，按样表的标题填写后上传。" if said else ""


def rows_of(rows: list, columns: list[Column], value):
    """Each row below the headings: its number, its facts by name, its flaws. What a row leaves blank is missing.

    `value(column, kind, text)` says what a cell holds; it raises Unreadable when that cannot be told for sure.
    """
    (_number, header), *body = rows
    by_heading = {column.heading: column for column in columns}
    places = [by_heading.get(heading_of(cell)) for cell in header]
    for number, cells in body:
        yield number, *_facts(number, columns, places, cells, value)


def _facts(number, columns, places, cells, value):
    facts, flaws = {}, []
    for column, cell in zip(places, cells, strict=False):
        if column is None or cell is None:
            continue
        try:
            facts[column.fact] = value(column, *_sure(*cell))
        except Unreadable as wrong:
            flaws.append(Flaw(number, column.heading, *wrong.args))
    named = {flaw.column for flaw in flaws}
    flaws += [
        Flaw(number, column.heading, "没有填", "请补填")
        for column in columns
        if column.is_required and column.fact not in facts and column.heading not in named
    ]
    return facts, flaws


def _sure(kind, text):
    if kind == "f":
        raise Unreadable("是公式，不能确认内容", "请复制后用“选择性粘贴—数值”粘贴，再上传")
    if kind == "e":
        raise Unreadable(f"是错误值 {text}", "请改正后重新上传")
    return kind, text


def fitting(column: Column, text: str) -> str:
    """The text with its blanks tidied; Unreadable when there is more of it than fits."""
    text = " ".join(text.split())
    if column.longest and len(text) > column.longest:
        raise Unreadable(f"有 {len(text)} 个字，超过 {column.longest} 个字", "请缩短")
    return text


def among(choices, text: str):
    """What a word stands for; Unreadable for a word that is not among the choices."""
    text = " ".join(text.split())
    found = choices.get(half_width(text))
    if found is None:
        raise Unreadable(f"“{text[:20]}”不认识", f"请填：{'、'.join(dict.fromkeys(choices))}")
    return found


def code_cell(kind, text) -> str:
    """The text of a cell with a credit code; Unreadable for a number, whose last digits may be lost."""
    if kind == "n":
        raise Unreadable("是数字，末几位可能已经丢失", "请把整列设为文本格式，重新填写 18 位代码")
    return text
