from django.contrib import admin
from django.urls import reverse

from foshan_quality.office import Act, OfficeAdmin, Todo, column, day_column
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Role

from ..books.statements import both_sides
from . import actions
from .models import Reversal


def _waiting(rows, user):
    return rows.filter(state=Reversal.State.PROPOSED).exclude(proposed_by=user)


@admin.register(Reversal)
class ReversalAdmin(OfficeAdmin):
    """Bookings to be taken back: both sides are seen before a second officer confirms."""

    change_form_template = "awards/subsidies/reversal.html"
    list_display = [
        column("booking.memo", "要冲正的记账"),
        "state_mark",
        day_column("proposed_at", "提出时间"),
        "reason",
    ]
    list_filter = ["state"]
    list_select_related = ["booking", "proposed_by", "confirmed_by"]
    search_fields = ["booking__memo", "reason"]
    search_help_text = "摘要或理由"
    fields = [
        "reason",
        day_column("proposed_at", "提出时间"),
        column("proposed_by.__str__", "提出人"),
        day_column("confirmed_at", "确认时间"),
        column("confirmed_by", "确认人"),
    ]
    acts = {
        "confirm_reversal": Act(
            "确认冲正",
            actions.confirm_reversal,
            hindrance=lambda reversal, user: (
                "您是提出人，须由另一名资金人员确认。" if reversal.proposed_by_id == user.pk else ""
            ),
            done="已冲正并入账，预算总额已恢复。",
            warning="确认后记一笔相反的账，预算总额随之恢复；原记账和冲正记账都保留，不能再冲正。请逐行核对两边。",
            is_grave=True,
            asks_again=True,
            template="awards/subsidies/confirm_reversal.html",
        ),
        "drop_reversal": Act(
            "作废", actions.drop_reversal, ReasonForm, done="已作废，没有记账。", warning="作废后可以重新提出。"
        ),
    }
    todos = {
        "confirm": Todo("台账冲正待您确认", Role.FINANCE_CHECKER, lambda rows, user: _waiting(rows, user)),
        "confirm_too": Todo("台账冲正待您确认", Role.FINANCE_MAKER, lambda rows, user: _waiting(rows, user)),
    }

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("booking", "booked", "proposed_by", "confirmed_by")

    def record_links(self, request, record):
        bookings = [("要冲正的记账", record.booking_id), ("冲正记账", record.booked_id)]
        return [(label, reverse("admin:awards_ledgertransaction_change", args=[pk])) for label, pk in bookings if pk]

    def record_context(self, request, record):
        return {"sides": both_sides(record.booking)}

    def act_context(self, request, act, record, form):
        return super().act_context(request, act, record, form) | {"sides": both_sides(record.booking)}
