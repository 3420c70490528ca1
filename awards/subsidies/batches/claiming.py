"""What stands in the way of sending payments today, asked of many at once; the questions are those of the approval."""

from foshan_quality.lib.problems import Problem

from ..actions import account_problems, digest_of, payee_problems, payment_problems, year_problems
from ..facts import APPLICATION, HONOUR, LINES, PAYMENT, Read
from ..models import Disbursement


def readable(payments):
    """These payments with everything that is asked of them and written in their file."""
    along = [f"entitlement__{name}" for name in (*HONOUR, *APPLICATION)]
    return payments.select_related(*PAYMENT, *along).prefetch_related(f"entitlement__{LINES}")


def hindrances(payments):
    """What stands in the way of each of these approved payments: {its key: [Problem, …]}, without those free to go.

    Inside the act's transaction: credit records that are just coming in are waited for.
    """
    if not payments:
        return {}
    facts = Read.about(payments)
    found = {payment.pk: _problems(payment, facts) for payment in payments}
    return {key: problems for key, problems in found.items() if problems}


def _problems(payment, facts):
    return [
        *_changed(payment),
        *payee_problems(payment.entitlement, payment.account, payment.budget),
        *payment_problems(payment.entitlement, facts),
        *account_problems(payment, None, facts.doubts_about(payment.account)),
        *year_problems(payment.budget),
    ]


def _changed(payment):
    if payment.state != Disbursement.State.APPROVED:
        text = f"拨付单现为“{payment.get_state_display()}”，只有“已复核”的可以编入批次。"
        return [Problem("not_approved", text)]
    if digest_of(payment) != payment.seen:
        return [Problem("changed", "收款方、账户、金额或依据与复核时不同，请退回经办重新编制。没有拨付。")]
    return []
