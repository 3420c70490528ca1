"""Which reminder is due before an end. Pure: the end, the leads of the edition's rule and the moment go in."""

from datetime import datetime, timedelta


def due_lead(end: datetime, leads: tuple[timedelta, ...], now: datetime) -> timedelta | None:
    """The shortest lead that has begun, or None before the first one and from the end on.

    However long nobody looked, only the most urgent reminder is due; the ones it overtook are not caught up.
    """
    return min((lead for lead in leads if end - lead <= now < end), default=None)


def matter(pk: int, lead: timedelta, end: datetime) -> str:
    """What makes one reminder: the dossier, how long before, and which end. A moved end begins anew."""
    return f"{pk}-{int(lead.total_seconds()) // 3600}h-{end:%Y%m%dT%H%M%z}"
