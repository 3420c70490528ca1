from decimal import Decimal

from django.db.models import Prefetch

from .models import Assignment, ScoreSheet


def submitted_totals(edition):
    """Each application in review with the submitted totals of its sitting experts. Two queries, any size.

    Returns a list of (application, [Decimal, …], seats), `seats` counting sitting experts.
    """
    panel = Assignment.objects.sitting().prefetch_related("sheets")
    applications = (
        edition.applications.in_review()
        .select_related("organisation")
        .prefetch_related(Prefetch("assignments", panel, to_attr="panel"))
        .order_by("number")
    )
    return [(a, [t for seat in a.panel if (t := _total(seat)) is not None], len(a.panel)) for a in applications]


def _total(seat) -> Decimal | None:
    for sheet in seat.sheets.all():
        if sheet.phase == ScoreSheet.Phase.INDEPENDENT and sheet.submitted_at:
            return sheet.total
    return None
