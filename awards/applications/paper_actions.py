"""Acts about paper: having the dossier printed, its stamped page taken back, and the self-check before all of it."""

import hashlib
import json
from datetime import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import transaction
from django.urls import reverse
from django.utils.timezone import localtime

from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from enterprises.files.actions import queue_pages, queue_pages_again, store, words_of
from enterprises.files.checks import refused_at
from foshan_quality.lib import clock
from foshan_quality.lib.jobs import wake
from foshan_quality.permissions import Permission

from . import book, stamping
from .models import Application, Printout, SelfCheck, StampedScan
from .queries import labelled_content, pictures_of, present_content, printed_digests

DRAW = "awards.applications.tasks.draw_printout"
PAGES_READ = 20  # of a stamped scan, looking for its code
SCAN_KINDS = ("pdf", "jpeg", "png")
SCAN_BYTES = 20 * 1024 * 1024


# --- printing -----------------------------------------------------------------------------------------


def request_book(application, *, by):
    """Have the present content drawn as a book, a specimen until it is handed in. Returns the printout.

    Asked for again with the same content, it is the same file. Refused while another one is still being drawn.
    """
    return _request(application, by, Printout.Kind.BOOK, *present_content(application))


def request_final_book(application, *, by):
    """Have the book of what was handed in last drawn, or drawn once more where that failed; never of the draft.

    Refused before the first submission, and while another book is still being drawn.
    """
    snapshot = application.snapshots.first()
    if snapshot is None:
        raise Refused(["申报还没有提交，没有申报书。"])
    printout = _request(application, by, Printout.Kind.BOOK, snapshot.content, snapshot.digest, False)
    return retry(printout, by=by) if printout.state == Printout.State.PARKED else printout


def request_receipt(application, *, by):
    """Have the receipt of the last submission drawn. Refused before the first one."""
    snapshot = application.snapshots.first()
    if snapshot is None:
        raise Refused(["申报还没有提交，没有回执。"])
    content = json.dumps(
        {
            "number": application.number,
            "version": snapshot.version,
            "submitted_at": localtime(snapshot.taken_at).isoformat(),
            "digest": snapshot.digest,
            "dossier": json.loads(snapshot.content),
        },
        ensure_ascii=False,
        sort_keys=True,
    )
    digest = hashlib.sha256(content.encode()).hexdigest()
    return _request(application, by, Printout.Kind.RECEIPT, content, digest, False)


@transaction.atomic
def _request(application, by, kind, content, digest, is_specimen):
    permit(by, Permission.APPLICATION_VIEW, application)
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    same = {"kind": kind, "digest": digest, "is_specimen": is_specimen}
    existing = locked.printouts.filter(**same).first()
    if existing:
        return existing
    if locked.printouts.filter(kind=kind, state=Printout.State.QUEUED).exists():
        raise Refused([f"上一份{Printout.Kind(kind).label}还在生成，请等它完成后再生成新的。没有重复生成。"])
    printout = Printout.objects.create(application=locked, content=content, requested_by=by, **same)
    audit.record(by=by, verb="request_printout", target=locked, details={"kind": kind, "sha256": digest})
    wake(DRAW, printout.pk)
    return printout


def draw(printout, *, by):
    """Draw a queued paper from the content kept in its row. One drawn meanwhile raises WrongState."""
    pdf = _drawn(printout)
    with Printout.workflow.move(printout, "draw_printout", by=by) as locked:
        locked.pdf.save("printout.pdf", ContentFile(pdf), save=False)
        locked.pages, locked.drawn_at, locked.problem = book.page_count(pdf), clock.now(), ""
    return locked


def _drawn(printout):
    application, content = printout.application, json.loads(book.printable(printout.content))
    if printout.kind == Printout.Kind.RECEIPT:
        return book.draw_receipt(_receipt(application, content))
    snapshot = None if printout.is_specimen else application.snapshots.filter(digest=printout.digest).first()
    return _drawn_book(application, content, printout.digest, snapshot)


def submitted_book(snapshot):
    """The book of a submitted version as PDF: the one printed already, or drawn now. Writes nothing."""
    application = snapshot.application
    printed = application.printouts.filter(
        kind=Printout.Kind.BOOK, digest=snapshot.digest, is_specimen=False, state=Printout.State.DRAWN
    ).first()
    if printed:
        with printed.pdf.open("rb") as file:
            return file.read()
    content = json.loads(book.printable(snapshot.content))
    return _drawn_book(application, content, snapshot.digest, snapshot)


def _drawn_book(application, content, digest, snapshot):
    """A book; a specimen where it is of no submission."""
    code, dossier = stamping.code_of(digest), labelled_content(application, content)
    return book.draw_book(
        book.Book(
            dossier=dossier,
            organisation=content["organisation"]["name"],
            number=application.number or "",
            digest=digest,
            code=code,
            scan_url=f"{settings.SITE_URL}{reverse('application_stamped', args=[application.pk])}?code={code}",
            is_specimen=snapshot is None,
            submitted_at=snapshot.taken_at if snapshot else None,
            pictures=pictures_of(application, dossier),
        )
    )


