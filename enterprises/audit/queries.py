from .chain import first_broken
from .models import AuditEvent


def broken_row():
    """The first row of the trail that does not fit, as (seq, reason), or None. One query, streamed."""
    return first_broken(AuditEvent.objects.order_by("seq").iterator(chunk_size=2000))
