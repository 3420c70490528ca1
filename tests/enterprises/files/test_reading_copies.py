"""What the reading copy of a Word or Excel file shows, and where it stops. No database, no setting of pages."""

import io
from datetime import date, datetime

import pytest
from openpyxl import Workbook, load_workbook

from enterprises.files import reading_copies
from enterprises.files.reading_copies import Cleaned


def cleaned(markup):
    page = Cleaned()
    page.feed(markup)
    return page.whole()


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("<p onclick='x()'>一<strong>二</strong></p>", "<p>一<strong>二</strong></p>"),
        ("<p><a href='http://x.example'>网址</a></p>", "<p>网址</p>"),
        ("<p>&lt;script&gt;</p>", "<p>&lt;script&gt;</p>"),
        ("<td colspan='2' rowspan='999' style='x'>三</td>", '<td colspan="2">三</td>'),
        ("<p><img src='file:///etc/passwd'></p>", "<p>〔图片没有显示〕</p>"),
        ("<p><img src='data:image/png;base64,AA=='></p>", '<p><img alt="" src="data:image/png;base64,AA=="></p>'),
        ("<ul><li>没有完", "<ul><li>没有完</li></ul>"),
    ],
)
def test_of_a_word_file_only_plain_elements_and_our_own_pictures_are_left(markup, shown):
    assert cleaned(markup) == shown


def test_a_long_text_is_cut_off_and_says_so(monkeypatch):
    monkeypatch.setattr(reading_copies, "MOST_CHARACTERS", 3)

    assert cleaned("<ul><li>一二三四</li></ul><p>五</p>") == (
        '<ul><li>一二三</li></ul><p class="cut">文件太长。以下内容没有排出，请看原件（专家请联系秘书处）。</p>'
    )


def sheet_of(*rows):
    book, kept = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(kept)
    return load_workbook(kept, read_only=True, data_only=True).active


def test_cells_are_shown_as_the_text_of_their_values():
    sheet = sheet_of(["指标", 0.1 + 0.2, True], [], [date(2026, 3, 1), datetime(2026, 3, 1, 9, 30), "=A1", None])

    rows, is_cut = reading_copies._filled_rows(sheet, [100])

    assert rows == [(1, ["指标", "0.3", "是"]), (3, ["2026-03-01", "2026-03-01 09:30"])]
    assert not is_cut


@pytest.mark.parametrize(("rows", "left"), [([["一"]] * 3, 100), ([["一", "二", "三"]], 100), ([["一"]] * 2, 1)])
def test_too_many_rows_columns_or_cells_are_cut_off_and_the_page_says_so(monkeypatch, rows, left):
    monkeypatch.setattr(reading_copies, "MOST_ROWS", 2)
    monkeypatch.setattr(reading_copies, "MOST_COLUMNS", 2)

    shown = reading_copies._sheet(sheet_of(*rows), [left])

    assert "这张表还有内容没有排出，请看原件（专家请联系秘书处）。" in shown
    assert shown.count("一") <= 2
    assert "三" not in shown
