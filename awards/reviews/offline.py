"""The score sheet as a workbook: one row an item, sealed; and what a filled-in one says. Pure.

The seal is a signed line that names case, expert, sheet, version and rubric. Cells beside the four that are filled in
are locked; whoever unlocks and alters them is told on the way back.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core import signing
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side

from foshan_quality.lib.problems import Problem

from .entries import WORDS, Entry, read

SALT = "offline score sheet"
SEAL = "校验码（请勿改动）"
HEADINGS = ["条款", "评分项", "分值", *WORDS.values()]
WIDTHS = [10, 24, 8, 10, 48, 48, 20]
LINE = Border(*[Side(style="thin", color="999999")] * 4)
OPEN = PatternFill("solid", fgColor="FFF8E1")


@dataclass(frozen=True)
class Sheet:
    """Which sheet a workbook is of. `items` are (code, title, points) in order."""

    case: str
    assignment: int
    expert: int
    phase: str
    version: int
    rubric: str
    items: tuple[tuple[str, str, int], ...]

    @property
    def seal(self):
        """The signed line; it changes with every save of the sheet."""
        return signing.dumps(self._facts(), salt=SALT, compress=True)

    def _facts(self):
        return {
            "case": self.case,
            "assignment": self.assignment,
            "expert": self.expert,
            "phase": self.phase,
            "version": self.version,
            "rubric": self.rubric,
        }

    def differs(self, facts: Mapping) -> str:
        """Why a workbook with these facts is not of this sheet, in one sentence; empty when it is."""
        if facts["case"] != self.case:
            return f"这是 {facts['case']} 的评分表，不是 {self.case} 的。没有读取。"
        if facts["expert"] != self.expert or facts["assignment"] != self.assignment:
            return "这是另一位专家的评分表。没有读取，请用自己下载的文件。"
        if facts["rubric"] != self.rubric or facts["phase"] != self.phase:
            return "这份文件用的准则或评审阶段与现在的不同。没有读取，请重新下载。"
        if facts["version"] != self.version:
            return (
                f"这份文件是评分表第 {facts['version']} 版，之后网页上又保存过（现为第 {self.version} 版）。没有读取，"
                "以免盖掉后来的评分。请重新下载，把内容抄入新文件。"
            )
        return ""


def workbook(sheet: Sheet, entries: Mapping[str, Entry], bands: Sequence[tuple[str, str, str]], notes: Sequence[str]):
    """The .xlsx file of a sheet as it stands. `bands` are (kind, from–to, words). Every cell is text or a number."""
    book = Workbook()
    page = book.active
    page.title = "评分表"
    for note in notes:
        _row(page, [note], is_bold=False)
    _row(page, [SEAL, sheet.seal], is_bold=False)
    _row(page, HEADINGS, is_bold=True)
    page.freeze_panes = f"C{page.max_row + 1}"
    for code, title, points in sheet.items:
        entry = entries.get(code, Entry())
        words = ["" if entry.percentage is None else entry.percentage, entry.strengths, entry.improvements]
        _row(page, [code, title, points, *words, entry.evidence], is_filled_in=True)
    for place, width in enumerate(WIDTHS):
        page.column_dimensions["ABCDEFG"[place]].width = width
    page.protection.sheet = True
    page.print_title_rows = f"{len(notes) + 2}:{len(notes) + 2}"
    page.page_setup.orientation, page.page_setup.fitToHeight = "landscape", 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    _add_bands(book.create_sheet("各档含义"), bands)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _row(page, values, *, is_bold=False, is_filled_in=False):
    number = page.max_row + 1 if page.max_row > 1 or page["A1"].value is not None else 1
    for place, value in enumerate(values, 1):
        cell = page.cell(number, place)
        if isinstance(value, int):
            cell.value = value
        else:
            cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
            cell.data_type, cell.number_format = "s", "@"
        cell.alignment = Alignment(wrap_text=is_filled_in or is_bold, vertical="top")
        cell.font = Font(bold=is_bold)
        if is_filled_in or is_bold:
            cell.border = LINE
        if is_filled_in and place > 3:
            cell.protection, cell.fill = Protection(locked=False), OPEN


def _add_bands(page, bands):
    _row(page, ["类型", "百分比", "含义"], is_bold=True)
    for kind, band, words in bands:
        _row(page, [kind, band, words], is_bold=False)
        page.cell(page.max_row, 3).alignment = Alignment(wrap_text=True, vertical="top")
    page.column_dimensions["C"].width = 100
    page.protection.sheet = True


# --- and back -----------------------------------------------------------------------------------------


def filled_in(rows: Sequence, sheet: Sheet) -> tuple[dict[str, Entry], list[Problem]]:
    """What a workbook's cells say for this sheet, and every reason why it cannot be taken.

    `rows` are [row number, cells], a cell being [kind, text] or None.
    """
    table = [[number, [*cells, *[None] * 7][:7]] for number, cells in rows]
    if wrong := _seal_problem(table, sheet):
        return {}, [Problem("seal", wrong)]
    at = next((i for i, (_n, cells) in enumerate(table) if [_shown(c) for c in cells] == HEADINGS), None)
    if at is None:
        return {}, [Problem("headings", "没有找到表头一行，列被删改过。没有读取，请重新下载。")]
    return _items(table[at + 1 :], sheet)


def _seal_problem(table, sheet):
    seal = next((_shown(cells[1]) for _number, cells in table if _shown(cells[0]) == SEAL), "")
    try:
        return sheet.differs(signing.loads(seal, salt=SALT))
    except signing.BadSignature:
        return "没有找到有效的校验码：这不是系统下载的评分表，或校验码被改动。没有读取，请重新下载。"


def _items(table, sheet):
    expected = {code: (title, str(points)) for code, title, points in sheet.items}
    entries, problems = {}, []
    for number, cells in table:
        code = _shown(cells[0])
        locked = (_shown(cells[1]), _shown(cells[2]))
        if code not in expected or code in entries or locked != expected[code]:
            words = f"第 {number} 行的条款、评分项或分值被改动，或重复出现。没有读取，请重新下载。"
            problems.append(Problem("structure", words))
            continue
        raw, wrong = _filled(number, code, cells[3:])
        problems += wrong
        entries[code], unreadable = read(code, raw)
        problems += unreadable
    missing = [code for code in expected if code not in entries]
    if missing and not problems:
        problems.append(Problem("structure", f"缺少 {'、'.join(missing)} 的行。没有读取，请重新下载。"))
    return entries, problems


def _filled(number, code, cells):
    raw, problems = {}, []
    for (name, words), cell in zip(WORDS.items(), cells, strict=True):
        kind, text = cell or ("s", "")
        if kind in {"f", "e", "d", "b"}:
            problems.append(
                Problem("cell", f"第 {number} 行 {code} 的{words}是公式、日期或错误值，请填文字或整数。", code)
            )
            text = ""
        if kind == "n" and name == "percentage" and "." in text:
            whole, _point, rest = text.partition(".")
            text = text if rest.strip("0") else whole
        raw[name] = text
    return raw, problems


def _shown(cell):
    return cell[1].strip() if cell else ""
