"""Sets the words of a Word or Excel file on pages, so that reviewers can read them without opening the file.

First a plain document of a few kinds of element and no addresses is made of it, cut off at fixed lengths, then that
is set as a PDF. What was cut off, and that the file itself counts, stands on the pages. Runs in the process of
`helper.py`; what it needs is loaded there only when such a file is drawn.
"""

import base64
import io
from datetime import date, datetime, time
from html import escape
from html.parser import HTMLParser

from . import pictures
from .cleaning import Unfit

MOST_CHARACTERS = 80_000
MOST_BLOCKS = 3_000  # paragraphs, list items and cells
MOST_PICTURES = 40
PICTURE_SIDE = 1_200  # pixels
MOST_SHEETS, MOST_ROWS, MOST_COLUMNS = 20, 200, 26
LONGEST_CELL = 500

KEPT = {"h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "strong", "em", "sup", "sub"}
KEPT |= {"table", "thead", "tbody", "tr", "th", "td"}
BLOCKS = {"h1", "h2", "h3", "h4", "h5", "h6", "p", "li", "th", "td"}
NO_PICTURE = "〔图片没有显示〕"
CUT_OFF = "以下内容没有排出，请看原件（专家请联系秘书处）。"

NOTE = "阅读副本：由系统按{kind}文件的内容排出，版式与原件不同，{missing}可能没有显示；以原件为准。"
STYLE = """
@page { size: %s; margin: 16mm 14mm 20mm;
  @bottom-left { content: "%s"; width: 90%%; font: 7.5pt "Noto Serif CJK SC"; color: #333; }
  @bottom-right { content: counter(page) "／" counter(pages); font: 7.5pt "Noto Serif CJK SC"; } }
body { margin: 0; font: 10.5pt/1.6 "Noto Serif CJK SC", serif; overflow-wrap: anywhere; }
h1 { font-size: 16pt; } h2 { font-size: 14pt; } h3, h4, h5, h6 { font-size: 12pt; }
table { width: 100%%; border-collapse: collapse; margin: 2mm 0; }
th, td { border: .2mm solid #666; padding: .6mm 1mm; vertical-align: top; text-align: left; }
.sheet { font-size: 8pt; line-height: 1.35; } .sheet th { background: #eee; font-weight: normal; }
.short, .sheet th { white-space: nowrap; }
.sheet p, .cut { font-size: 9pt; font-weight: bold; } h2.sheet { font-size: 13pt; }
img { max-width: 100%%; max-height: 180mm; }
"""


def copy_word(source, target, _number):
    """The words, tables and pictures of a docx as a PDF; how many pages."""
    import mammoth

    page, word = Cleaned(), io.BytesIO(source.read())  # mammoth wants a file with a name, or with none
    shown = mammoth.images.img_element(_picture)
    page.feed(mammoth.convert_to_html(word, include_embedded_style_map=False, convert_image=shown).value)
    note = NOTE.format(kind="Word ", missing="页眉页脚、文本框、公式和图形")
    return _set(page.whole(), note, "A4", target)


def copy_excel(source, target, _number):
    """The values in the cells of an xlsx as a PDF, sheet by sheet; how many pages."""
    from openpyxl import load_workbook

    book = load_workbook(source, read_only=True, data_only=True, keep_links=False)
    if not book.worksheets:
        raise Unfit("no_pages")
    left = [MOST_BLOCKS]
    parts = [_sheet(sheet, left) for sheet in book.worksheets[:MOST_SHEETS]]
    if len(book.worksheets) > MOST_SHEETS:
        parts.append(f'<p class="cut">只排出前 {MOST_SHEETS} 个工作表。{CUT_OFF}</p>')
    note = NOTE.format(kind="Excel ", missing="图表、图片、格式和没有存下结果的公式")
    return _set("".join(parts), note, "A4 landscape", target)


def _set(body, note, size, target):
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    style = STYLE % (size, note)
    markup = f'<!DOCTYPE html><html lang="zh"><head><style>{style}</style></head><body>{body}</body></html>'
    document = HTML(string=markup, url_fetcher=URLFetcher(allowed_protocols={"data"})).render()
    document.write_pdf(target)
    return len(document.pages)


# --- Word ---------------------------------------------------------------------------------------------


def _picture(image):
    """A picture in the text, encoded anew; one that cannot be read is only named."""
    form = {"image/png": "PNG", "image/jpeg": "JPEG"}.get(image.content_type)
    if not form:
        return {}
    out = io.BytesIO()
    try:
        with image.open() as packed:
            shown = pictures.upright(io.BytesIO(packed.read()), form)
    except Unfit:
        return {}
    shown.thumbnail((PICTURE_SIDE, PICTURE_SIDE))
    shown.save(out, "PNG" if shown.mode == "RGBA" else "JPEG")
    kind = "png" if shown.mode == "RGBA" else "jpeg"
    return {"src": f"data:image/{kind};base64,{base64.b64encode(out.getvalue()).decode()}"}


class Cleaned(HTMLParser):
    """HTML with only the elements in `KEPT`, their spans and our own pictures; cut off where it gets too long."""

    def __init__(self):
        super().__init__()
        self.parts, self.open = [], []
        self.characters = self.blocks = self.pictures = 0

    @property
    def is_full(self):
        return self.characters >= MOST_CHARACTERS or self.blocks >= MOST_BLOCKS

    def handle_starttag(self, tag, attrs):
        if self.is_full:
            return
        if tag == "br":
            self.parts.append("<br>")
        elif tag == "img":
            self._show(dict(attrs).get("src") or "")
        elif tag in KEPT:
            spans = "".join(f' {name}="{value}"' for name, value in attrs if _is_span(name, value))
            self.parts.append(f"<{tag}{spans}>")
            self.open.append(tag)
            self.blocks += tag in BLOCKS

    def _show(self, src):
        self.pictures += 1
        is_ours = src.startswith(("data:image/png;base64,", "data:image/jpeg;base64,"))
        shown = is_ours and self.pictures <= MOST_PICTURES
        self.parts.append(f'<img alt="" src="{escape(src)}">' if shown else NO_PICTURE)

    def handle_endtag(self, tag):
        if tag in KEPT and self.open and self.open[-1] == tag:
            self.parts.append(f"</{self.open.pop()}>")

    def handle_data(self, data):
        if not self.is_full:
            fitting = data[: MOST_CHARACTERS - self.characters]
            self.characters += len(fitting)
            self.parts.append(escape(fitting))

    def whole(self):
        """The document with every element closed, and a line where it was cut off."""
        ends = "".join(f"</{tag}>" for tag in reversed(self.open))
        cut = f'<p class="cut">文件太长。{CUT_OFF}</p>' if self.is_full else ""
        return "".join(self.parts) + ends + cut


def _is_span(name, value):
    return name in {"colspan", "rowspan"} and (value or "").isdecimal() and len(value) < 3


# --- Excel --------------------------------------------------------------------------------------------


def _sheet(sheet, left):
    """One sheet as a table with the numbers of its rows and the letters of its columns."""
    from openpyxl.utils import get_column_letter

    rows, is_cut = _filled_rows(sheet, left)
    width = max((len(cells) for _number, cells in rows), default=0)
    letters = "".join(f"<th>{get_column_letter(n)}</th>" for n in range(1, width + 1))
    lines = "".join(
        f"<tr><th>{number}</th>{''.join(_cell(cell, width) for cell in cells)}{'<td></td>' * (width - len(cells))}</tr>"
        for number, cells in rows
    )
    hidden = "" if sheet.sheet_state == "visible" else "（隐藏的工作表）"
    said = f'<h2 class="sheet">工作表：{escape(sheet.title[:60])}{hidden}</h2><div class="sheet">'
    if is_cut:
        limits = f"最多排出前 {MOST_ROWS} 行、{MOST_COLUMNS} 列，全部工作表共 {MOST_BLOCKS} 个格子"
        said += f"<p>{limits}；这张表还有内容没有排出，请看原件（专家请联系秘书处）。</p>"
    if not rows:
        return f"{said}<p>{'格子太多，没有排出。' if is_cut else '没有内容。'}</p></div>"
    return f"{said}<table><tr><th></th>{letters}</tr>{lines}</table></div>"


def _cell(text, width):
    """A figure is not broken in two as long as the table is narrow enough to hold it."""
    is_short = width <= 10 and len(text) <= 12
    return f"<td{' class=short' if is_short else ''}>{escape(text)}</td>"


def _filled_rows(sheet, left):
    """[(number, texts without the blanks at the end)] of the rows that hold something, and whether there is more."""
    if not hasattr(sheet, "reset_dimensions"):
        return [], False  # a sheet of one chart has no cells
    sheet.reset_dimensions()  # a file may lie about its size
    rows, is_cut = [], False
    asked = sheet.iter_rows(max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS + 1, values_only=True)
    for number, values in enumerate(asked, 1):
        cells = [_text(value) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        if number > MOST_ROWS or left[0] < len(cells):
            return rows, True
        is_cut = is_cut or len(cells) > MOST_COLUMNS
        rows.append((number, cells[:MOST_COLUMNS]))
        left[0] -= len(cells)
    return rows, is_cut


def _text(value):
    """A cell's value as text: days as days, numbers with the digits Excel keeps."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    if isinstance(value, datetime | date | time):
        return value.isoformat(*([" ", "minutes"] if isinstance(value, datetime) else []))
    if isinstance(value, int | float):
        return format(value, ".15g")
    text = " ".join(str(value).split())
    return f"{text[:LONGEST_CELL]}……" if len(text) > LONGEST_CELL else text
