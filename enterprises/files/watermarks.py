"""A name over the picture of a page, so that a copy tells whose screen it came from. Drawn by the server each time."""

import io
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from foshan_quality.lib import printing

COLOUR = (150, 30, 30, 52)  # see-through red: legible over print, print legible under it
SIZE, LEAN, APART = 30, 24, (520, 300)  # pixels, degrees, pixels from one to the next
QUALITY = 74
THUMBNAIL = 132  # pixels wide: shows what kind of page it is, nothing of it can be read


def marked(image, words):
    """The picture of a page with these words all over it, as JPEG bytes. The kept picture stays as it is."""
    with image.image.open("rb") as file:
        picture = Image.open(file, formats=["WEBP"]).convert("RGB")
    layer = _layer(words, *picture.size)
    picture.paste(layer, mask=layer.getchannel("A"))
    return _jpeg(picture)


def thumbnail(image):
    """The picture of a page too small to be read, as JPEG bytes."""
    with image.image.open("rb") as file:
        picture = Image.open(file, formats=["WEBP"]).convert("RGB")
    picture = picture.reduce(max(1, picture.width // (2 * THUMBNAIL)))
    picture.thumbnail((THUMBNAIL, 3 * THUMBNAIL))
    return _jpeg(picture)


def _jpeg(picture):
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=QUALITY)
    return kept.getvalue()


@lru_cache(maxsize=16)
def _layer(words, width, height):
    """The words over a whole page. One is kept for each reader, hour and size; it holds nothing of a page."""
    reach = int((width**2 + height**2) ** 0.5) + 1
    sheet = Image.new("RGBA", (reach, reach), (0, 0, 0, 0))
    pen, font = ImageDraw.Draw(sheet), _font()
    for row, y in enumerate(range(0, reach, APART[1])):
        for x in range(-(row % 2) * APART[0] // 2, reach, max(APART[0], int(font.getlength(words)) + 90)):
            pen.text((x, y), words, font=font, fill=COLOUR)
    turned = sheet.rotate(LEAN)
    left, top = (reach - width) // 2, (reach - height) // 2
    return turned.crop((left, top, left + width, top + height))


@lru_cache(maxsize=1)
def _font():
    face = printing.typeface(printing.HEI)
    return ImageFont.truetype(face.file, SIZE, index=face.index)
