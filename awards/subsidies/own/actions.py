"""An organisation's statement taken on paper."""

from django.db import transaction

from awards.workflow import permit
from enterprises.audit import actions as audit
from foshan_quality.permissions import Permission


@transaction.atomic
def log_own_print(organisation, *, by, digest):
    """Note who took the statement of an organisation's money: one of its members, or whoever sees the books."""
    permit(
        by,
        Permission.LEDGER_VIEW if by.has_perm(Permission.LEDGER_VIEW) else Permission.ORGANISATION_VIEW,
        organisation,
    )
    audit.record(by=by, verb="print_own_statement", target=organisation, details={"digest": digest})
