from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from foshan_quality.lib import clock

from . import origin
from .chain import FIRST, digest
from .models import AuditEvent

CHAIN_LOCK = 19580  # any constant; one chain, one lock


def record(*, by, verb, target, before="", after="", note="", details=None):
    """Append one act to the trail, inside the caller's transaction.

    Refuses to run outside a transaction: the act and its line stand or fall together.
    """
    if not connection.in_atomic_block:
        raise ImproperlyConfigured("an act is logged in the transaction that does it")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
    last = AuditEvent.objects.order_by("-seq").only("seq", "digest").first()
    event = AuditEvent(
        seq=last.seq + 1 if last else 1,
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
        previous=last.digest if last else FIRST,
    )
    event.digest = digest(event)
    event.save(force_insert=True)
    return event
