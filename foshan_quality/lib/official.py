"""Official papers in the form of GB/T 9704-2012, as PDF and as docx, from the same content.

A4, 版心 156 × 225 mm, 22 lines of 28 characters of 16 pt, title 22 pt, 〔〕 numbers, no seal: where it goes is left
free, and the paper says that it does not count without one. `content` is a mapping made by
`awards/publicity/composing.py`. The PDF is set with the embedded free fonts; the docx names the fonts of the
standard, which the office's machines have and which are not embedded.
"""

import io
from datetime import datetime

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from . import printing
from .words import width

LINE = 28.95  # points: 22 lines in 225 mm
BODY, TITLE, FOOT, MARK = 16, 22, 14, 36  # points: 3号, 2号, 4号; the largest mark that stays on one line
MARK_WIDTH = 410  # points
RED = RGBColor(0xD2, 0x00, 0x1A)
FANG, SONG, HEI, KAI = "仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312"
LEVELS = {"first": HEI, "second": KAI, "text": FANG}
UNSEALED = "用印处　未加盖印章无效"


def words_of(content):
    """Everything a paper prints, in one string."""
    lines = [line for _level, line in [*content["body"], *content["after"]]]
    cells = [cell for row in content["rows"] for cell in row]
    named = [content[part] for part in ("title", "mark", "number", "to", "issuer", "dated", "contact")]
    return "".join([*named, *lines, *cells, *content["head"]])


def mark_size(content):
    """The size of the red mark at the head: as large as one line of 156 mm allows."""
    return min(MARK, MARK_WIDTH / (len(content["mark"]) or 1))


def pdf_of(content):
    """The paper as PDF. Refused with `MissingGlyphs` when a character is in none of the fonts."""
    printing.refuse_missing_glyphs(words_of(content))
    return printing.page("documents/official.html", paper=content, mark_size=f"{mark_size(content):.1f}")


# --- docx ---------------------------------------------------------------------------------------------


def docx_of(content):
    """The paper as docx, to be worked on and sealed. Its properties name nobody.

    Refused with `MissingGlyphs` for control characters, which the file could not hold.
    """
    printing.refuse_invisible(words_of(content))
    document = Document()
    _settle(document)
    _properties(document, content["day"])
    if content["is_rehearsal"]:
        _line(document, "演练样张　不得使用", font=HEI, colour=RED, align=WD_ALIGN_PARAGRAPH.CENTER)
    if content["mark"]:
        _head(document, content)
    elif content["number"]:
        _line(document, content["number"], align=WD_ALIGN_PARAGRAPH.RIGHT)
    _title(document, content)
    if content["to"]:
        _line(document, f"{content['to']}：")
    body, after = content["body"], content["after"]
    for place, (level, text) in enumerate(body, 1):
        _paragraph(document, level, text, is_last=place == len(body) and not after)
    if content["rows"]:
        _table(document, content)
    for place, (level, text) in enumerate(after, 1):
        _paragraph(document, level, text, is_last=place == len(after))
    _sign(document, content)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _settle(document):
    """A4 with the margins of the standard, its grid of lines and characters, the page number at the outer foot."""
    page = document.sections[0]
    page.orientation, page.page_width, page.page_height = WD_ORIENT.PORTRAIT, Mm(210), Mm(297)
    page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)
    page.footer_distance = Mm(28)  # 7 mm below the type area
    grid = page._sectPr.find(qn("w:docGrid"))
    if grid is None:
        grid = OxmlElement("w:docGrid")
        page._sectPr.append(grid)
    for name, value in (("type", "linesAndChars"), ("linePitch", "579"), ("charSpace", "-842")):
        grid.set(qn(f"w:{name}"), value)
    document.settings.odd_and_even_pages_header_footer = True
    _page_number(page.footer.paragraphs[0], WD_ALIGN_PARAGRAPH.RIGHT)
    _page_number(page.even_page_footer.paragraphs[0], WD_ALIGN_PARAGRAPH.LEFT)
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(BODY)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FANG)


