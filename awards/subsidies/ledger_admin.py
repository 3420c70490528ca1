from django.contrib import admin
from django.utils.html import format_html_join

from foshan_quality.office import OfficeAdmin, OfficeInline, column

from .models import LedgerEntry, LedgerTransaction
from .queries import trial_balance


class EntryInline(OfficeInline):
    model = LedgerEntry
    fields = readonly_fields = ["account", "of_budget", "yuan"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("budget")

    @admin.display(description="资金预算")
    def of_budget(self, entry):
        return entry.budget

    @admin.display(description="金额（元，借正贷负）")
    def yuan(self, entry):
        return f"{entry.amount:,.2f}"


@admin.register(LedgerTransaction)
class LedgerAdmin(OfficeAdmin):
    """The books: every booking with its entries, the trial balance on top."""

    change_list_template = "awards/subsidies/ledger.html"
    list_display = ["booked_at", "memo", "lines", column("booked_by.__str__", "记账人"), "source"]
    list_select_related = ["booked_by"]
    search_fields = ["memo", "source"]
    search_help_text = "摘要或来源"
    date_hierarchy = "booked_at"
    fields = ["memo", "source", "booked_at", column("booked_by.__str__", "记账人")]
    inlines = [EntryInline]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("entries")

    @admin.display(description="分录（元）")
    def lines(self, booking):
        entries = [
            ("借" if e.amount > 0 else "贷", e.get_account_display(), f"{abs(e.amount):,.2f}")
            for e in booking.entries.all()
        ]
        return format_html_join("；", '{} {} <span class="number">{}</span>', entries)

    def changelist_view(self, request, extra_context=None):
        accounts, is_balanced = trial_balance()
        page = {"accounts": [(label, f"{sum_:,.2f}") for label, sum_ in accounts], "is_balanced": is_balanced}
        return super().changelist_view(request, page | (extra_context or {}))
