from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from awards.resolutions.models import Honour

from .actions import digest_of
from .entitlement import TableLine
from .ledger import Account, balances, is_balanced
from .matters import CAME_TO_NOTHING, line_for, unclaimed
from .models import Disbursement, Entitlement


@dataclass(frozen=True)
class Claim:
    """An honour nobody has entered an entitlement for, with the published line of its day, if any."""

    honour: Honour
    line: TableLine | None


def claims():
    """`unclaimed`, each with what the published table says. Two queries."""
    honours = unclaimed().select_related("kind").prefetch_related("kind__subsidy_rules").order_by("-year", "pk")
    return [Claim(honour, line_for(honour)) for honour in honours]


def payable(entitlements):
    """Of these entitlements, the ready ones of honours in force without a live payment."""
    live = Disbursement.objects.filter(entitlement=OuterRef("pk")).exclude(state__in=CAME_TO_NOTHING)
    return entitlements.filter(~Exists(live), state=Entitlement.State.READY, honour__revoked_on=None)


def short_code(payment):
    """The short code of what is approved."""
    return code_of(digest_of(payment))


def code_of(digest):
    """Eight characters of a digest, to compare by voice: 3F2A-90C1."""
    code = digest[:8].upper()
    return f"{code[:4]}-{code[4:]}"


def trial_balance():
    """Every account of the books with its balance, and whether the books balance. Two queries."""
    sums = balances()
    return [(account.label, sums[account.value]) for account in Account], is_balanced()
