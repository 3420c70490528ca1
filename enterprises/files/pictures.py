"""What is kept of a photograph or scan: its pixels, encoded anew, upright; nothing else of the file.

Where it was taken and with what, hidden copies, comments and whatever hangs behind the picture are left behind
without having to be recognised. The size is read from the head and judged before a single pixel is unpacked.
Runs in the process of `helper.py`.
"""

from PIL import Image, ImageOps, UnidentifiedImageError

from .cleaning import Unfit

MOST_MEGAPIXELS = 36  # A4 at 600 dpi has 35 million pixels
JPEG_QUALITY = 88

Image.MAX_IMAGE_PIXELS = None  # judged below, before decoding, with our own sentence


def clean_jpeg(source, target, _number):
    """Encode a JPEG anew; always one page."""
    upright(source, "JPEG").save(target, "JPEG", quality=JPEG_QUALITY)
    return 1


def clean_png(source, target, _number):
    """Encode a PNG anew; always one page."""
    upright(source, "PNG").save(target, "PNG", compress_level=1)
    return 1


def upright(source, form):
    """The picture in `source` as it should be seen, in plain colours. Raises Unfit when it is none or too big."""
    try:
        picture = Image.open(source, formats=[form])
    except UnidentifiedImageError:
        raise Unfit("damaged") from None
    width, height = picture.size
    if width * height > MOST_MEGAPIXELS * 1_000_000:
        raise Unfit("picture_size", MOST_MEGAPIXELS)
    try:
        picture.load()
    except (OSError, SyntaxError):  # Pillow's words for a picture that ends too soon or contradicts itself
        raise Unfit("cut_off") from None
    turned = ImageOps.exif_transpose(picture)
    return _plain(turned, may_be_transparent=form == "PNG")


def _plain(picture, *, may_be_transparent):
    """Grey, colour, or colour with transparency; a palette or printing colours become one of them."""
    see_through = may_be_transparent and (picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info)
    wanted = "RGBA" if see_through else "L" if picture.mode in {"1", "L"} else "RGB"
    if picture.mode.startswith("I"):
        picture, wanted = picture.point(lambda level: level / 256), "L"
    kept = picture if picture.mode == wanted else picture.convert(wanted)
    kept.info = {}
    return kept
