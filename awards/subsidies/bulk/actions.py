"""Many payments in one act, by the very judgement of the single acts.

Each line stands by itself: what is refused is left out and named with its reason, the others are done. Lines go to
the database in bundles, a transaction each, so that nobody waits long for the budget and the trail; a bundle that the
database breaks off leaves no trace of any of its lines.
"""

import hashlib
import logging
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import DatabaseError, transaction

from awards.workflow import Refused, WrongState, permit
from foshan_quality.lib.money import in_words
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from .. import actions
from ..facts import Read
from ..models import Budget, Disbursement
from ..queries import code_of

BUNDLE = 100  # lines in one transaction
MOST = 500  # lines in one act, so that a page is answered within seconds
BROKEN_OFF = "数据库没有完成这一组，本笔没有改动；请稍后再办理一次。"
log = logging.getLogger(__name__)


@dataclass
class Report:
    """What came of it: the payments done, and what was left out as (what, why)."""

    done: list[Disbursement] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)

    @property
    def total(self):
        """The sum of what was done, in yuan."""
        return sum((payment.amount for payment in self.done), Decimal("0.00"))

    @property
    def total_said(self):
        """The sum in figures and in words."""
        return f"¥{self.total:,.2f}（{in_words(self.total)}）"

    @property
    def code(self):
        """The short code of the list, which the checker finds on the page of approval if it holds the same lines."""
        return code_of(digest_of_list({payment.pk: actions.digest_of(payment) for payment in self.done}))


def digest_of_list(seen):
    """SHA-256 over the digests of several payments, {payment pk: digest}, in the order of the keys."""
    return hashlib.sha256("\n".join(f"{pk}:{seen[pk]}" for pk in sorted(seen)).encode()).hexdigest()


def prepare_many(*, by, budget, entitlements):
    """The maker prepares the payments of ready entitlements out of one budget; see the head of this file."""
    permit(by, Permission.DISBURSEMENT_PREPARE)
    pks = _few({entitlement.pk for entitlement in entitlements})
    names = {entitlement.pk: str(entitlement) for entitlement in entitlements}

    def prepare(pk, facts):
        """One line, by what was read for its bundle."""
        return actions.prepare(facts.entitlements[pk], by=by, budget=budget, facts=facts)

    return _each(pks, names, Read.for_entitlements, prepare)


def approve_many(*, by, seen):
    """The checker approves the list that was seen, {payment pk: digest}; see the head of this file.

    What has changed since is left out. The digest over the whole list goes to the trail with every line.
    """
    permit(by, Permission.DISBURSEMENT_APPROVE)
    payments = Disbursement.objects.filter(pk__in=_few(seen)).select_related("account")
    names, among = {payment.pk: str(payment) for payment in payments}, digest_of_list(seen)

    def approve(pk, facts):
        """One line as it was seen, by what was read for its bundle."""
        return actions.approve(facts.rows[pk], by=by, seen=seen[pk], facts=facts, among=among)

    return _each(sorted(names), names, _payments_and_budgets, approve)


def _few(pks):
    if not pks:
        raise Refused([Problem("nothing", "没有选中任何一笔。没有改动任何内容。")])
    if len(pks) > MOST:
        raise Refused([Problem("too_many", f"一次最多办理 {MOST} 笔，选中了 {len(pks)} 笔。没有改动任何内容。")])
    return sorted(pks)


def _payments_and_budgets(pks):
    """The budgets are locked too, before the first line: nobody waits for one while holding the trail."""
    facts = Read.for_payments(pks)
    budgets = {row.budget_id for row in facts.rows.values()}
    list(Budget.objects.select_for_update().filter(pk__in=budgets).order_by("pk").values_list("pk", flat=True))
    return facts


def _each(pks, names, read, act):
    report = Report()
    for start in range(0, len(pks), BUNDLE):
        bundle = pks[start : start + BUNDLE]
        try:
            done, left_out = _bundle(bundle, names, read, act)
        except DatabaseError:
            log.exception("a bundle of %d lines was broken off", len(bundle))
            done, left_out = [], [(names[pk], BROKEN_OFF) for pk in bundle]
        report.done += done
        report.left_out += left_out
    return report


@transaction.atomic
def _bundle(pks, names, read, act):
    facts, done, left_out = read(pks), [], []
    for pk in pks:
        try:
            done.append(act(pk, facts))
        except (Refused, WrongState) as refusal:
            left_out.append((names[pk], str(refusal)))
    return done, left_out
