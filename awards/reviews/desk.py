"""An expert's desk: how far each case is, until when it is wanted, what is next."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.timezone import localdate

from awards.rubric.queries import items_of

from .models import Assignment

A = Assignment.State


def due_on(seat) -> date | None:
    """The last day for the marks of this seat under the edition's rule; None without one. No query for read rules."""
    days = seat.application.edition.settled.get("scoring_days", 0)
    return localdate(seat.assigned_at) + timedelta(days=days) if days else None


def due_said(due: date | None, today: date) -> str:
    """A last day with what is left of it: 2026-06-01（剩余 5 天）. Pure."""
    if due is None:
        return "—"
    left = (due - today).days
    said = "今天到期" if left == 0 else f"剩余 {left} 天" if left > 0 else f"已逾期 {-left} 天"
    return f"{due}（{said}）"


def progress_said(seat) -> str:
    """Items marked of those to be marked: 12／23. No query for a rubric the process knows."""
    return f"{seat.marked}／{len(items_of(seat.application.edition.rubric))}"


def pages_of(seat):
    """The pages of the dossier as experts read it, files without known pages left out; None while it is prepared."""
    return sum(paper["pages"] for paper in seat.papers) if seat.papers else None


@dataclass(frozen=True)
class Standing:
    """All cases of one expert: marked and in all, the next one to go on with or to declare about, its last day."""

    done: int
    total: int
    following: Assignment | None
    due: date | None

    @property
    def left(self):
        return self.total - self.done


def standing_of(user):
    """How far this expert is, over the editions that are under review. Two queries, any number of cases."""
    seats = Assignment.objects.visible_to(user).sitting().select_related("application__edition")
    seats = list(seats.prefetch_related("application__edition__rules").order_by("application__number", "pk"))
    open_ones = [seat for seat in seats if seat.state != A.SUBMITTED]
    ordered = sorted(open_ones, key=lambda seat: (due_on(seat) or date.max, seat.state != A.SITTING))
    following = next(iter(ordered), None)
    return Standing(len(seats) - len(open_ones), len(seats), following, following and due_on(following))
