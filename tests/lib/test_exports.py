"""Long tables as files: text stays text, sums stay numbers, memory does not grow with the rows."""

import csv
import hashlib
import io
import tracemalloc
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from foshan_quality.lib import exports
from foshan_quality.lib.exports import DAY, MOMENT, SUM, Column, Table, TooLong, csv_file, xlsx_file

HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")', "＝1+1"]
NUMBERS = ["6222000000001234", "007", "91E5", "1,000", "12", "2026-01", "1/2"]


def table(values, *columns):
    rows = (value if isinstance(value, list) else [value] for value in values)
    return Table("表", [("导出人", "某人")], list(columns) or [Column("列")], rows)


def csv_rows(written):
    rows = list(csv.reader(io.StringIO(written.file.read().decode("utf-8-sig"), newline="")))
    return rows[rows.index([]) + 1 :]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_a_formula_in_either_file(text):
    assert csv_rows(csv_file(table([text])))[1] == [f"'{text}"]
    cell = load_workbook(xlsx_file(table([text])).file).worksheets[1]["A2"]
    assert (cell.data_type, cell.value.replace("_x000D_", "\r")) == ("s", text)


@pytest.mark.parametrize("text", NUMBERS)
def test_a_text_that_looks_like_a_number_keeps_all_its_digits(text):
    assert csv_rows(csv_file(table([text])))[1] == [f"{text}\t"]
    cell = load_workbook(xlsx_file(table([text])).file).worksheets[1]["A2"]
    assert (cell.data_type, cell.number_format, cell.value) == ("s", "@", text)


def test_sums_days_and_moments_are_what_they_are():
    moment = datetime(2026, 7, 1, 16, 30, 5, tzinfo=UTC)
    row = [Decimal("-1234567890.05"), date(2026, 7, 2), moment, None]
    columns = [Column("金额", SUM, is_summed=True), Column("日", DAY), Column("时", MOMENT), Column("空", SUM)]

    assert csv_rows(csv_file(table([row], *columns))) == [
        ["金额（元）", "日", "时", "空（元）"],
        ["-1234567890.05", "2026-07-02", "2026-07-02 00:30:05", ""],
    ]
    cells = next(load_workbook(xlsx_file(table([row], *columns)).file).worksheets[1].iter_rows(min_row=2))
    assert [cell.data_type for cell in cells] == ["n", "d", "d", "n"]
    assert (f"{cells[0].value:.2f}", cells[2].value) == ("-1234567890.05", datetime(2026, 7, 2, 0, 30, 5))


@pytest.mark.parametrize("made", [csv_file, xlsx_file])
def test_the_cover_counts_what_was_written(made):
    written = made(table([[Decimal("1.10")], [None], [Decimal("2.20")]], Column("金额", SUM, is_summed=True)))

    assert (written.count, written.sums) == (3, {"金额": Decimal("3.30")})
    assert written.digest == hashlib.sha256(written.file.read()).hexdigest()
    written.file.seek(0)
    if made is csv_file:
        cover = written.file.read().decode("utf-8-sig").split("\r\n\r\n")[0].splitlines()
        assert cover == ["名称,表", "导出人,某人", "行数,3", "金额合计（元）,3.30"]
    else:
        pairs = [[cell.value for cell in row] for row in load_workbook(written.file).worksheets[0].iter_rows()]
        assert pairs == [["名称", "表"], ["导出人", "某人"], ["行数", 3], ["金额合计（元）", 3.3]]


@pytest.mark.parametrize(("made", "rows"), [(csv_file, 20_000), (xlsx_file, 2_000)])
def test_ten_times_the_rows_take_no_more_memory(made, rows):
    def peak(count):
        tracemalloc.start()
        made(table(([f"第{n}行"] for n in range(count)), Column("列")))
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)

    assert peak(rows) < peak(rows // 10) + 300_000


def test_more_than_a_sheet_holds_is_refused(monkeypatch):
    monkeypatch.setattr(exports, "MOST_ROWS", 2)

    with pytest.raises(TooLong):
        xlsx_file(table(["一", "二", "三"]))
