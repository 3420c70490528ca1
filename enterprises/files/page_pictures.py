"""Draws one page of a stored paper as a picture for reviewers, and reads the words on its pages.

Nobody then needs to open the original. Runs in the process of `helper.py`: one child per page.
"""

import pypdfium2
from PIL import Image

from .cleaning import Unfit

DPI = 132  # an A4 page is 1092 pixels wide: small print stays legible at full width
LONGEST_SIDE = 2200  # pixels
QUALITY = 72
MOST_WORDS = 200_000  # characters read from a paper


def draw_page(source, target, number):
    """One page of a PDF, counted from 1, as WebP; the width in pixels."""
    pdf = pypdfium2.PdfDocument(source)
    if not 1 <= number <= len(pdf):
        raise Unfit("no_pages")
    page = pdf[number - 1]
    scale = min(DPI / 72, LONGEST_SIDE / max(page.get_size()))
    return _keep(page.render(scale=scale, may_draw_forms=False, rev_byteorder=True).to_pil(), target)


def draw_picture(source, target, _number):
    """A stored JPEG or PNG, made small enough, as WebP; the width in pixels."""
    picture = Image.open(source, formats=["JPEG", "PNG"])
    picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return _keep(picture, target)


def _keep(picture, target):
    if picture.mode == "RGBA":
        paper = Image.new("RGB", picture.size, "white")
        paper.paste(picture, mask=picture.getchannel("A"))
        picture = paper
    picture.convert("RGB").save(target, "WEBP", quality=QUALITY, method=2)
    return picture.width


def words(source, target, most_pages):
    """The text layer of the first pages, as UTF-8, a form feed after each, and its length. A scan has none."""
    pdf, read = pypdfium2.PdfDocument(source), 0
    for number in range(min(most_pages, len(pdf))):
        text = pdf[number].get_textpage().get_text_range()[: MOST_WORDS - read].replace("\f", "\n")
        target.write(f"{text}\f".encode("utf-8", "replace"))
        read += len(text)
    return read
