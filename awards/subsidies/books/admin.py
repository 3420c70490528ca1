from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html_join
from django.utils.http import urlencode
from django.utils.timezone import localtime
from django.views.decorators.http import require_safe

from awards.reviews.paper import handed_out
from enterprises.models import Organisation
from foshan_quality.lib import clock
from foshan_quality.lib.exports import TooLong, csv_file, xlsx_file
from foshan_quality.office import Act, OfficeAdmin, OfficeInline, column, day_column
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission

from ..corrections import actions as correction_actions
from ..corrections.models import Reversal
from ..models import Budget, LedgerEntry, LedgerTransaction
from ..own import statement as own_statement
from ..own.views import paper_of
from ..queries import trial_balance
from . import actions as ledger_actions
from . import exports, papers
from . import statements as books
from .forms import BooksFilter, PaymentsFilter, StatementFilter
from .sources import read
from .statements import ACCOUNTS

LINES = 50
FILES = {"xlsx": xlsx_file, "csv": csv_file}
MADE_FROM = {"budget": "awards_budget", "disbursement": "awards_disbursement", "clawback": "awards_clawback"}


def why_not(booking):
    """Why nobody can propose to take this booking back now; empty where somebody can."""
    if why := correction_actions.hindrance(booking):
        return why
    return "已有人提出冲正，请到“台账冲正”办理。" if correction_actions.is_proposed(booking) else ""


