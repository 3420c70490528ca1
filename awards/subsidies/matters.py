"""What an honour is owed as the records stand: the line of its date and what went before."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Min

from awards.resolutions.models import Honour
from enterprises.organisations.models import BankAccount, Organisation
from enterprises.organisations.queries import group_of
from foshan_quality.lib import clock

from .accounts import doubts
from .entitlement import GROUP, OWN, Earlier, Matter, TableLine, line_on, owed
from .models import Disbursement, Entitlement, OutsidePayment, SubsidyRule

DEAD = [Entitlement.State.DECLINED, Entitlement.State.WITHDRAWN]
CAME_TO_NOTHING = [Disbursement.State.RETURNED, Disbursement.State.CANCELLED]


def line_for(honour, payer="city"):
    """The published line of this payer for the honour on the day it was announced, or None. One query."""
    return (
        line_on(lines_of(honour.kind.subsidy_rules.all(), payer), honour.announced_on) if honour.announced_on else None
    )


def lines_of(rules, payer):
    """The lines of the table that count: confirmed, of this payer, not special."""
    return [
        TableLine(
            rule.amount,
            rule.document,
            rule.valid_from,
            rule.valid_to,
            rule.article,
            rule.stacking,
            frozenset(rule.combined),
            rule.repeats,
            rule.notice_basis if rule.needs_notice else "",
            rule.notice_days,
            rule.notice_in_workdays,
        )
        for rule in rules
        if rule.payer == payer and rule.state == SubsidyRule.State.IN_FORCE and not rule.is_special
    ]


def owed_for(honour, payer="city", *, group=None, before=None, sums=None):
    """The line of the honour's date, and what is owed by it after all that its organisation and group have had.

    `before` is an entitlement of this honour: what was settled after it does not count against it. `group` and
    `sums` may have been read for many honours at once. A handful of queries, however much the group has had.
    """
    line = line_for(honour, payer)
    matter = Matter(honour.kind.name, honour.year, payer)
    return line, owed(line, matter, earlier_sums(honour, payer, group=group, before=before, sums=sums))


@dataclass(frozen=True)
class Sums:
    """What organisations have had, by their key, oldest first: settled here, and paid elsewhere."""

    settled: dict[int, list[Entitlement]]
    outside: dict[int, list[OutsidePayment]]


def sums_of(firms):
    """Every sum settled here for, or paid elsewhere to, these organisations (by key). Two queries."""
    sums = Sums({}, {})
    settled = Entitlement.objects.filter(honour__organisation__in=firms, honour__revoked_on=None)
    for entitlement in settled.exclude(state__in=DEAD).select_related("honour__kind").order_by("pk"):
        sums.settled.setdefault(entitlement.honour.organisation_id, []).append(entitlement)
    outside = OutsidePayment.objects.filter(organisation__in=firms, struck_at=None)
    for payment in outside.select_related("organisation", "kind").order_by("year", "pk"):
        sums.outside.setdefault(payment.organisation_id, []).append(payment)
    return sums


def earlier_sums(honour, payer, *, group=None, before=None, sums=None):
    """Every sum settled or paid to the organisation and its group, oldest first, this very matter left out.

    Two queries beside those of the group; none where both were read before.
    """
    if honour.organisation is None:
        return []
    firms = [firm.pk for firm in group or group_of(honour.organisation)]
    sums = sums or sums_of(firms)
    settled = [
        entitlement
        for firm in firms
        for entitlement in sums.settled.get(firm, [])
        if (entitlement.honour_id, entitlement.payer) != (honour.pk, payer)
        and (before is None or entitlement.pk < before.pk)
    ]
    outside = [payment for firm in firms for payment in sums.outside.get(firm, [])]
    own = honour.organisation_id
    return [
        *(_settled(entitlement, own) for entitlement in sorted(settled, key=lambda e: e.pk)),
        *(_had_elsewhere(payment, own) for payment in sorted(outside, key=lambda o: (o.year, o.pk))),
    ]


def _settled(entitlement, own):
    honour = entitlement.honour
    matter = Matter(honour.kind.name, honour.year, entitlement.payer)
    relation = OWN if honour.organisation_id == own else GROUP
    return Earlier(matter, entitlement.amount, honour.organisation_name, relation, entitlement.get_payer_display())


def _had_elsewhere(payment, own):
    matter = Matter(payment.kind.name, payment.year, payment.payer)
    relation = OWN if payment.organisation_id == own else GROUP
    return Earlier(matter, payment.amount, payment.organisation.name, relation, payment.payer_name)


def account_doubts(account):
    """What about this account wants a third person's look today, in sentences. Two queries."""
    return doubts_about([account])[account.pk]


def doubts_about(accounts):
    """For each account, by key, what about it wants a third person's look today, in sentences. Two queries."""
    firms, users = {account.organisation_id for account in accounts}, {}
    first = dict(
        BankAccount.objects.filter(organisation__in=firms).order_by().values_list("organisation").annotate(Min("pk"))
    )
    alike = BankAccount.objects.filter(mark__in={account.mark for account in accounts})
    named = alike.order_by("organisation__name").values_list("mark", "organisation", "organisation__name").distinct()
    for mark, firm, name in named:
        users.setdefault(mark, []).append((firm, name))
    found = {}
    for account in accounts:
        others = [name for firm, name in users.get(account.mark, []) if firm != account.organisation_id]
        is_changed = first[account.organisation_id] < account.pk
        found[account.pk] = doubts(account.confirmed_at, is_changed, others, clock.now(), settings.ACCOUNT_LOOK_DAYS)
    return found


def of_the_same_representative(organisation):
    """Other organisations something was settled for here whose legal representative has the same name. One query."""
    if not organisation.legal_representative:
        return []
    paid = Entitlement.objects.exclude(state__in=DEAD).values("honour__organisation")
    others = Organisation.objects.filter(legal_representative=organisation.legal_representative, pk__in=paid)
    return list(others.exclude(pk=organisation.pk).order_by("name").values_list("name", flat=True)[:10])


def as_rows(findings):
    """Findings as they are kept with an entitlement."""
    return [{"code": f.code, "text": f.text, "deducted": f"{f.deducted:.2f}"} for f in findings]


def lock_group(organisation):
    """Hold the group's organisations, so that two honours of one group are never judged at the same time."""
    firms = [firm.pk for firm in group_of(organisation)]
    return list(Organisation.objects.select_for_update(of=("self",)).filter(pk__in=firms).order_by("pk"))


def unclaimed():
    """Honours in force of organisations on the portal that the city has settled nothing for yet."""
    live = Entitlement.objects.exclude(state__in=DEAD).filter(payer="city")
    return Honour.objects.in_force().filter(organisation__isnull=False).exclude(pk__in=live.values("honour"))
