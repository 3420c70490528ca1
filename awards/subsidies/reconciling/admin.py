from django.contrib import admin

from foshan_quality.office import Act, OfficeAdmin, column, day_column, page_of
from foshan_quality.permissions import Permission

from . import actions as reconcile_actions
from .alone import booked_alone
from .models import Reconciliation
from .queries import checked_in, findings_of


@admin.register(Reconciliation)
class ReconciliationAdmin(OfficeAdmin):
    """Every comparison of the books, and what each found: which record, what should be, what is, what to do."""

    change_form_template = "awards/subsidies/reconciliation.html"
    list_display = [
        day_column("run_at", "核对时间"),
        column("outcome", "结果", order="difference_count"),
        "checks",
        "seconds",
        column("run_by.__str__", "核对人"),
    ]
    list_select_related = ["run_by"]
    list_acts = {
        "run": Act(
            "立即核对",
            reconcile_actions.run,
            permission=Permission.RECONCILE_RUN,
            done="已核对，结果见本页。",
            warning="把拨付单、台账、预算、荣誉和财政结果逐项对一遍，通常几秒钟。只读取，不改动任何账目；"
            "有差异时停止复核和送财政，没有差异时恢复。",
        )
    }

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("run_by")

    def get_fieldsets(self, request, obj=None):
        return []

    def record_context(self, request, record):
        findings = [(f.check, with_links(f.rows, request.user)) for f in findings_of(record)]
        alone, count = booked_alone(record.run_at)
        shown = [(row, f"{row.amount:,.2f}", _url("awards.ledgertransaction", row.key, request.user)) for row in alone]
        return {"findings": findings, "checked": checked_in(record), "alone": shown, "alone_count": count}


def with_links(rows, user):
    """The differences, each with the address of its record where this person may open it."""
    return [row | {"url": _url(row["kind"], row["key"], user)} for row in rows]


def _url(kind, key, user):
    app, _, model = kind.partition(".")
    return page_of(f"{app}_{model}", key) if user.has_perm(f"{app}.view_{model}") else ""
