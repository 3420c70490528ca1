"""Official papers as PDF and docx from one content: the measures of GB/T 9704-2012, no seal, no name."""

import io
from datetime import date
from zipfile import ZipFile

import mammoth
import pikepdf
import pypdfium2
import pytest
from docx import Document
from docx.oxml.ns import qn

from awards.publicity import composing
from foshan_quality.lib import official, printing

MM = 36000  # English Metric Units


def request(**changes):
    given = {
        "title": "关于审定2026年第八届佛山市政府质量奖拟奖名单的请示",
        "body": "一、名单\n（一）拟奖\n1.佛山市𠮷祥有限公司（南海区）\n妥否，请批示。",
        "issuer": "佛山市市场监督管理局",
        "dated": date(2026, 9, 8),
        "is_rehearsal": False,
        "mark": "佛山市市场监督管理局文件",
        "number": "佛市监〔2026〕3号",
        "signer": True,
        "to": "市人民政府",
    }
    return composing.content(**given | changes)


def words(pdf):
    """The text of a PDF, page by page."""
    document = pypdfium2.PdfDocument(pdf)
    return [page.get_textpage().get_text_range() for page in document]


def test_the_same_words_stand_in_both_files_with_a_plain_date_and_the_full_number():
    content = request()
    plain = "".join("".join(words(official.pdf_of(content))).split())
    docx = "".join(mammoth.extract_raw_text(io.BytesIO(official.docx_of(content))).value.split())

    for said in ("佛市监〔2026〕3号", "市人民政府：", "1.佛山市𠮷祥有限公司（南海区）", "2026年9月8日", "签发人："):
        assert (said in plain, said in docx) == (True, True)
    assert ("未加盖印章无效" in plain, "未加盖印章无效" in docx) == (True, True)


def test_the_page_is_that_of_the_standard_in_both_files():
    content = request()
    with pikepdf.open(io.BytesIO(official.pdf_of(content))) as pdf:
        box = [round(float(point) / 72 * 25.4) for point in pdf.pages[0].mediabox]
        images = [name for page in pdf.pages for name in page.get_images()]
    file = official.docx_of(content)
    page = Document(io.BytesIO(file)).sections[0]
    grid = page._sectPr.find(qn("w:docGrid"))
    measures = [page.page_width, page.page_height, page.top_margin, page.left_margin, page.right_margin]

    assert (box, images) == ([0, 0, 210, 297], [])
    assert [round(measure / MM) for measure in measures] == [210, 297, 37, 28, 26]
    assert (grid.get(qn("w:type")), grid.get(qn("w:linePitch"))) == ("linesAndChars", "579")
    with ZipFile(io.BytesIO(file)) as parts:
        facts = parts.read("docProps/core.xml").decode()
        assert [name for name in parts.namelist() if name.startswith("word/media")] == []
    assert ("python-docx" in facts, "2013" in facts, "2026-09-08" in facts) == (False, False, True)


def test_the_signature_never_stands_on_a_page_without_text():
    pages = words(official.pdf_of(request(body="\n".join(["第一段的文字。" * 8] * 5 + ["妥否，请批示。"]))))

    assert "妥否，请批示。" in next(page for page in pages if "2026年9月8日" in page).replace("\r\n", "")


def test_a_paper_without_its_day_leaves_room_and_a_rehearsed_one_says_so():
    content = request(dated=None, number="", is_rehearsal=True)
    docx = mammoth.extract_raw_text(io.BytesIO(official.docx_of(content))).value

    assert "演练样张" in "".join(words(official.pdf_of(content)))
    assert ("演练样张" in docx, "年　　月　　日" in docx, "〔　　　　〕" in docx) == (True, True, True)


def test_a_missing_glyph_stops_the_paper():
    with pytest.raises(printing.MissingGlyphs):
        official.pdf_of(request(to="某\U0003fffe局"))
