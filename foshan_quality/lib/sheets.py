"""A table as an .xlsx file in which every cell is text: nothing of it is ever taken for a formula. Pure."""

import io

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDEST = 48


def xlsx_bytes(header: list[str], rows, *, title="数据") -> bytes:
    """The whole file: one sheet, its headings bold and frozen, every column as wide as its heading asks."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for place, heading in enumerate(header, 1):
        sheet.column_dimensions[get_column_letter(place)].width = min(WIDEST, 6 + 2.2 * len(heading))
        sheet.column_dimensions[get_column_letter(place)].number_format = "@"
    sheet.append([_text(sheet, heading, is_bold=True) for heading in header])
    for row in rows:
        sheet.append([_text(sheet, value) for value in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _text(sheet, value, *, is_bold=False):
    """A cell of type text; characters that the format cannot hold are left out."""
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", "" if value is None else str(value)))
    cell.data_type, cell.number_format = "s", "@"
    if is_bold:
        cell.font = Font(bold=True)
    return cell
