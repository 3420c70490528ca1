from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from foshan_quality.lib import clock
from foshan_quality.lib.ready import add

from . import origin
from .chain import FIRST, digest
from .models import AuditEvent

CHAIN_LOCK = 19580  # any constant; one chain, one lock
# Two statements in one message: the second sees what was committed while the first waited.
LOCK_AND_LOOK = (
    "SELECT pg_advisory_xact_lock(%s); SELECT seq, digest FROM enterprises_auditevent ORDER BY seq DESC LIMIT 1"
)


def record(*, by, verb, target, before="", after="", note="", details=None):
    """Append one act to the trail, inside the caller's transaction.

    Refuses to run outside a transaction: the act and its line stand or fall together.
    """
    if not connection.in_atomic_block:
        raise ImproperlyConfigured("an act is logged in the transaction that does it")
    cursor = connection.cursor()
    cursor.execute(LOCK_AND_LOOK, [CHAIN_LOCK])
    cursor.nextset()
    last, previous = cursor.fetchone() or (0, FIRST)
    event = AuditEvent(
        seq=last + 1,
        at=clock.now(),
        actor_id=by.pk if by else None,
        actor_name=str(by)[:60] if by else "",
        address=origin.address.get(),
        verb=verb,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        target_name=str(target)[:200],
        before=before,
        after=after,
        note=note,
        details=details or {},
        previous=previous,
    )
    event.digest = digest(event)
    return add(event)
