from django.db import transaction

from awards.workflow import permit
from enterprises.audit import actions as audit
from foshan_quality.permissions import Permission


@transaction.atomic
def log_reading(edition, *, by):
    """Opening how each expert marks is an act too."""
    permit(by, Permission.REVIEW_ASSIGN)
    audit.record(by=by, verb="read_calibration", target=edition)


@transaction.atomic
def log_export(edition, *, by, table):
    """So is taking it away as a table."""
    permit(by, Permission.REVIEW_ASSIGN)
    audit.record(by=by, verb="export_calibration", target=edition, details={"table": table})
