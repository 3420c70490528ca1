"""What is kept of a PDF somebody hands in: its pages as one sees them, copied into a new file, and nothing else.

Comments, filled fields and seals are first drawn into the page. Everything that acts or tells tales (scripts,
actions, forms, links, attachments, media, bookmarks, metadata, author names) lives outside the drawing of a page,
so it is left behind without having to be recognised. The price: bookmarks and links are gone, and of an
electronic signature only the visible seal remains. The same file always gives the same bytes.

Runs in the process of `helper.py`, where a hostile file can hurt nobody.
"""

import os

import pikepdf
from pikepdf import Name

LONGEST_SIDE = 14_400  # points, 5.08 m: the limit of PDF 1.x viewers
MOST_PIXELS = 300_000_000  # one image; A0 at 400 dpi has 250 million

PAGE_KEYS = {"/Type", "/Parent", "/Resources", "/Contents", "/MediaBox", "/CropBox", "/Rotate", "/Group", "/UserUnit"}
STREAM_KEYS_LEFT_OUT = ["/F", "/FFilter", "/FDecodeParms", "/Ref", "/OPI", "/AF", "/Metadata", "/PieceInfo"]


class Unfit(Exception):
    """The file cannot be taken. The argument is a key of `checks.REASONS`, a second one what its sentence names."""


def clean(source, target, max_pages):
    """Copy the pages of one PDF from `source` into a new PDF at `target` and count them.

    Raises Unfit for what we refuse, anything else for what the parser cannot digest.
    """
    _refuse_cut_off(source)
    try:
        handed_in = pikepdf.open(source)
    except pikepdf.PasswordError:
        raise Unfit("encrypted") from None
    with handed_in, pikepdf.new() as kept:
        _refuse_unfinished_form(handed_in)
        count = len(handed_in.pages)
        if not count:
            raise Unfit("no_pages")
        if count > max_pages:
            raise Unfit("too_many_pages")
        handed_in.flatten_annotations("all")
        _copy_pages(handed_in, kept)
        _strip_streams(kept)
        kept.save(target, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return count


def _refuse_cut_off(source):
    """A whole PDF ends with its end mark; half an upload would otherwise be repaired into fewer pages."""
    size = source.seek(0, os.SEEK_END)
    source.seek(max(0, size - 1024))
    if b"%%EOF" not in source.read():
        raise Unfit("cut_off")
    source.seek(0)


def _refuse_unfinished_form(pdf):
    """A form whose answers are drawn only by the program that opens it would lose them here."""
    form = pdf.Root.get(Name.AcroForm)
    drawn_later = isinstance(form, pikepdf.Dictionary) and form.get(Name.NeedAppearances)
    if drawn_later is True or pdf.Root.get(Name.NeedsRendering) is True:
        raise Unfit("form")


def _copy_pages(handed_in, kept):
    for page in handed_in.pages:
        _refuse_odd_size(page)
        for key in set(page.obj.keys()) - PAGE_KEYS:
            del page.obj[key]
    kept.pages.extend(handed_in.pages)
    layers = handed_in.Root.get(Name.OCProperties)
    if isinstance(layers, pikepdf.Dictionary):
        kept.Root.OCProperties = kept.copy_foreign(handed_in.make_indirect(layers))


def _refuse_odd_size(page):
    left, bottom, right, top = (float(side) for side in page.mediabox)
    scale = float(page.obj.get(Name.UserUnit, 1))
    sides = [abs(right - left) * scale, abs(top - bottom) * scale]
    if not all(0 < side <= LONGEST_SIDE for side in sides):
        raise Unfit("page_size")


def _strip_streams(pdf):
    """Drawings, images and fonts lose what points outside the file or tells who made them."""
    for stream in pdf.objects:
        if not isinstance(stream, pikepdf.Stream):
            continue
        if stream.get(Name.Subtype) == Name.Image and _pixels(stream) > MOST_PIXELS:
            raise Unfit("image_size")
        for key in STREAM_KEYS_LEFT_OUT:
            if key in stream:
                del stream[key]


def _pixels(image):
    return int(image.get(Name.Width, 0)) * int(image.get(Name.Height, 0))
