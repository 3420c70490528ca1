"""Long tables as files, written row by row: a cover, headings, rows. Pure; memory does not grow with the rows.

Text stays text in every spreadsheet: no cell is ever taken for a formula, and in CSV a text that looks like a number or
a date (a code, an account, a batch's number) ends in a tab, so that nothing of it is lost. Sums stay numbers. The cover
is written last, because the number of rows and their sums are those of the rows that were written.
"""

import csv
import hashlib
import io
import re
import shutil
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from tempfile import TemporaryFile
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

TEXT, SUM, COUNT, DAY, MOMENT = "@", "#,##0.00", "0", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"  # Excel's number formats
MOST_ROWS = 1_000_000  # what a sheet of Excel holds, less the headings
FOSHAN = ZoneInfo("Asia/Shanghai")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
LIKE_A_NUMBER = re.compile(r"[\d\s.,/:-]+([eE][+-]?\d+)?")


class TooLong(Exception):
    """More rows than a sheet holds."""


@dataclass(frozen=True)
class Column:
    """A column: what it is called, its kind (text, sum, day or moment), how wide it is, whether it is added up."""

    name: str
    kind: str = TEXT
    width: int = 16
    is_summed: bool = False

    @property
    def heading(self):
        """The column's first cell; of sums it says in what they are."""
        return f"{self.name}（元）" if self.kind == SUM else self.name


@dataclass(frozen=True)
class Table:
    """What goes into a file. `cover` are pairs of label and text, `rows` anything that gives rows one by one."""

    title: str
    cover: list[tuple[str, str]]
    columns: list[Column]
    rows: object


@dataclass
class Written:
    """A finished file, at its beginning; how many rows it has, their sums by column, its SHA-256."""

    file: object = field(default_factory=TemporaryFile)
    count: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)
    digest: str = ""

    def counted(self, table):
        """The rows of the table as they pass, counted and added up."""
        summed = [(place, c.name) for place, c in enumerate(table.columns) if c.is_summed]
        self.sums = {name: Decimal("0.00") for _place, name in summed}
        for row in table.rows:
            self.count += 1
            for place, name in summed:
                self.sums[name] += row[place] or 0
            yield row

    def cover(self, table):
        """The cover's pairs, the count and the sums last."""
        sums = [(f"{name}合计（元）", total) for name, total in self.sums.items()]
        return [("名称", table.title), *table.cover, ("行数", self.count), *sums]

    def finished(self):
        """With its digest, ready to be read."""
        self.file.seek(0)
        self.digest = hashlib.file_digest(self.file, "sha256").hexdigest()
        self.file.seek(0)
        return self


def xlsx_file(table: Table) -> Written:
    """A workbook: the cover as its first sheet, the rows on the second. TooLong beyond what a sheet holds."""
    book, written = Workbook(write_only=True), Written()
    cover, sheet = book.create_sheet("说明"), book.create_sheet(table.title[:31])
    sheet.freeze_panes = "A2"
    for place, column in enumerate(table.columns, 1):
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    cover.column_dimensions["A"].width, cover.column_dimensions["B"].width = 20, 60
    sheet.append([_cell(sheet, TEXT, c.heading, font=Font(bold=True)) for c in table.columns])
    cells = [_cell(sheet, column.kind) for column in table.columns]
    for row in written.counted(table):
        if written.count > MOST_ROWS:
            for unfinished in book.worksheets:
                unfinished.close()
            raise TooLong
        sheet.append(_filled(cell, value) for cell, value in zip(cells, row, strict=True))
    for label, value in written.cover(table):
        kind = {Decimal: SUM, int: COUNT}.get(type(value), TEXT)
        cover.append([_cell(cover, TEXT, label, font=Font(bold=True)), _cell(cover, kind, value)])
    book.save(written.file)
    return written.finished()


def _cell(sheet, kind, value=None, font=None):
    cell = WriteOnlyCell(sheet)
    cell.number_format = kind
    if font:
        cell.font = font
    return _filled(cell, value)


def _filled(cell, value):
    """The same cell with another value, for a cell is written as soon as it is appended. Text is never a formula."""
    if value is None:
        cell.value = None
    elif cell.number_format == TEXT:
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", str(value))
        cell.data_type = "s"
    else:
        cell.value = value.astimezone(FOSHAN).replace(tzinfo=None) if isinstance(value, datetime) else value
    return cell


def csv_file(table: Table) -> Written:
    """UTF-8 with its mark: the cover's lines, an empty one, then headings and rows."""
    written = Written()
    with TemporaryFile("w+", encoding="utf-8", newline="") as body:
        writer = csv.writer(body)
        writer.writerow([column.heading for column in table.columns])
        kinds = [column.kind for column in table.columns]
        for row in written.counted(table):
            writer.writerow([_plain(kind, value) for kind, value in zip(kinds, row, strict=True)])
        head = io.StringIO(newline="")
        csv.writer(head).writerows([[label, _said(value)] for label, value in written.cover(table)] + [[]])
        written.file.write(f"\ufeff{head.getvalue()}".encode())
        body.flush()
        body.seek(0)
        shutil.copyfileobj(body.buffer, written.file)
    return written.finished()


def _plain(kind, value):
    if value is None:
        return ""
    if kind == TEXT:
        return _safe(str(value))
    if isinstance(value, datetime):
        return f"{value.astimezone(FOSHAN):%Y-%m-%d %H:%M:%S}"
    return str(value)


def _said(value):
    return _safe(value) if isinstance(value, str) else value


def _safe(text):
    """Text that stays text: no formula, no number."""
    if text.startswith(FORMULA_STARTS):
        return f"'{text}"
    return f"{text}\t" if text and LIKE_A_NUMBER.fullmatch(text) else text
