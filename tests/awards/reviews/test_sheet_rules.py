"""What an expert types, cites and fills in without a network: read, compared and judged, without a database."""

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from openpyxl import load_workbook

from awards.programmes import rules
from awards.reviews import citing, entries, finding, offline
from awards.reviews.entries import Entry
from awards.reviews.sheet_models import READS
from enterprises.credit import workbook

# --- references ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("12", "12"),
        ("１２，附３：２", "12、附3:2"),
        (" 12、12, 附3-2；7 ", "12、附3:2、7"),
        ("", ""),
    ],
)
def test_references_are_kept_in_one_way(typed, kept):
    assert citing.written(citing.parts(typed)) == kept


@pytest.mark.parametrize("typed", ["第12页", "0", "附0:1", "12345", "a"])
def test_what_is_no_reference_is_named(typed):
    assert citing.problem("4.1.2", typed, [30]).text.startswith(f"4.1.2 的证据页“{typed}”看不懂")


def test_a_reference_leads_to_a_page_of_the_dossier():
    assert citing.problem("4.1.2", "30、附1:2", [30, 2]) is None
    assert citing.problem("4.1.2", "31、附1:3、附2:1", [30, 2]).text == (
        "4.1.2 的证据页 31、附1:3、附2:1 不在申报材料中。没有保存。"
    )
    assert citing.problem("4.1.2", "31", []) is None  # while the pages are not known


def test_references_have_a_longest():
    assert "太多" in citing.problem("4.1.2", "、".join(map(str, range(1000, 1060))), []).text


# --- entries ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("typed", "percentage"), [("65", 65), ("６５％", 65), (" 65 % ", 65), ("", None), ("0", 0)])
def test_a_percentage_is_read_however_it_is_typed(typed, percentage):
    assert entries.read("4.1.2", {"percentage": typed}) == (Entry(percentage), [])


@pytest.mark.parametrize("typed", ["半", "5.5", "-5", "1000"])
def test_what_is_no_percentage_is_said_with_the_item(typed):
    _entry, [problem] = entries.read("4.1.2", {"percentage": typed})

    assert (problem.where, problem.text) == ("4.1.2", f"4.1.2 的百分比“{typed}”应为整数，没有保存。")


def test_texts_are_trimmed_and_too_long_ones_refused():
    entry, [problem] = entries.read("4.1.2", {"strengths": " 好 \r\n多 ", "improvements": "长" * 4001})

    assert entry.strengths == "好 \n多"
    assert problem.code == "too_long"


MINE, THEIRS, BASE = Entry(50), Entry(60), Entry(40)


def test_two_windows_that_changed_different_items_are_put_together():
    met = entries.meet({"a": MINE, "b": BASE}, {"a": BASE, "b": BASE}, {"a": BASE, "b": THEIRS})

    assert met == entries.Meeting({"a": MINE, "b": THEIRS}, {})


def test_two_windows_that_changed_one_item_leave_mine_with_theirs_beside_it():
    assert entries.meet({"a": MINE}, {"a": BASE}, {"a": THEIRS}) == entries.Meeting({"a": MINE}, {"a": THEIRS})
    assert entries.meet({"a": MINE}, {"a": BASE}, {"a": MINE}) == entries.Meeting({"a": MINE}, {})


def test_only_what_differs_is_touched():
    assert entries.touched({"a": MINE, "b": Entry()}, {"a": BASE}) == {"a": MINE}


def test_a_sheet_is_submitted_with_every_mark_and_every_reason_asked_for():
    sheet = {
        "a": Entry(70),
        "b": Entry(25),
        "c": Entry(65),
        "d": Entry(None, "只有话"),
        "e": Entry(90, "好"),
        "f": Entry(0, "", "无"),
    }

    problems = entries.wanting(sheet, "abcdef", 70, 25)

    assert [(problem.code, problem.where) for problem in problems] == [
        ("missing", "d"),
        ("strengths", "a"),
        ("improvements", "b"),
    ]
    assert [p.code for p in entries.wanting(sheet, "abcdef", None, None)] == ["missing"]


@pytest.mark.parametrize(("text", "value"), [("70", 70), ("0", 0), ("100", 100), ("无", None)])
def test_the_thresholds_for_reasons_are_percentages_or_none(text, value):
    assert rules.parse("strengths_from", text) == value


@pytest.mark.parametrize("text", ["101", "-1", "多", ""])
def test_no_other_threshold_is_taken(text):
    with pytest.raises(ValueError, match="须写改进机会的百分比"):
        rules.parse("improvements_to", text)


# --- finding ------------------------------------------------------------------------------------------


def test_words_are_found_across_the_lines_of_a_printed_page():
    page = finding.squeezed("建立了卓越\r\n绩效 模式，ISO 9001\nCertified")

    assert page == "建立了卓越绩效模式,iso 9001 certified"
    assert finding.around(page, finding.squeezed("卓越绩效模式")) == ("建立了", "卓越绩效模式", ",iso 9001 certified")


