import hashlib
import logging
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from tempfile import TemporaryFile

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import ProtectedError

from enterprises.audit import actions as audit
from foshan_quality.lib import clock
from foshan_quality.lib.jobs import wake
from foshan_quality.lib.problems import Refused, WrongState
from foshan_quality.lib.ready import add

from . import sandbox
from .checks import BadFile, reason, receive, shown_name
from .kinds import KINDS
from .models import KeptFile, PageImage, PageSet, StoredFile, storage_name
from .scanner import scan

log = logging.getLogger(__name__)

KEPT_DAYS = 7  # the form is good for an hour; the rest is time to ask what became of a file
DRAW_PAGES = "enterprises.files.tasks.draw_pages"


def store_pdf(upload, *, by):
    """Check and keep one uploaded PDF, as `store` does."""
    return store(upload, by=by, accepted=("pdf",))


def store(upload, *, by, accepted, max_bytes=None, max_pages=None):
    """Check and keep one uploaded file of an accepted kind; raises BadFile with the reason and keeps nothing.

    Size, digest and number of pages are those of the cleaned file; what was uploaded is not kept.
    The limits given can only be stricter than those of the portal.
    """
    most_bytes = min(max_bytes or settings.UPLOAD_MAX_BYTES, settings.UPLOAD_MAX_BYTES)
    most_pages = min(max_pages or settings.UPLOAD_MAX_PAGES, settings.UPLOAD_MAX_PAGES)
    try:
        with TemporaryFile() as received, TemporaryFile() as cleaned:
            kind = receive(upload, received, accepted=accepted, max_bytes=most_bytes)
            scan(received)
            pages = sandbox.clean(kind.key, received, cleaned, max_pages=most_pages)
            return _keep(cleaned, kind=kind, pages=pages or None, name=shown_name(upload.name, kind), by=by)
    except OSError:
        log.exception("an uploaded file could not be stored")
        raise BadFile(reason("unavailable")) from None


def _keep(content, *, kind, pages, name, by):
    """Write the file, then its row; whatever fails leaves neither."""
    content.seek(0)
    digest = hashlib.file_digest(content, "sha256").hexdigest()
    path = storage_name(None, name)
    try:
        default_storage.save(path, File(content))
        stored = StoredFile(
            file=path,
            name=name,
            content_type=kind.content_type,
            size=os.fstat(content.fileno()).st_size,
            pages=pages,
            digest=digest,
            uploaded_by=by,
        )
        return add(stored)
    except BaseException:
        default_storage.delete(path)
        raise


def words_of(stored, *, max_pages):
    """The text layer of a stored file's first pages; empty for pictures and scans. Writes nothing."""
    if stored.kind != KINDS["pdf"]:
        return ""
    with stored.file.open("rb") as source, TemporaryFile() as target:
        return sandbox.words(source, max_pages=max_pages, target=target)


def words_by_page(stored, *, max_pages):
    """The text layer page by page: a list with the words of each of the first pages. Writes nothing."""
    return words_of(stored, max_pages=max_pages).split("\f")[:-1]


def keep_own(content, *, name, pages, by):
    """Keep a PDF that the portal drew itself, as a file like any other; its pages are queued to be drawn."""
    with TemporaryFile() as file:
        file.write(content)
        file.flush()
        stored = _keep(file, kind=KINDS["pdf"], pages=pages, name=name, by=by)
    queue_pages(stored)
    return stored


# --- files of forms that came back --------------------------------------------------------------------


@transaction.atomic
def keep_for_a_form(chosen, *, by):
    """Keep the PDF of a form that comes back, or go on keeping it; raises BadFile with the reason."""
    stored = chosen if isinstance(chosen, StoredFile) else store_pdf(chosen, by=by)
    KeptFile.objects.update_or_create(file=stored, defaults={"kept_at": clock.now()})
    return stored


