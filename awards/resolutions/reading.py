"""A workbook of past laureates, line by line. Pure: cells in, lines or flaws out."""

import re
from dataclasses import dataclass
from datetime import date

HEADINGS = ["荣誉", "年度", "获奖单位", "公布日期", "来源", "说明"]
MUST = {"荣誉", "年度", "获奖单位", "来源"}
MOST = {"获奖单位": 120, "来源": 200, "说明": 300}


@dataclass(frozen=True)
class Line:
    """One line as read; `kind` is still the name of the honour."""

    row: int
    kind: str
    year: int
    name: str
    announced_on: date | None
    source: str
    note: str


def headings_problem(cells: list) -> str:
    """Why these headings are not those of the sample, or nothing."""
    found = [cell[1] if cell else "" for cell in cells]
    missing = [heading for heading in HEADINGS if heading not in found]
    return f"第一行缺少标题：{'、'.join(missing)}。没有读取，请用样表填写后上传。" if missing else ""


def read(rows: list, kinds: set[str], today: date) -> tuple[list[Line], list[tuple[int, str]]]:
    """The lines below the headings, and what is wrong with the others as (row, sentence)."""
    columns = {cell[1]: place for place, cell in enumerate(rows[0][1]) if cell}
    lines, flaws, seen = [], [], {}
    for row, cells in rows[1:]:
        texts = {h: _text(cells, columns[h]) for h in HEADINGS}
        wrong = list(_wrong(texts, cells, kinds, today))
        key = (texts["荣誉"], texts["年度"], texts["获奖单位"])
        if not wrong and key in seen:
            wrong = [f"与第 {seen[key]} 行重复"]
        seen.setdefault(key, row)
        if wrong:
            flaws.append((row, "；".join(wrong)))
        else:
            lines.append(_line(row, texts))
    return lines, flaws


def _text(cells, place):
    cell = cells[place] if place < len(cells) else None
    return cell[1].strip() if cell else ""


def _wrong(texts, cells, kinds, today):
    if any(cell and cell[0] in {"f", "e"} for cell in cells):
        yield "有公式或错误值，请粘贴为数值"
    for heading in HEADINGS:
        if heading in MUST and not texts[heading]:
            yield f"缺少{heading}"
        if len(texts[heading]) > MOST.get(heading, 100):
            yield f"{heading}超过 {MOST.get(heading, 100)} 字"
    if texts["荣誉"] and texts["荣誉"] not in kinds:
        yield f"没有“{texts['荣誉']}”这种荣誉，可填：{'、'.join(sorted(kinds))}"
    if texts["年度"] and not re.fullmatch(r"(19|20)\d\d", texts["年度"], re.ASCII):
        yield "年度应为四位数字"
    elif texts["年度"] and int(texts["年度"]) > today.year:
        yield "年度晚于今年"
    if texts["公布日期"] and _day(texts["公布日期"]) is None:
        yield "公布日期应写作 2021-09-17"


def _day(text):
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _line(row, texts):
    return Line(
        row=row,
        kind=texts["荣誉"],
        year=int(texts["年度"]),
        name=texts["获奖单位"],
        announced_on=_day(texts["公布日期"]),
        source=texts["来源"],
        note=texts["说明"],
    )
