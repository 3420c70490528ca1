"""Taking the books out of the portal is an act too: who took what, how many rows, which sums."""

from django.db import transaction

from awards.workflow import permit
from enterprises.audit import actions as audit
from foshan_quality.permissions import Permission


@transaction.atomic
def log_export(*, by, title, asked, extension, written):
    """Note a file of the books: its name, filters, format, rows, sums and SHA-256. Whoever sees the books may."""
    permit(by, Permission.LEDGER_VIEW)
    details = {
        "asked": dict(asked),
        "format": extension,
        "rows": written.count,
        "sums": {heading: f"{total:.2f}" for heading, total in written.sums.items()},
        "sha256": written.digest,
    }
    audit.record(by=by, verb="export_books", target=by, note=title, details=details)


@transaction.atomic
def log_print(*, by, title, asked, digest):
    """Note a paper of the books. Whoever sees the books may."""
    permit(by, Permission.LEDGER_VIEW)
    audit.record(by=by, verb="print_books", target=by, note=title, details={"asked": dict(asked), "digest": digest})
