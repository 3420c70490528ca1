"""Workbooks of credit records as people hand them in, and as nobody should."""

import io
import zipfile
from datetime import date

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from enterprises.credit.reading import COLUMNS
from foshan_quality.lib.sheets import XLSX
from tests import given

HEADINGS = [column.heading for column in COLUMNS]
FACTS = {
    "kind": "行政处罚",
    "authority": "佛山市某局",
    "decided_on": date(2026, 2, 3),
    "source": "公共信用信息报告 2026-03-01",
}


def line(number="佛样监处罚〔2026〕1号", *, of=None, **facts):
    """One row of the workbook, of an organisation or of a firm the portal does not know."""
    who = {"credit_code": of.credit_code, "name": of.name} if of else {}
    who = who or {"credit_code": given.credit_code(), "name": "佛山市路人机械有限公司"}
    row = FACTS | who | {"number": number} | facts
    return [row.get(column.fact) for column in COLUMNS]


def book(*rows, headings=HEADINGS):
    """The bytes of a workbook with these rows under its headings."""
    made = Workbook()
    sheet = made.active
    sheet.append(headings)
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def upload(content, name="信用记录.xlsx"):
    return SimpleUploadedFile(name, content, XLSX)


def with_part(content, name, text=b"x"):
    """The same workbook with one more part in its package."""
    file = io.BytesIO(content)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr(name, text)
    return file.getvalue()


def with_sheet(xml):
    """A workbook whose sheet is this XML."""
    source, file = zipfile.ZipFile(io.BytesIO(book(line()))), io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for part in source.infolist():
            is_sheet = part.filename == "xl/worksheets/sheet1.xml"
            package.writestr(part.filename, xml if is_sheet else source.read(part))
    return file.getvalue()
