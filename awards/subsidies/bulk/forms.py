"""What maker and checker hand in for many payments, and the list that the checker is shown."""

from dataclasses import dataclass
from decimal import Decimal

from django import forms

from foshan_quality.lib.forms import typed_number
from foshan_quality.lib.identity import masked
from foshan_quality.lib.money import in_words
from foshan_quality.office_forms import ActForm

from ..actions import account_problems, digest_of
from ..forms import NO_BUDGET, NONE_PAYABLE, budget_choices
from ..matters import doubts_about
from ..models import Budget, Disbursement, Entitlement
from ..queries import code_of, due_in_whole
from .actions import MOST, digest_of_list

FIT, CHOSEN = "fit", "chosen"
NONE_WAITING = "没有等待您复核的拨付单。您自己编制的须由另一名复核人员办理。"


class PrepareManyForm(ActForm):
    """Which entitlements are paid out of which budget: all that fit, or those ticked."""

    budget = forms.ChoiceField(label="资金预算")
    which = forms.ChoiceField(
        label="范围",
        widget=forms.RadioSelect,
        choices=[(FIT, "该预算放得下的全部（按录入先后，已编制未复核的金额先行扣除）"), (CHOSEN, "只编制下面选中的")],
        initial=FIT,
    )
    entitlements = forms.MultipleChoiceField(
        label="奖补资格",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="可拨付、尚无拨付单、不分期的奖补资格",
    )

    def fill(self):
        rows = due_in_whole(Entitlement.objects.select_related("honour__kind")).order_by("pk")[:MOST]
        self.ready = {str(row.pk): row for row in rows}
        self.budgets = {str(budget.pk): budget for budget in Budget.objects.all()}
        self.fields["budget"].choices = budget_choices(self.budgets)
        self.nothing = "" if self.ready else NONE_PAYABLE
        if not self.budgets:
            self.nothing = NO_BUDGET
        self.fields["entitlements"].choices = [
            (pk, f"{row}（{row.get_payer_display()}支付）") for pk, row in self.ready.items()
        ]
        if len(self.ready) == MOST:
            self.fields["entitlements"].help_text = f"一次最多 {MOST} 笔，这里是最早录入的 {MOST} 笔"

    def clean_budget(self):
        return self.budgets[self.cleaned_data["budget"]]

    def clean(self):
        answers = super().clean()
        if "budget" not in answers or "entitlements" not in answers:
            return answers
        budget = answers["budget"]
        if answers.pop("which", CHOSEN) == CHOSEN:
            answers["entitlements"] = [self.ready[pk] for pk in answers["entitlements"]]
            if not answers["entitlements"]:
                self.add_error("entitlements", "请选中要编制的奖补资格，或改选“放得下的全部”。没有保存。")
        else:
            answers["entitlements"] = fitting(budget, [e for e in self.ready.values() if e.payer == budget.payer])
            if not answers["entitlements"]:
                self.add_error("budget", "该预算没有放得下的奖补资格。没有保存。")
        return answers


def fitting(budget, entitlements):
    """Of these entitlements, in their order, those whose sums fit what the budget has left beside what is prepared
    already. One query."""
    waiting = Disbursement.objects.filter(budget=budget, state=Disbursement.State.PREPARED)
    left = budget.remaining - sum(waiting.values_list("amount", flat=True), Decimal(0))
    fit = []
    for entitlement in entitlements:
        if entitlement.amount <= left:
            left -= entitlement.amount
            fit.append(entitlement)
    return fit


@dataclass(frozen=True)
class Line:
    """One payment as the list shows it; the account is masked."""

    payment: Disbursement
    masked: str
    amount: str


class Listing:
    """The payments of one approval, with what is read aloud and what goes back with the form."""

    def __init__(self, payments):
        self.lines = [Line(p, masked(p.account.number), f"{p.amount:,.2f}") for p in payments]
        total = sum((p.amount for p in payments), Decimal("0.00"))
        self.count, self.total, self.words = len(payments), f"{total:,.2f}", in_words(total)
        seen = {p.pk: digest_of(p) for p in payments}
        self.code = code_of(digest_of_list(seen))
        self.seen = ",".join(f"{pk}:{digest}" for pk, digest in seen.items())


class ApproveManyForm(ActForm):
    """The list as it was shown, digest by digest. What is unticked draws a new, shorter list; only a list that
    was shown as it stands is approved. What a doubt about its account keeps from this person is `held` back beforehand,
    as (payment, why)."""

    held = ()
    redrawn = ""  # what was done to the list that is shown now
    payments = forms.MultipleChoiceField(label="拨付单", required=False)
    seen = forms.CharField(widget=forms.HiddenInput)

    def fill(self):
        waiting = Disbursement.objects.filter(state=Disbursement.State.PREPARED).exclude(prepared_by=self.user)
        waiting = waiting.select_related("account", "budget", "prepared_by").order_by("pk")
        shown = _parsed(self.data.get("seen", "")) if self.is_bound else None
        self.fields["payments"].choices = [(str(pk), str(pk)) for pk in shown or ()]
        self.waiting = waiting
        if shown is None:
            first = list(waiting[:MOST])
            self.held = held_back(first, self.user)
            kept = {payment.pk for payment, _why in self.held}
            self.draw([payment for payment in first if payment.pk not in kept])
        else:
            self.draw(waiting.filter(pk__in=shown))
        self.nothing = "" if self.listing.lines or self.held or shown else NONE_WAITING

    def draw(self, payments):
        """Show these payments, their sum and their code."""
        self.listing = Listing(list(payments))
        self.fields["seen"].initial = self.listing.seen
        if self.is_bound:
            self.data = self.data.copy()
            self.data["seen"] = self.listing.seen

    def clean(self):
        answers = super().clean()
        shown = _parsed(answers.get("seen", ""))
        chosen = {int(pk) for pk in answers.get("payments", [])}
        if not chosen:
            raise forms.ValidationError("没有选中任何一笔。没有复核。")
        if dropped := shown.keys() - chosen:
            self.draw(self.waiting.filter(pk__in=chosen))
            text = f"您去掉了 {len(dropped)} 笔，合计和核对码已按剩下的 {self.listing.count} 笔重新计算。"
            self.redrawn = f"{text}请核对后再通过。还没有复核任何一笔。"
            raise forms.ValidationError(self.redrawn)
        return {"seen": shown}


def held_back(payments, user):
    """Of these payments, those whose accounts keep this person from approving them, as (payment, why). Two queries."""
    found = doubts_about([payment.account for payment in payments])
    asked = [(payment, account_problems(payment, user, found[payment.account_id])) for payment in payments]
    return [(payment, problems[0].text) for payment, problems in asked if problems]


def _parsed(seen):
    """{payment pk: digest} of the hidden field; empty where it cannot be read."""
    pairs = [pair.partition(":")[::2] for pair in seen.split(",")]
    read = {typed_number(pk): digest for pk, digest in pairs}
    return {} if None in read else read
