from dataclasses import dataclass
from decimal import Decimal

from django.core.paginator import Paginator
from django.db.models import Count, Sum

from foshan_quality.lib.identity import masked
from foshan_quality.lib.money import in_words

from ..models import PAYERS, Disbursement
from .actions import approved_of, seen_of
from .claiming import hindrances, readable
from .models import ResultFile, ResultLine

SHOWN = 100


@dataclass(frozen=True)
class Preview:
    """What a batch made now would take, and what would stay out with the reasons."""

    payer: str
    going: list
    left_out: list
    seen: str

    @property
    def total(self):
        """The sum in yuan."""
        return sum((payment.amount for payment in self.going), Decimal("0.00"))

    @property
    def total_in_words(self):
        """The sum in 大写; empty for none."""
        return in_words(self.total) if self.going else ""

    @property
    def shown(self):
        """The first payments, each with its masked account."""
        return with_masks(self.going[:SHOWN])

    @property
    def more(self):
        """How many payments are not shown."""
        return max(len(self.going) - SHOWN, 0)


def preview_of(payer):
    """What a batch of this payer would be just now. Some twenty queries, however many payments wait."""
    payments = list(readable(approved_of(payer)).order_by("pk")) if payer else []
    why = hindrances(payments)
    going = [payment for payment in payments if payment.pk not in why]
    left_out = [(payment, f"{payment.amount:,.2f}", why[payment.pk]) for payment in payments if payment.pk in why]
    return Preview(payer, going, left_out, seen_of(going))


def payers_waiting():
    """Who has approved payments waiting: rows of payer, its name, count and sum. One query."""
    approved = Disbursement.objects.filter(state=Disbursement.State.APPROVED)
    rows = approved.values_list("budget__payer").annotate(Count("pk"), Sum("amount")).order_by("budget__payer")
    return [(payer, dict(PAYERS)[payer], count, f"{total:,.2f}") for payer, count, total in rows]


def with_masks(payments):
    """(payment, its account as shown, its sum with thousands parted) for each."""
    return [(payment, masked(payment.account.number), f"{payment.amount:,.2f}") for payment in payments]


def payments_page(batch, number):
    """One page of a batch's payments with their accounts as shown. Two queries."""
    payments = batch.payments.select_related("account").order_by("pk")
    page = Paginator(payments, SHOWN).get_page(number)
    return page, with_masks(page.object_list)


def standing_of(batch):
    """Where the payments of a batch stand, in words: rows of state, count and sum. One query."""
    rows = batch.payments.order_by().values_list("state").annotate(Count("pk"), Sum("amount"))
    found = {state: (count, f"{total:,.2f}") for state, count, total in rows}
    return [(state.label, *found[state]) for state in Disbursement.State if state in found]


def answers_to(batch):
    """The result files that speak of a batch's payments, oldest first. One query."""
    return list(ResultFile.objects.filter(lines__payment__batch=batch).distinct().order_by("pk"))


def lines_page(result, number):
    """One page of a result file's lines with their sums as shown. Two queries."""
    lines = result.lines.select_related("payment__account", "payment__batch").order_by("number")
    page = Paginator(lines, SHOWN).get_page(number)
    return page, [(line, "" if line.amount is None else f"{line.amount:,.2f}") for line in page]


def counts_of(result):
    """How many lines of a file come to what, in words, and the sums settled and returned. One query."""
    rows = {
        outcome: (count, total or Decimal("0.00"))
        for outcome, count, total in result.lines.values_list("outcome").annotate(Count("pk"), Sum("amount"))
    }
    none = 0, Decimal("0.00")
    return [(o.label, rows.get(o.value, none)[0], f"{rows.get(o.value, none)[1]:,.2f}") for o in ResultLine.Outcome]


def open_differences(result):
    """The first differences of a file that nobody has settled yet. One query."""
    lines = result.lines.filter(outcome=ResultLine.Outcome.DIFFERENCE, resolved_at=None)
    return list(lines.select_related("file").order_by("number")[:SHOWN])
