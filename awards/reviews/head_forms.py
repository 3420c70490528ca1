"""What the head of a panel does with the sheets of the others: give one back. Experts are not named, only numbered."""

from django import forms

from awards.process import State
from awards.programmes.phase_rules import Kind
from foshan_quality.office_forms import ReasonForm

from . import actions
from .models import Assignment
from .phase_queries import has_ended, is_agreed, phases_of, submitted_panel


def may_go_back(assignment):
    """Whether submitted sheets of this case can go back to their experts: scored still, nothing agreed on them.

    Two queries at most.
    """
    case = assignment.application
    is_over = case.state != State.IN_REVIEW or has_ended(phases_of(case).get(Kind.INDEPENDENT))
    return not is_over and not is_agreed(case)


def may_give_back(assignment):
    """Whether this is the seat of the head of a panel in which somebody else has submitted, and it can go back."""
    is_heads = assignment.is_head and assignment.may_read_dossier
    return is_heads and may_go_back(assignment) and bool(_submitted_by_others(assignment))


def _submitted_by_others(assignment):
    return [seat.pk for seat in submitted_panel(assignment.application) if seat.pk != assignment.pk]


def seat_name(assignment):
    """What a seat is called among the panel: its number, never the person's name."""
    seats = assignment.application.assignments.order_by("pk").values_list("pk", flat=True)
    return f"专家{list(seats).index(assignment.pk) + 1}"


def reopen_seat(assignment, *, by, seat, reason):
    """Give back the sheet of one of the panel, as its head may. Returns the head's own task."""
    actions.reopen_sheet(seat, by=by, reason=reason)
    return assignment


class SeatForm(ReasonForm):
    """Whose submitted sheet goes back, and why."""

    seat = forms.ModelChoiceField(label="评分表", queryset=Assignment.objects.none(), empty_label="请选择")
    field_order = ["seat", "reason"]

    def fill(self):
        self.fields["seat"].queryset = Assignment.objects.filter(pk__in=_submitted_by_others(self.record))
        self.fields["seat"].label_from_instance = seat_name
