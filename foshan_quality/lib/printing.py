"""Papers as PDF: a template's words set with the embedded fonts. No database, no clock, no network.

The fonts are free ones that hold every character a registered name may have; 方正小标宋 and 仿宋_GB2312 may not be
embedded without a licence, so 宋体 stands for them. A character in none of the fonts stops the drawing.
"""

import io
import subprocess
import threading
import unicodedata
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache

import pikepdf
from django.core.exceptions import ImproperlyConfigured
from django.template.loader import render_to_string
from fontTools.ttLib import TTFont
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

ARCHIVAL = "pdf/a-3u"
KAI, SONG, HEI = "LXGW WenKai", "Noto Serif CJK SC", "Noto Sans CJK SC"
_drawing = threading.Lock()  # the shared font configuration is not safe for two threads at once


class MissingGlyphs(Exception):
    """No embedded font can print these characters; printing a box or a gap instead would falsify a name."""

    def __init__(self, characters):
        self.characters = characters
        named = "、".join(f"{c if c.isprintable() else '□'}（U+{ord(c):04X}）" for c in characters)
        super().__init__(f"字体缺少字符：{named}，无法生成文件。")


@dataclass(frozen=True)
class Typeface:
    """One installed font: which characters it has and how wide each is, in em."""

    family: str
    widths: dict
    file: str = ""
    index: int = 0

    def covers(self, text):
        return all(character in self.widths for character in text)

    def width(self, text):
        return sum(self.widths.get(character, 1) for character in text)


@cache
def typeface(family):
    """Read an installed font's character map once per process; refused when the font is not installed."""
    found = subprocess.run(
        ["fc-match", "-f", "%{family}|%{file}|%{index}", f"{family}:bold"], capture_output=True, text=True, check=True
    )
    families, file, index = found.stdout.split("|")
    if family not in families.split(","):
        raise ImproperlyConfigured(f"未安装字体 {family}，请安装 fonts-noto-cjk 与 fonts-lxgw-wenkai 后再启动。")
    with TTFont(file, fontNumber=int(index), lazy=True) as font:
        em, advances = font["head"].unitsPerEm, font["hmtx"].metrics
        widths = {chr(code): advances[glyph][0] / em for code, glyph in font.getBestCmap().items()}
    visible = {character: width for character, width in widths.items() if _is_visible(character)}
    return Typeface(family, visible, file, int(index))


def _is_visible(character):
    """Controls, format marks (also those that reverse the reading order), private and unassigned codes print nothing
    that two readers would agree on, whatever a font claims."""
    return unicodedata.category(character)[0] != "C"


def missing_glyphs(text):
    """The characters of `text` no embedded font has, each once, in order."""
    return "".join(dict.fromkeys(c for c in text if not any(typeface(family).covers(c) for family in (KAI, SONG))))


def refuse_invisible(text):
    """Raise `MissingGlyphs` with every character of the text that prints nothing and that no document can hold."""
    if invisible := invisible_in(text):
        raise MissingGlyphs(invisible)


def invisible_in(text):
    """The characters of a text that print nothing, white space apart, each once, in order."""
    return "".join(dict.fromkeys(c for c in "".join(text.split()) if not _is_visible(c)))


def refuse_missing_glyphs(text):
    """Raise `MissingGlyphs` with every character of the text that cannot be printed (safety case CE-06)."""
    if missing := missing_glyphs(text):
        raise MissingGlyphs(missing)


class NoFetching(URLFetcher):
    """A paper needs nothing from anywhere, so any attempt to fetch stops the drawing (safety rule 1.3.6).

    Only the pictures that were handed over with it have an address, known to nobody else.
    """

    def __init__(self, pictures):
        super().__init__(fail_on_errors=True)
        self.pictures = pictures

    def fetch(self, url, headers=None):
        if url not in self.pictures:
            raise FatalURLFetchingError(f"文件不得引用外部资源：{url}")
        return URLFetcherResponse(url, self.pictures[url])


@cache
def fonts():
    """One font configuration per process: building one costs more than setting a page."""
    return FontConfiguration()


def page(template, *, is_tagged=True, pictures=None, **context):
    """One template as PDF/A-3u bytes; values are text and escaped by the template. Only untagged ones can be joined.

    `pictures` are the bytes of each picture it shows, by the address it has in the template.
    """
    markup = render_to_string(template, {"KAI": KAI, "SONG": SONG, "HEI": HEI, **context})
    with _drawing:
        paper = HTML(string=markup, base_url=None, url_fetcher=NoFetching(pictures or {}))
        return paper.write_pdf(font_config=fonts(), pdf_variant=ARCHIVAL, pdf_tags=is_tagged)


def joined(parts):
    """Untagged papers one after the other as one; title and archival marks are those of the first."""
    out = io.BytesIO()
    with ExitStack() as opened:
        whole, *more = [opened.enter_context(pikepdf.open(io.BytesIO(part))) for part in parts]
        for paper in more:
            whole.pages.extend(paper.pages)
        whole.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()