def _properties(document, day):
    """Nobody's name, and no other day than the paper's own."""
    facts = document.core_properties
    facts.author = facts.last_modified_by = facts.comments = facts.title = ""
    if day:
        facts.created = facts.modified = datetime.fromisoformat(day)
    else:
        for moment in facts._element.xpath("dcterms:created | dcterms:modified"):
            facts._element.remove(moment)


def _page_number(paragraph, align):
    paragraph.alignment = align
    indent = paragraph.paragraph_format
    indent.left_indent = indent.right_indent = Pt(FOOT)
    for kind, text in ((None, "— "), ("begin", ""), ("instr", " PAGE "), ("end", ""), (None, " —")):
        run = paragraph.add_run(text if kind is None else "")
        _font(run, "宋体", FOOT)
        if kind == "instr":
            field = OxmlElement("w:instrText")
            field.set(qn("xml:space"), "preserve")
            field.text = text
            run._r.append(field)
        elif kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)


def _font(run, name, size=BODY, colour=None):
    run.font.size, run.font.name = Pt(size), name
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), name)
    if colour is not None:
        run.font.color.rgb = colour


def _line(document, text, *, font=FANG, size=BODY, colour=None, align=None, indent=0, keep=False):
    paragraph = document.add_paragraph()
    settled = paragraph.paragraph_format
    settled.line_spacing_rule, settled.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(LINE if size <= BODY else size * 1.55)
    settled.space_before = settled.space_after = Pt(0)
    settled.first_line_indent = Pt(indent * size) if indent else None
    settled.keep_with_next = keep
    if align is not None:
        paragraph.alignment = align
    _font(paragraph.add_run(text), font, size, colour)
    return paragraph


def _paragraph(document, level, text, *, is_last):
    """A heading stays with what follows, the last words with the signature."""
    _line(document, text, font=LEVELS[level], indent=2, keep=is_last or level != "text")


def _head(document, content):
    """The red mark, the number (for a paper upwards with room for whoever signs), the red rule."""
    centre = WD_ALIGN_PARAGRAPH.CENTER
    _line(document, content["mark"], font=SONG, size=mark_size(content), colour=RED, align=centre)
    _line(document, "")
    number = content["number"] or "　　　　〔　　　　〕　　号"
    if content["signer"]:
        line = _line(document, f"　{number}")
        line.paragraph_format.tab_stops.add_tab_stop(Mm(100))
        _font(line.add_run("\t签发人："), FANG)
    else:
        line = _line(document, number, align=centre)
    _rule(line)


def _rule(paragraph):
    border, foot = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "12"), ("space", "11"), ("color", "D2001A")):
        foot.set(qn(f"w:{name}"), value)
    border.append(foot)
    paragraph._p.get_or_add_pPr().append(border)


def _title(document, content):
    for _ in range(2 if content["mark"] else 1):
        _line(document, "")
    for line in content["title_lines"]:
        _line(document, line, font=SONG, size=TITLE, align=WD_ALIGN_PARAGRAPH.CENTER)
    _line(document, "")


def _table(document, content):
    table = document.add_table(rows=0, cols=len(content["head"]), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for n, row in enumerate([content["head"], *content["rows"]]):
        cells = table.add_row().cells
        for cell, text, wide in zip(cells, row, (Mm(18), Mm(108), Mm(30)), strict=True):
            cell.width = wide
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(0)
            _font(paragraph.add_run(text), FANG if n else HEI, FOOT)
        _whole(table.rows[-1])
    head = table.rows[0]._tr.get_or_add_trPr()
    head.append(OxmlElement("w:tblHeader"))


def _whole(row):
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _sign(document, content):
    """The day, above its middle who issues it, room for the seal, and that the paper is not sealed."""
    _line(document, "", keep=True)
    _line(document, UNSEALED, size=10.5, colour=RGBColor(0x55, 0x55, 0x55), align=WD_ALIGN_PARAGRAPH.RIGHT, keep=True)
    _line(document, "", keep=True)
    for text in (content["issuer"], content["dated"]):
        line = _line(document, text, align=WD_ALIGN_PARAGRAPH.RIGHT, keep=text == content["issuer"])
        line.paragraph_format.right_indent = Pt((4 + (width(content["dated"]) - width(text)) / 2) * BODY)
    if content["contact"]:
        _line(document, content["contact"], indent=2)
