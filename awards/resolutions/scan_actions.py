from django.db import transaction

from enterprises.audit import actions as audit
from enterprises.files.actions import queue_pages, store
from enterprises.files.checks import refused_at

ACCEPTED = ("pdf", "jpeg", "png")


def store_scan(upload, *, by):
    """Check and keep the scan of a document; its pages are drawn for whoever confirms the entry. None for none."""
    if not upload:
        return None
    with refused_at("upload"):
        stored = store(upload, by=by, accepted=ACCEPTED)
    queue_pages(stored)
    return stored


@transaction.atomic
def log_scan(record, *, by, what):
    """A sensitive read is an act too: who took which file of which record."""
    audit.record(by=by, verb="read_scan", target=record, note=what)