def _receipt(application, content):
    dossier = labelled_content(application, content["dossier"])
    return book.Receipt(
        number=content["number"],
        edition=dossier.edition,
        organisation=content["dossier"]["organisation"]["name"],
        credit_code=content["dossier"]["organisation"]["credit_code"],
        version=content["version"],
        submitted_at=datetime.fromisoformat(content["submitted_at"]),
        digest=content["digest"],
        documents=dossier.documents,
        url=f"{settings.SITE_URL}{reverse('application_receipt', args=[application.pk])}",
    )


def park(printout, *, by, problem):
    """Put a paper that cannot be drawn aside, with the reason."""
    with Printout.workflow.move(printout, "park_printout", by=by, note=problem) as locked:
        locked.problem = problem
    return locked


def retry(printout, *, by):
    """Queue a parked paper again."""
    with Printout.workflow.move(printout, "retry_printout", by=by) as locked:
        locked.attempts, locked.problem = 0, ""
        wake(DRAW, locked.pk)
    return locked


@transaction.atomic
def draw_pages_again(paper, *, by):
    """Have the page pictures a handed-in file lacks drawn after all. Refused where none is missing."""
    permit(by, Permission.APPLICATION_SCREEN, paper.application)
    queue_pages_again(paper.file)
    details = {"sha256": paper.file.digest}
    audit.record(by=by, verb="draw_pages_again", target=paper.application, note=paper.file.name, details=details)


# --- the stamped page ---------------------------------------------------------------------------------


@transaction.atomic
def upload_scan(application, *, by, code, upload):
    """Take the stamped page of the present content back. Refused when its code is that of another content.

    The code is typed from the sheet; where the file has a text layer, it is read there too. A scan that was there
    before stays in the record and counts no more.
    """
    permit(by, Permission.APPLICATION_EDIT, application)
    _refuse_other(stamping.what_is_wrong(code, set(), present_content(application)[1], _printed(application)))
    with refused_at("file"):
        stored = store(upload, by=by, accepted=SCAN_KINDS, max_bytes=SCAN_BYTES)
    try:
        read = stamping.codes_in(words_of(stored, max_pages=PAGES_READ))
        locked = _locked_for_scan(application, code, read)
    except (Refused, WrongState):
        stored.file.delete(save=False)
        raise
    digest = present_content(locked)[1]
    locked.stamped_scans.filter(removed_at=None).update(removed_at=clock.now(), removed_by=by)
    scan = StampedScan.objects.create(application=locked, digest=digest, file=stored)
    queue_pages(stored)
    details = {"sha256": stored.digest, "content": digest, "code_read": sorted(read)}
    audit.record(by=by, verb="upload_stamped_scan", target=locked, details=details)
    return scan


def _locked_for_scan(application, code, read):
    """The row, locked, when the scan belongs to what the dossier holds now: a colleague may have changed it."""
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if not locked.is_with_the_enterprise:
        raise WrongState("申报已经提交，内容已冻结。盖章扫描件没有保存。")
    _refuse_other(stamping.what_is_wrong(code, read, present_content(locked)[1], _printed(locked)))
    return locked


def _printed(application):
    return {digest: localtime(when) for digest, when in printed_digests(application).items()}


def _refuse_other(problems):
    if problems:
        raise Refused(problems)


@transaction.atomic
def remove_scan(scan, *, by):
    """Take a stamped scan away; the row and the file stay for the record."""
    locked = Application.objects.select_for_update(of=("self",)).get(pk=scan.application_id)
    permit(by, Permission.APPLICATION_EDIT, locked)
    if not locked.is_with_the_enterprise:
        raise WrongState("申报已经提交，内容已冻结。没有改动任何内容。")
    row = locked.stamped_scans.select_for_update(of=("self",)).get(pk=scan.pk)
    if row.removed_at is None:
        row.removed_at, row.removed_by = clock.now(), by
        row.save(update_fields=["removed_at", "removed_by"])
        audit.record(by=by, verb="remove_stamped_scan", target=locked, details={"sha256": row.file.digest})


# --- self-check ---------------------------------------------------------------------------------------


@transaction.atomic
def check_oneself(edition, *, by, organisation, answers):
    """Keep what an organisation answers to the edition's conditions; a new answer replaces the last."""
    permit(by, Permission.ORGANISATION_VIEW, organisation)
    if not {str(relation) for relation in organisation.roles_of(by)} & {"owner", "editor"}:
        raise PermissionDenied(Permission.APPLICATION_EDIT)
    known = set(edition.conditions.values_list("key", flat=True))
    if set(answers) - known or set(answers.values()) - {"yes", "no", "unsure"}:
        raise Refused(["表单中有系统不认识的条件，没有保存。请刷新页面后重试。"])
    check, _is_new = SelfCheck.objects.update_or_create(
        edition=edition,
        organisation=organisation,
        defaults={"answers": answers, "checked_at": clock.now(), "checked_by": by},
    )
    audit.record(by=by, verb="check_oneself", target=check, details={"answers": answers})
    return check