@transaction.atomic
def clear_given_up(*, by=None):
    """Take away the files kept for forms that were given up. How many; the trail has one line for all of them.

    Nobody asks for it: the night does.

    What anything refers to stays: its rows say so to Django, and whoever comes between, to the database, which then
    refuses all of this. The disk is cleared only when the rows are gone.
    """
    before, cleared = clock.now() - timedelta(days=KEPT_DAYS), []
    due = KeptFile.objects.select_for_update(of=("self",), skip_locked=True).filter(kept_at__lt=before)
    for kept in due.select_related("file").order_by("pk"):
        stored = kept.file
        kept.delete()
        with suppress(ProtectedError):
            StoredFile.objects.filter(pk=stored.pk).delete()
            cleared.append(stored)
    for stored in cleared:
        transaction.on_commit(partial(default_storage.delete, stored.file.name))
    if cleared:
        details = {"sha256": [stored.digest for stored in cleared], "bytes": sum(stored.size for stored in cleared)}
        all_of_them = StoredFile(pk=cleared[0].pk, name=f"{len(cleared)} 个文件")
        audit.record(by=by, verb="clear_given_up", target=all_of_them, details=details)
    return len(cleared)


# --- pictures of the pages ----------------------------------------------------------------------------


def queue_pages(stored):
    """Have the pages of a file drawn by a task."""
    wake(DRAW_PAGES, add(PageSet(file=stored)).pk)


def queue_pages_again(stored):
    """Have the pages that are missing drawn after all. Refused while they are being drawn, or where none is missing.

    The caller decides who may ask, and logs it.
    """
    page_set = PageSet.objects.select_for_update(of=("self",)).filter(file=stored).first()
    if page_set is None:
        return queue_pages(stored)
    if page_set.state == PageSet.State.QUEUED:
        raise WrongState("页图正在生成，没有重复排队。请稍后刷新页面查看。")
    if not page_set.problem:
        raise Refused(["页图都已生成，没有缺页。没有改动任何内容。"])
    page_set.state, page_set.attempts, page_set.problem, page_set.drawn_at = PageSet.State.QUEUED, 0, "", None
    page_set.save(update_fields=["state", "attempts", "problem", "drawn_at"])
    return wake(DRAW_PAGES, page_set.pk)


def park_drawing(page_set, *, problem):
    """Put a set that cannot be drawn aside, with a sentence for its readers."""
    waiting = PageSet.objects.filter(pk=page_set.pk, state=PageSet.State.QUEUED)
    waiting.update(state=PageSet.State.PARKED, problem=problem)


@dataclass(frozen=True)
class Paper:
    """What pages are drawn from: an open file, what kind it is and how many pages it has."""

    content: object
    kind: str
    pages: int


@contextmanager
def paper_of(stored):
    """The paper a file's pages are drawn from: itself, or of a Word or Excel file a reading copy made for now.

    One that cannot be set has no pages.
    """
    with stored.file.open("rb") as source, TemporaryFile() as copy:
        if stored.kind.has_pages:
            yield Paper(source, stored.kind.key, stored.pages)
        else:
            yield Paper(copy, "pdf", sandbox.reading_copy(stored.kind.key, source, copy))


def draw_page(page_set, number, paper):
    """Draw one page and keep the picture; drawn already, nothing happens. Whether there is a picture now."""
    with TemporaryFile() as target:
        if not sandbox.draw_page(paper.kind, number, paper.content, target):
            return False
        _keep_picture(page_set, number, target)
    return True


def _keep_picture(page_set, number, content):
    content.seek(0)
    path = PageImage(page_set=page_set, number=number).image.field.generate_filename(None, "")
    default_storage.save(path, File(content))
    _row, is_new = PageImage.objects.get_or_create(page_set=page_set, number=number, defaults={"image": path})
    if not is_new:
        default_storage.delete(path)


def finish_drawing(page_set, missing):
    """Close a set; pages that could not be drawn are named."""
    places = "、".join(map(str, missing[:20])) + ("等" if len(missing) > 20 else "")
    problem = f"第 {places} 页没有生成页图，请下载文件查看。" if missing else ""
    PageSet.objects.filter(pk=page_set.pk, state=PageSet.State.QUEUED).update(
        state=PageSet.State.DRAWN, problem=problem, drawn_at=clock.now()
    )


def go_on_later(page_set):
    """Leave the rest of a long file to another turn; a turn that got on is no failed attempt."""
    PageSet.objects.filter(pk=page_set.pk, state=PageSet.State.QUEUED).update(attempts=0)
    with transaction.atomic():
        wake(DRAW_PAGES, page_set.pk)