class EntryInline(OfficeInline):
    model = LedgerEntry
    fields = readonly_fields = ["account", "of_budget", "debit_yuan", "credit_yuan"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("budget")

    @admin.display(description="资金预算")
    def of_budget(self, entry):
        return entry.budget

    @admin.display(description="借方（元）")
    def debit_yuan(self, entry):
        return f"{entry.amount:,.2f}" if entry.amount > 0 else ""

    @admin.display(description="贷方（元）")
    def credit_yuan(self, entry):
        return f"{-entry.amount:,.2f}" if entry.amount < 0 else ""


@admin.register(LedgerTransaction)
class LedgerAdmin(OfficeAdmin):
    """The books: every booking with its entries and where it comes from; trial balance, statements, files, papers."""

    change_list_template = "awards/subsidies/ledger.html"
    list_display = [
        day_column("booked_at", "记账时间"),
        "memo",
        "lines",
        column("booked_by.__str__", "记账人"),
        "made_from",
    ]
    search_fields = ["memo", "source"]
    search_help_text = "摘要或来源"
    date_hierarchy = "booked_at"
    fields = ["memo", "made_from", day_column("booked_at", "记账时间"), column("booked_by.__str__", "记账人")]
    readonly_fields = ["made_from"]
    inlines = [EntryInline]
    acts = {
        "reverse": Act(
            "提出冲正",
            correction_actions.propose_reversal,
            ReasonForm,
            Permission.LEDGER_CORRECT,
            hindrance=lambda booking, user: why_not(booking),
            done="冲正已提出，待另一名资金人员确认。",
            warning="冲正是记一笔相反的账，原记账保留。须由另一名资金人员确认后才入账。",
        )
    }

    def get_queryset(self, request):
        found = super().get_queryset(request).select_related("booked_by", "reverses", "reversed_by")
        return found.prefetch_related("entries")

    @admin.display(description="分录（元）")
    def lines(self, booking):
        entries = [
            ("借" if e.amount > 0 else "贷", e.get_account_display(), f"{abs(e.amount):,.2f}")
            for e in booking.entries.all()
        ]
        return format_html_join("", '<div class="text-nowrap">{} {} <span class="number">{}</span></div>', entries)

    @admin.display(description="来源", ordering="source")
    def made_from(self, booking):
        return read(booking.source).said

    # --- from a booking to what it is about -------------------------------------------------------
    def record_links(self, request, record):
        """To the record the booking comes from, and to the booking it reverses or is reversed by."""
        source = read(record.source)
        links = []
        if source.record in MADE_FROM and source.key:
            links.append(
                (f"来源：{source.said}", reverse(f"admin:{MADE_FROM[source.record]}_change", args=[source.key]))
            )
        if record.reverses:
            links.append(("冲正的原记账", self.record_url(record.reverses)))
        if hasattr(record, "reversed_by"):
            links.append(("冲正记账", self.record_url(record.reversed_by)))
        if asked := record.reversals.filter(state=Reversal.State.PROPOSED).first():
            links.append(("待确认的冲正", self.record_url(asked)))
        return links

    # --- pages ------------------------------------------------------------------------------------
    def get_urls(self):
        return [
            self.page("trial/", self.trial_view, "trial"),
            self.page("trial/paper/", self.trial_paper_view, "trial_paper"),
            self.page("payments/", self.payments_view, "payments"),
            self.page("statement/<slug:account>/", self.statement_view, "statement"),
            self.page("statement/<slug:account>/paper/", self.statement_paper_view, "statement_paper"),
            self.page("export/<slug:what>/<slug:extension>/", self.export_view, "export"),
            self.page("organisation/<int:pk>/", self.organisation_view, "organisation"),
            self.page("organisation/<int:pk>/paper/", self.organisation_paper_view, "organisation_paper"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        accounts, is_balanced = trial_balance()
        page = {
            "accounts": [
                (label, exports.balance_said(total), self.url("statement", value)) for value, label, total in accounts
            ],
            "is_balanced": is_balanced,
            "doors": [
                ("试算平衡表", self.url("trial")),
                ("已退汇明细", self.url("statement", books.RETURNED)),
                ("本期拨付单", self.url("payments")),
            ],
        }
        return super().changelist_view(request, page | (extra_context or {}))

    def url(self, page, *args, query=""):
        """The address of a page of the books, with the filters of the one it is on."""
        return reverse(f"admin:{self.label}_{page}", args=args) + (f"?{query}" if query else "")

    def asked(self, request, form=BooksFilter):
        """The filters as handed in. One query."""
        if not self.has_view_permission(request):
            raise PermissionDenied(Permission.LEDGER_VIEW)
        return form(request.GET, budgets=Budget.objects.all())

    def shown(self, request, template, context):
        frame = self.admin_site.each_context(request) | {"opts": self.opts}
        return TemplateResponse(request, template, frame | context, status=400 if context["form"].errors else 200)

    @method_decorator(require_safe)
    def trial_view(self, request):
        """The trial balance at any moment, with the turnover of the period. Two queries."""
        form, query = self.asked(request), request.GET.urlencode()
        context = {
            "title": "试算平衡表",
            "form": form,
            "parts": self.linked(request, papers.trial_parts(books.trial(form.asked()))),
            "said": form.said(),
            "paper": self.url("trial_paper", query=query),
            "files": self.files("trial", query),
        }
        return self.shown(request, "awards/subsidies/trial.html", context)

    def linked(self, request, parts):
        """Every account of the trial balance with the way to its statement, same filters."""
        for part in parts:
            for row in part["rows"]:
                row["url"] = self.url("statement", row["account"], query=_narrowed(request, part["budget"]))
        return parts

    @method_decorator(require_safe)
    def statement_view(self, request, account):
        """An account's entries of a period with the running balance. Five queries, any size."""
        form, query = self.asked(request, StatementFilter), request.GET.urlencode()
        statement = self.statement(account, form)
        page = Paginator(statement.entries, LINES)
        page.count = statement.count
        page = page.get_page(request.GET.get("page"))
        context = {
            "title": f"{statement.label}明细账",
            "form": form,
            "statement": statement,
            "ends": papers.statement_ends(statement),
            "page": page,
            "rows": papers.statement_rows(page.object_list),
            "said": form.said(),
            "accounts": [
                (label, self.url("statement", value, query=_narrowed(request)), value == account)
                for value, label in ACCOUNTS.items()
            ],
            "paper": self.url("statement_paper", account, query=query) if statement.count <= papers.MOST_LINES else "",
            "most": papers.MOST_LINES,
            "files": self.files(account, query),
        }
        return self.shown(request, "awards/subsidies/statement.html", context)

    def statement(self, account, form):
        if account not in ACCOUNTS:
            raise Http404
        return books.statement(account, form.asked())

    def files(self, what, query):
        return [(f"导出 {name}", self.url("export", what, name, query=query)) for name in FILES]

    @method_decorator(require_safe)
    def payments_view(self, request):
        """Payments of a period. Four queries, any size."""
        form = self.asked(request, PaymentsFilter)
        found = books.payments(form.asked(), form.day())
        page = Paginator(found, LINES)
        page.count, total = books.count_and_sum(found)
        page = page.get_page(request.GET.get("page"))
        context = {
            "title": "本期拨付单",
            "form": form,
            "page": page,
            "rows": [(payment, f"{payment.amount:,.2f}") for payment in page.object_list],
            "total": f"{total:,.2f}",
            "said": form.said(),
            "files": self.files("payments", request.GET.urlencode()),
        }
        return self.shown(request, "awards/subsidies/payments.html", context)

    @method_decorator(require_safe)
    def trial_paper_view(self, request):
        """The trial balance as PDF with lines to sign on."""
        form = self.asked(request)
        if form.errors:
            return redirect(self.url("trial", query=request.GET.urlencode()))
        paper = papers.trial_paper(books.trial(form.asked()), **self.facts(request, form))
        return self.handed_out(request, form, paper, papers.trial_pdf)

    @method_decorator(require_safe)
    def statement_paper_view(self, request, account):
        """A statement as PDF. One too long for paper is sent back to its page, where the files are."""
        form = self.asked(request, StatementFilter)
        statement = self.statement(account, form)
        if form.errors:
            return redirect(self.url("statement", account, query=request.GET.urlencode()))
        if statement.count > papers.MOST_LINES:
            text = (
                f"共 {statement.count:,} 行，超过 {papers.MOST_LINES} 行，不宜打印。请缩短期间，或导出文件。没有生成。"
            )
            messages.error(request, text)
            return redirect(self.url("statement", account, query=request.GET.urlencode()))
        paper = papers.statement_paper(statement, **self.facts(request, form))
        return self.handed_out(request, form, paper, papers.statement_pdf)

    def facts(self, request, form):
        return {"asked": form.said(), "person": request.user, "moment": clock.now()}

    def handed_out(self, request, form, paper, pdf):
        ledger_actions.log_print(by=request.user, title=paper["title"], asked=form.said(), digest=paper["digest"])
        return handed_out(pdf(paper), f"{paper['title']}-{clock.today():%Y%m%d}")

    @method_decorator(require_safe)
    def export_view(self, request, what, extension):
        """Trial balance, statement or payments as a file, read in pieces; the trail says who took it."""
        forms = {"trial": BooksFilter, "payments": PaymentsFilter}
        form = self.asked(request, forms.get(what, StatementFilter))
        if extension not in FILES or what not in {*forms, *ACCOUNTS}:
            raise Http404
        if form.errors:
            page = [what] if what in forms else ["statement", what]
            return redirect(self.url(*page, query=request.GET.urlencode()))
        table = self.table(what, form, request.user)
        try:
            written = FILES[extension](table)
        except TooLong:
            messages.error(request, "行数超过一张工作表所能容纳的，请缩短期间，或导出 csv。没有生成。")
            return redirect(self.list_url())
        log = {"title": table.title, "asked": form.said(), "extension": extension, "written": written}
        ledger_actions.log_export(by=request.user, **log)
        name = f"{table.title}-{clock.today():%Y%m%d}.{extension}"
        return FileResponse(
            written.file, as_attachment=True, filename=name, headers={"X-Content-Type-Options": "nosniff"}
        )

    def table(self, what, form, person):
        cover = [*form.said(), ("导出人", str(person)), ("导出时间", f"{localtime(clock.now()):%Y-%m-%d %H:%M:%S}")]
        if what == "trial":
            return exports.trial_table(books.trial(form.asked()), cover)
        if what == "payments":
            return exports.payments_table(books.payments(form.asked(), form.day()), cover)
        return exports.statement_table(self.statement(what, form), cover)

    @method_decorator(require_safe)
    def organisation_view(self, request, pk):
        """What one organisation was entitled to, was paid and owes back, as it sees it itself."""
        organisation = self.organisation(request, pk)
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": organisation.name,
            "own": own_statement.own_paper(own_statement.statement_of(organisation), moment=clock.now()),
            "paper": self.url("organisation_paper", pk),
            "links": [
                ("拨付单", f"{reverse('admin:awards_disbursement_changelist')}?{urlencode({'q': organisation.name})}"),
                ("台账：已拨付", self.url("statement", "paid", query=urlencode({"payee": organisation.name}))),
            ],
        }
        return TemplateResponse(request, "awards/subsidies/organisation.html", context)

    @method_decorator(require_safe)
    def organisation_paper_view(self, request, pk):
        """The same on paper."""
        return paper_of(self.organisation(request, pk), by=request.user)

    def organisation(self, request, pk):
        if not self.has_view_permission(request):
            raise PermissionDenied(Permission.LEDGER_VIEW)
        return get_object_or_404(Organisation, pk=pk)


def _narrowed(request, budget=None):
    """The filters without the page, of one budget where one is named."""
    query = request.GET.copy()
    for name in ("page", "by_day"):
        query.pop(name, None)
    if budget:
        query["budget"] = str(budget)
    return query.urlencode()
