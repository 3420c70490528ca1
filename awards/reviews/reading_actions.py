"""Preparing a dossier for its experts: the book and every file page by page, and the words on the pages."""

from datetime import timedelta

from django.db import transaction

from awards.applications import book
from awards.applications.paper_actions import submitted_book
from awards.applications.queries import submitted_dossier
from awards.rubric.queries import items_of
from awards.workflow import WrongState, permit
from enterprises.audit import actions as audit
from enterprises.audit.models import AuditEvent
from enterprises.files.actions import keep_own, words_by_page
from enterprises.files.models import StoredFile
from enterprises.files.queries import pages_drawn
from foshan_quality.lib import clock
from foshan_quality.lib.jobs import wake
from foshan_quality.permissions import Permission

from .finding import begins, squeezed
from .reading_queries import copy_of
from .sheet_models import ReadingCopy, ReadingPage

PREPARE = "awards.reviews.tasks.prepare_copy"
MOST_PAGES = 400  # of one file, read for the search
OPENING = 3600  # seconds in which pages of one document are one opening


@transaction.atomic
def queue_copy(application):
    """Have the dossier as handed in last prepared for its experts; once for each version."""
    snapshot = application.snapshots.first()
    if snapshot is None:
        return
    copy, is_new = ReadingCopy.objects.get_or_create(snapshot=snapshot)
    if is_new:
        wake(PREPARE, copy.pk)


@transaction.atomic
def retry_copy(application, *, by):
    """Have a dossier that could not be prepared tried again. Refused unless it was put aside."""
    permit(by, Permission.REVIEW_ASSIGN, application)
    copy = copy_of(application)
    locked = ReadingCopy.objects.select_for_update(of=("self",)).get(pk=copy.pk) if copy else None
    if locked is None or locked.state != ReadingCopy.State.PARKED:
        raise WrongState("评审阅读本不是“未能准备”，不用重新准备。没有改动任何内容。")
    locked.state, locked.attempts = ReadingCopy.State.QUEUED, 0
    locked.save(update_fields=["state", "attempts"])
    audit.record(by=by, verb="retry_reading_copy", target=application)
    wake(PREPARE, locked.pk)
    return application


def prepare_copy(copy, *, by):
    """Draw the book, list the papers, read their words, find where each item begins. Done once, nothing happens."""
    permit(by, Permission.COPY_PREPARE)
    application, pdf = copy.snapshot.application, submitted_book(copy.snapshot)
    with transaction.atomic():
        locked = ReadingCopy.objects.select_for_update(of=("self",)).get(pk=copy.pk)
        if locked.state == ReadingCopy.State.READY:
            return locked
        papers = [_book(application, pdf, by), *_files(application, copy.snapshot.version)]
        texts = {number: _words(paper) for number, paper in enumerate(papers)}
        ReadingPage.objects.bulk_create(
            ReadingPage(copy=locked, paper=number, number=place, text=squeezed(text))
            for number, pages in texts.items()
            for place, text in enumerate(pages, 1)
        )
        items = [(item.code, item.title, item.points) for item in items_of(application.edition.rubric)]
        locked.papers, locked.marks = papers, begins(items, [squeezed(text) for text in texts[0]])
        locked.state, locked.ready_at = ReadingCopy.State.READY, clock.now()
        locked.save()
        audit.record(by=by, verb="prepare_copy", target=application, details={"papers": len(papers)})
    return locked


def _book(application, pdf, by):
    pages = book.page_count(pdf)
    stored = keep_own(pdf, name=f"{application.number} 申报书.pdf", pages=pages, by=by)
    return {"label": "申报书", "name": "", "file": stored.pk, "pages": pages, "document": None}


def _files(application, version):
    """The files handed in, in the order of the book's list, which is how references number them."""
    shown = submitted_dossier(application, version).documents
    files = dict(application.documents.values_list("pk", "file_id"))
    drawn = pages_drawn(files.values())  # of Word and Excel files, which have no pages of their own
    return [
        {
            "label": d.kind,
            "name": d.name,
            "file": files.get(d.id),
            "pages": d.pages or drawn.get(files.get(d.id), 0),
            "document": d.id,
        }
        for d in shown
    ]


def _words(paper):
    if not paper["file"] or not paper["pages"]:
        return []
    return words_by_page(StoredFile.objects.get(pk=paper["file"]), max_pages=MOST_PAGES)


def park_copy(copy, *, by, problem):
    """Put a dossier that cannot be prepared aside; its experts read the files themselves."""
    permit(by, Permission.COPY_PREPARE)
    ReadingCopy.objects.filter(pk=copy.pk, state=ReadingCopy.State.QUEUED).update(state=ReadingCopy.State.PARKED)
    audit.record(by=by, verb="park_copy", target=copy.snapshot.application, note=problem)


@transaction.atomic
def log_opening(assignment, paper, *, by):
    """Opening a document of the dossier is an act: one line for each opening, not for each page turned."""
    note = " ".join(filter(None, ["评审：", paper["label"], paper["name"]]))
    since = clock.now() - timedelta(seconds=OPENING)
    mine = AuditEvent.objects.filter(
        target_id=str(assignment.application_id), target_type="awards.application", actor_id=by.pk, at__gt=since
    )
    if not mine.filter(verb="read_dossier", note=note).exists():
        audit.record(by=by, verb="read_dossier", target=assignment.application, note=note)
