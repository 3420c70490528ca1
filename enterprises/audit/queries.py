from .chain import first_broken
from .models import AuditEvent


def broken_row():
    """The first row of the trail that does not fit, as (seq, reason), or None. One query, streamed."""
    return first_broken(AuditEvent.objects.order_by("seq").iterator(chunk_size=2000))


def last_seq():
    """The number of the newest line, 0 before the first. While it stands, nobody has done anything. One query."""
    return AuditEvent.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
