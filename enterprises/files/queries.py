import hashlib

from django.core.files.storage import default_storage
from django.db.models import Max

from .models import PageImage, StoredFile


def what_is_wrong(stored):
    """`"missing"` (or unreadable), `"altered"`, or nothing when the disk still holds what was stored. Reads it all."""
    try:
        with stored.file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError:
        return "missing"
    return "" if digest == stored.digest else "altered"


def damaged_files():
    """Each stored file the disk no longer holds as it was, with what is wrong. One query; reads every file."""
    for stored in StoredFile.objects.order_by("pk").iterator():
        if wrong := what_is_wrong(stored):
            yield stored, wrong


def unlisted_files():
    """Paths on the disk that no row knows, left by work broken off half way. One query."""
    listed = set(StoredFile.objects.values_list("file", flat=True))
    return sorted(path for path in _walk("files") if path not in listed)


def _walk(folder):
    if not default_storage.exists(folder):
        return
    folders, files = default_storage.listdir(folder)
    yield from (f"{folder}/{name}" for name in files)
    for name in folders:
        yield from _walk(f"{folder}/{name}")


def undrawn_pages(page_set, pages):
    """Of so many pages of a file those without a picture yet, in order. One query."""
    drawn = set(page_set.images.values_list("number", flat=True))
    return [number for number in range(1, pages + 1) if number not in drawn]


def pages_drawn(files):
    """How many pages of each of these files have a picture, by file; those without any are left out. One query."""
    images = PageImage.objects.filter(page_set__file__in=files).order_by()
    return dict(images.values_list("page_set__file").annotate(last=Max("number")))


def pages_shown(stored):
    """How many pages of a file can be turned: its own, or those drawn of its reading copy, at least one. A query."""
    if stored.kind.has_pages:
        return stored.pages
    last = PageImage.objects.filter(page_set__file=stored).aggregate(last=Max("number"))["last"]
    return last or 1