def test_an_item_begins_where_its_heading_stands_and_not_where_it_is_mentioned():
    pages = [
        finding.squeezed(text)
        for text in ("目录 4.1.2", "见 4.1.3", "4.1.2 高层领导的作用（50 分）", "4.1.3 组织治理（30 分）")
    ]
    items = [("4.1.2", "高层领导的作用", 50), ("4.1.3", "组织治理", 30), ("4.1.4", "社会责任", 30)]

    marks = finding.begins(items, pages)

    assert marks == {"4.1.2": 3, "4.1.3": 4}
    assert [finding.item_on(page, marks) for page in (1, 3, 9)] == ["", "4.1.2", "4.1.3"]


# --- the workbook -------------------------------------------------------------------------------------

SHEET = offline.Sheet(
    "FS-001", 7, 3, "independent", 4, "gbt", (("4.1.2", "高层领导的作用", 50), ("4.1.3", "组织治理", 30))
)
FILLED = {"4.1.2": Entry(55, "第一行\n=1+1", "改进", "12、附3:2")}


@pytest.fixture
def drawn():
    return offline.workbook(SHEET, FILLED, [("过程", "0%—5%", "没有方法")], ["说明"])


def back(content, change=None):
    """The cells as the reader of uploads gives them, after somebody changed the file."""
    file = io.BytesIO(content)
    if change:
        book = load_workbook(file)
        change(book.worksheets[0])
        file = io.BytesIO()
        book.save(file)
    return workbook.read(file, keeps_lines=True)


def test_a_workbook_comes_back_as_it_went_out(drawn):
    assert offline.filled_in(back(drawn), SHEET) == ({**FILLED, "4.1.3": Entry()}, [])


def test_only_the_four_columns_to_fill_in_are_open_and_nothing_is_a_formula(drawn):
    page = load_workbook(io.BytesIO(drawn)).worksheets[0]

    opened = {cell.column_letter for row in page.iter_rows(min_row=4) for cell in row if not cell.protection.locked}
    assert (page.protection.sheet, opened) == (True, {"D", "E", "F", "G"})
    assert {cell.data_type for row in page.iter_rows() for cell in row if cell.value is not None} == {"s", "n"}


def test_what_was_filled_in_is_read(drawn):
    def fill(page):
        page["D5"], page["E5"] = 40, "补充"

    read, problems = offline.filled_in(back(drawn, fill), SHEET)

    assert (read["4.1.3"], problems) == (Entry(40, "补充"), [])


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (replace(SHEET, case="FS-002"), "这是 FS-001 的评分表，不是 FS-002 的"),
        (replace(SHEET, assignment=8, expert=4), "另一位专家"),
        (replace(SHEET, rubric="another"), "准则或评审阶段与现在的不同"),
        (replace(SHEET, phase="site_visit"), "准则或评审阶段与现在的不同"),
        (replace(SHEET, version=5), "第 4 版，之后网页上又保存过（现为第 5 版）"),
    ],
)
def test_a_workbook_of_another_sheet_is_refused_with_the_reason(drawn, other, words):
    read, [problem] = offline.filled_in(back(drawn), other)

    assert read == {}
    assert words in problem.text


def spoil_seal(page):
    page["B2"] = page["B2"].value[:-2] + "xx"


def rename_item(page):
    page["B4"] = "别的项"


def more_points(page):
    page["C4"] = 500


def drop_row(page):
    page.delete_rows(5)


def twice(page):
    page["A5"], page["B5"], page["C5"] = "4.1.2", "高层领导的作用", 50


def other_columns(page):
    page.delete_cols(2)


@pytest.mark.parametrize("change", [spoil_seal, rename_item, more_points, drop_row, twice, other_columns])
def test_an_altered_workbook_is_refused(drawn, change):
    _read, problems = offline.filled_in(back(drawn, change), SHEET)

    assert problems
    assert "没有读取" in problems[0].text


@pytest.mark.parametrize(("value", "code"), [("=1+1", "cell"), (0.65, "range"), ("六十", "range")])
def test_a_percentage_that_is_none_is_named_with_its_row(drawn, value, code):
    def fill(page):
        page["D5"] = value

    _read, problems = offline.filled_in(back(drawn, fill), SHEET)

    assert [(problem.code, problem.where) for problem in problems] == [(code, "4.1.3")]


# --- who opened what ----------------------------------------------------------------------------------

ROOMS = ("reviews", "consensus", "site_visits", "hearings", "feedback", "calibration", "decisions")
OF_OTHERS = {"download_feedback", "download_minutes"}  # the applicant's own report, minutes without a mark


def test_every_opening_of_marks_that_is_logged_stands_in_the_list_of_who_opened_what():
    files = [file for room in ROOMS for file in sorted((Path(settings.BASE_DIR) / "awards" / room).glob("*actions.py"))]
    logged = re.findall(r'verb="((?:read|print|download|export)_\w+)"', "".join(f.read_text("utf-8") for f in files))

    assert set(logged) - OF_OTHERS == set(READS)
