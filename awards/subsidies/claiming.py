"""What stands in the way of sending payments today, asked of many at once: a dozen queries, however many they are.

The questions are those of the approval (actions.py); a test holds the answers of both against each other.
"""

from collections import defaultdict

from django.conf import settings
from django.db.models import Q

from awards.standing.actions import problems_by_application, problems_by_organisation
from enterprises.organisations.models import BankAccount, Organisation
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem

from .accounts import doubts
from .actions import account_problems, digest_of, matter_problems
from .entitlement import GROUP, OWN, Earlier, Matter, line_on, owed
from .matters import DEAD, lines_of
from .models import Disbursement, Entitlement, OutsidePayment, SubsidyRule


def readable(payments):
    """These payments with everything that is asked of them and written in their file."""
    return payments.select_related(
        "account", "budget", "entitlement__honour__kind", "entitlement__honour__organisation"
    ).prefetch_related(
        "entitlement__honour__application__organisation", "entitlement__honour__application__edition__programme"
    )


def hindrances(payments):
    """What stands in the way of each of these approved payments: {its key: [Problem, …]}, without those free to go.

    Inside the act's transaction: credit records that are just coming in are waited for.
    """
    if not payments:
        return {}
    found = {payment.pk: _changed(payment) for payment in payments}
    for tell in (_matters, _credit, _accounts):
        for payment, problems in tell(payments):
            found[payment.pk] += problems
    return {key: problems for key, problems in found.items() if problems}


def _changed(payment):
    if payment.state != Disbursement.State.APPROVED:
        text = f"拨付单现为“{payment.get_state_display()}”，只有“已复核”的可以编入批次。"
        return [Problem("not_approved", text)]
    if digest_of(payment) != payment.seen:
        return [Problem("changed", "收款方、账户、金额或依据与复核时不同，请退回经办重新编制。没有拨付。")]
    return []


# --- the matter -----------------------------------------------------------------------------------------


def _matters(payments):
    """What has become of entitlement, honour and earlier sums, by the rule that the approval asks."""
    groups = _groups({payment.entitlement.honour.organisation for payment in payments} - {None})
    earlier, rules = _earlier_sums({firm for group in groups.values() for firm in group}), _rules(payments)
    for payment in payments:
        entitlement, honour = payment.entitlement, payment.entitlement.honour
        lines, day = lines_of(rules[honour.kind_id], entitlement.payer), honour.announced_on
        line, matter = day and line_on(lines, day), Matter(honour.kind.name, honour.year, entitlement.payer)
        before = _before(entitlement, groups.get(honour.organisation_id, ()), earlier)
        yield payment, matter_problems(entitlement, owed(line, matter, before))


def _rules(payments):
    by_kind = defaultdict(list)
    for rule in SubsidyRule.objects.filter(kind__in={payment.entitlement.honour.kind_id for payment in payments}):
        by_kind[rule.kind_id].append(rule)
    return by_kind


def _groups(firms):
    """The keys of everybody in each firm's group, by the firm's key; see matters.group_of. One query."""
    codes, parents, children = {}, {}, defaultdict(list)
    for pk, code, parent in Organisation.objects.values_list("pk", "credit_code", "parent_code"):
        codes[code], parents[code] = pk, parent
        if parent:
            children[parent].append(code)
    return {firm.pk: {codes[code] for code in _group(firm.credit_code, parents, children)} for firm in firms}


def _group(code, parents, children):
    seen = {code}
    while parents[code] in parents and parents[code] not in seen:
        code = parents[code]
        seen.add(code)
    found, fresh = set(), {code, *children[parents[code]]} if parents[code] else {code}
    while fresh:
        found |= fresh
        fresh = {child for code in fresh for child in children[code]} - found
    return found


def _earlier_sums(firms):
    """Everything settled or had elsewhere, by firm: entitlements, then sums from elsewhere. Two queries."""
    settled, outside = defaultdict(list), defaultdict(list)
    live = Entitlement.objects.filter(honour__organisation__in=firms, honour__revoked_on=None)
    for one in live.exclude(state__in=DEAD).select_related("honour__kind"):
        settled[one.honour.organisation_id].append(one)
    had = OutsidePayment.objects.filter(organisation__in=firms, struck_at=None)
    for one in had.select_related("organisation", "kind"):
        outside[one.organisation_id].append(one)
    return settled, outside


def _before(entitlement, group, earlier):
    """What went before an entitlement in its group, in the order of matters.earlier_sums."""
    settled, outside = earlier
    own = entitlement.honour.organisation_id
    rows = [one for firm in group for one in settled[firm] if _counts(one, entitlement)]
    elsewhere = [one for firm in group for one in outside[firm]]
    for one in sorted(rows, key=lambda one: one.pk):
        relation = OWN if one.honour.organisation_id == own else GROUP
        matter = Matter(one.honour.kind.name, one.honour.year, one.payer)
        yield Earlier(matter, one.amount, one.honour.organisation_name, relation, one.get_payer_display())
    for one in sorted(elsewhere, key=lambda one: (one.year, one.pk)):
        relation = OWN if one.organisation_id == own else GROUP
        yield Earlier(
            Matter(one.kind.name, one.year, one.payer), one.amount, one.organisation.name, relation, one.payer_name
        )


def _counts(one, entitlement):
    is_itself = one.honour_id == entitlement.honour_id and one.payer == entitlement.payer
    return one.pk < entitlement.pk and not is_itself


# --- credit and accounts --------------------------------------------------------------------------------


def _credit(payments):
    honours = [payment.entitlement.honour for payment in payments]
    by_application = problems_by_application([h.application for h in honours if h.application], judges=2)
    by_firm = problems_by_organisation(list({h.organisation for h in honours if not h.application}))
    for payment, honour in zip(payments, honours, strict=True):
        own = (by_application, honour.application_id) if honour.application_id else (by_firm, honour.organisation_id)
        yield payment, own[0].get(own[1], [])


def _accounts(payments):
    firms = {payment.account.organisation_id for payment in payments}
    marks = {payment.account.mark for payment in payments}
    rows = BankAccount.objects.filter(Q(organisation__in=firms) | Q(mark__in=marks))
    first, sharers = {}, defaultdict(dict)
    for pk, firm, name, mark in rows.order_by("organisation__name").values_list(
        "pk", "organisation", "organisation__name", "mark"
    ):
        first[firm] = min(pk, first.get(firm, pk))
        sharers[mark][firm] = name
    for payment in payments:
        account = payment.account
        others = [name for firm, name in sharers[account.mark].items() if firm != account.organisation_id]
        is_changed = first[account.organisation_id] < account.pk
        found = doubts(account.confirmed_at, is_changed, others, clock.now(), settings.ACCOUNT_LOOK_DAYS)
        yield payment, account_problems(payment, None, found)
