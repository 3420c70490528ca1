"""What the judgement of a payment asks of the records: asked for one payment, or read for many at once.

Both answer the same questions, so that one judgement serves single and bulk work.
"""

from functools import cached_property

from awards.standing.actions import problems_by_application, problems_by_organisation
from enterprises.organisations.models import BankAccount
from enterprises.organisations.queries import kin_among

from .conditions import condition_problems
from .matters import account_doubts, doubts_about, owed_for, sums_of
from .models import Disbursement, Entitlement
from .plans.turns import TURNS, next_turn
from .reconciling.queries import stop_problems

HONOUR = ["honour__kind", "honour__organisation"]
APPLICATION = ["honour__application__organisation", "honour__application__edition"]
LINES = "honour__kind__subsidy_rules"
PAYMENT = ["account", "budget", "prepared_by"]


class Asked:
    """Asked when needed, for one payment. `row_of` is None where a step locks its row by itself."""

    row_of = None

    def locked_entitlement(self, pk):
        """One entitlement with its payments and plans, held until the transaction ends."""
        return Entitlement.objects.select_for_update(of=("self",)).prefetch_related(*TURNS).get(pk=pk)

    def stop_problems(self):
        """Why no money is released at present."""
        return stop_problems()

    def account_of(self, organisation):
        """The account in use, or None."""
        return organisation.bank_accounts.filter(replaced_at=None).first()

    def turn_of(self, entitlement):
        """What of it is paid next, or why nothing is; for what `locked_entitlement` has read."""
        return next_turn(entitlement)

    def due_to(self, entitlement):
        """The line of the table, and what is owed as the records stand now."""
        return owed_for(entitlement.honour, entitlement.payer, before=entitlement)

    def condition_problems(self, entitlement, line):
        """An open objection or revocation, a notice of payment that is missing or not over."""
        return condition_problems([(entitlement, line)])[entitlement.pk]

    def doubts_about(self, account):
        """What about the account wants a third person's look."""
        return account_doubts(account)

    def credit_problems(self, honour):
        """Credit records in the way, of the honour's application or else of its organisation."""
        if honour.application:
            return problems_by_application([honour.application], judges=2).get(honour.application_id, [])
        return problems_by_organisation([honour.organisation]).get(honour.organisation_id, [])


ASKED = Asked()


class Read:
    """Read beforehand for many, in the transaction that judges them. About fifteen queries, however many they are."""

    def __init__(self, entitlements, rows=(), accounts=()):
        honours = [entitlement.honour for entitlement in entitlements]
        organisations = list({h.organisation_id: h.organisation for h in honours if h.organisation}.values())
        self.organisations = organisations
        self.entitlements = {entitlement.pk: entitlement for entitlement in entitlements}
        self.rows = {row.pk: row for row in rows}
        self.due = {}
        self.groups = kin_among(organisations)
        self.sums = sums_of({kin.firm.pk for group in self.groups.values() for kin in group})
        self.doubts = doubts_about(accounts)
        applications = {honour.application_id: honour.application for honour in honours if honour.application}
        self.of_applications = problems_by_application(list(applications.values()), judges=2)
        others = {h.organisation_id: h.organisation for h in honours if h.application is None and h.organisation}
        self.of_organisations = problems_by_organisation(list(others.values()))

    @cached_property
    def stops(self):
        """Why no money is released at present; asked in the transaction that releases."""
        return stop_problems()

    def stop_problems(self):
        """Why no money is released at present."""
        return self.stops

    @cached_property
    def accounts(self):
        """The accounts in use, by organisation; not asked where nobody wants them."""
        in_use = BankAccount.objects.filter(organisation__in=self.organisations, replaced_at=None)
        return {account.organisation_id: account for account in in_use}

    @classmethod
    def for_entitlements(cls, pks):
        """Everything about these entitlements, held until the transaction ends."""
        rows = _held(Entitlement, pks).select_related(*HONOUR, *APPLICATION)
        return cls(list(rows.prefetch_related(LINES, *TURNS)))

    @classmethod
    def for_payments(cls, pks):
        """Everything about these payments, held until the transaction ends."""
        along = [f"entitlement__{name}" for name in (*HONOUR, *APPLICATION)]
        rows = _held(Disbursement, pks).select_related(*PAYMENT, *along)
        return cls.about(list(rows.prefetch_related(f"entitlement__{LINES}")))

    @classmethod
    def about(cls, payments):
        """Everything about payments that the caller holds, read with their honours and accounts."""
        return cls([payment.entitlement for payment in payments], payments, [payment.account for payment in payments])

    def locked_entitlement(self, pk):
        """The row that was locked and read."""
        return self.entitlements[pk]

    def row_of(self, pk):
        """The payment that was locked and read."""
        return self.rows[pk]

    def account_of(self, organisation):
        """The account in use, or None."""
        return self.accounts.get(organisation.pk)

    def turn_of(self, entitlement):
        """What of it is paid next, or why nothing is; for what `for_entitlements` has read."""
        return next_turn(entitlement)

    def due_to(self, entitlement):
        """The line of the table, and what was owed as the records stood at the reading."""
        if entitlement.pk not in self.due:
            honour = entitlement.honour
            group = self.groups.get(honour.organisation_id)
            self.due[entitlement.pk] = owed_for(
                honour, entitlement.payer, group=group, before=entitlement, sums=self.sums
            )
        return self.due[entitlement.pk]

    @cached_property
    def conditions(self):
        """What else stands in the way, by entitlement."""
        found = self.entitlements.values()
        return condition_problems([(entitlement, self.due_to(entitlement)[0]) for entitlement in found])

    def condition_problems(self, entitlement, line):
        """An open objection or revocation, a notice of payment that is missing or not over."""
        return self.conditions[entitlement.pk]

    def doubts_about(self, account):
        """What about the account wants a third person's look."""
        return self.doubts[account.pk]

    def credit_problems(self, honour):
        """Credit records in the way, of the honour's application or else of its organisation."""
        if honour.application_id:
            return self.of_applications.get(honour.application_id, [])
        return self.of_organisations.get(honour.organisation_id, [])


def _held(model, pks):
    """Lock the rows in the order of their keys, and only then read them: what hangs on a row that was waited for is
    read as it is now, too."""
    rows = model.objects.filter(pk__in=pks).order_by("pk")
    list(rows.select_for_update(of=("self",)).values_list("pk", flat=True))
    return rows
