"""Draws the papers of a dossier: the book of everything handed in, and the receipt. Values in, PDF bytes out.

A dossier may hold characters that no embedded font has. Unlike a name on a certificate it is printed all the same,
each such character as its code, ［U+1F600］, so that nothing is silently left out.
"""

import io
from dataclasses import dataclass, field
from datetime import datetime

import pikepdf
import segno
from django.utils.safestring import mark_safe

from foshan_quality.lib import printing
from foshan_quality.lib.identity import in_groups

from .shown import ShownDossier


@dataclass(frozen=True)
class Book:
    """Everything printed in a book beside the dossier. A specimen says so on every page but the one to be stamped."""

    dossier: ShownDossier
    organisation: str
    number: str
    digest: str
    code: str
    scan_url: str
    is_specimen: bool
    submitted_at: datetime | None = None
    pictures: dict[str, bytes] = field(default_factory=dict)  # those its answers show, by their SHA-256

    @property
    def digest_groups(self):
        return in_groups(self.digest, 8)

    @property
    def qr(self):
        return qr(self.scan_url)


@dataclass(frozen=True)
class Receipt:
    """Everything printed on a receipt."""

    number: str
    edition: str
    organisation: str
    credit_code: str
    version: int
    submitted_at: datetime
    digest: str
    documents: list
    url: str

    @property
    def digest_groups(self):
        return in_groups(self.digest, 8)

    @property
    def qr(self):
        return qr(self.url)


def draw_book(book: Book) -> bytes:
    """The book as PDF: cover, contents, numbered pages, and last the page to sign and stamp."""
    pictures = {f"picture:{digest}": content for digest, content in book.pictures.items()}
    return printing.page("awards/applications/print_book.html", pictures=pictures, book=book, dossier=book.dossier)


def draw_receipt(receipt: Receipt) -> bytes:
    """The receipt as PDF, one page."""
    return printing.page("awards/applications/print_receipt.html", receipt=receipt)


def page_count(pdf: bytes) -> int:
    """How many pages a drawn paper has."""
    with pikepdf.open(io.BytesIO(pdf)) as drawn:
        return len(drawn.pages)


def qr(text):
    """A QR code as vector drawing with its quiet zone, level M."""
    return mark_safe(segno.make(text, error="m", micro=False).svg_inline(border=4, omitsize=True))  # noqa: S308 our own drawing


def printable(text: str) -> str:
    """The text with every character no embedded font has written as its code."""
    missing = set(printing.missing_glyphs(text)) - set("\n\t")
    return "".join(f"［U+{ord(c):04X}］" if c in missing else c for c in text)
