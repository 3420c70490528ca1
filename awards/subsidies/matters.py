"""What an honour is owed as the records stand: the line of its date and what went before."""

from dataclasses import dataclass
from operator import itemgetter

from django.conf import settings
from django.db.models import Min

from awards.resolutions.models import Honour
from enterprises.organisations.models import BankAccount, Organisation
from enterprises.organisations.queries import kin_of
from foshan_quality.lib import clock

from .accounts import doubts
from .entitlement import GROUP, OWN, Earlier, Matter, TableLine, line_on, owed, reach
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
    """Every sum settled or paid to the organisation and its group, oldest first, this very matter left out. Who left
    the group counts with what fell into its time there.

    Two queries beside those of the group; none where both were read before.
    """
    if honour.organisation is None:
        return []
    group = group or kin_of(honour.organisation)
    sums, found = sums or sums_of([kin.firm.pk for kin in group]), []
    matter = Matter(honour.kind.name, honour.year, payer)
    for kin in group:
        place = _place(kin, honour)
        rows = [
            ((0, entitlement.pk), _settled(entitlement, place))
            for entitlement in sums.settled.get(kin.firm.pk, [])
            if (entitlement.honour_id, entitlement.payer) != (honour.pk, payer)
            and (before is None or entitlement.pk < before.pk)
        ]
        rows += [
            ((1, payment.year, payment.pk), _had_elsewhere(payment, place))
            for payment in sums.outside.get(kin.firm.pk, [])
        ]
        found += [row for row in rows if kin.counts_since(reach(matter, row[1].matter))]
    return [earlier for _order, earlier in sorted(found, key=itemgetter(0))]


def _place(kin, honour):
    """What the holder of an earlier sum is to this honour's: relation, and the link where it has ended."""
    relation = OWN if kin.firm.pk == honour.organisation_id else GROUP
    return {"relation": relation, "through": kin.ended.said if kin.ended else ""}


def _settled(entitlement, place):
    honour = entitlement.honour
    matter = Matter(honour.kind.name, honour.year, entitlement.payer)
    facts = {"holder": honour.organisation_name, "payer_name": entitlement.get_payer_display()}
    return Earlier(matter, entitlement.amount, **facts, **place)


def _had_elsewhere(payment, place):
    matter = Matter(payment.kind.name, payment.year, payment.payer)
    facts = {"holder": payment.organisation.name, "payer_name": payment.payer_name}
    return Earlier(matter, payment.amount, **facts, **place)


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
    group = kin_of(organisation)
    held = Organisation.objects.select_for_update(of=("self",)).filter(pk__in=[kin.firm.pk for kin in group])
    list(held.order_by("pk").values_list("pk"))
    return group


def unclaimed():
    """Honours in force of organisations on the portal that the city has settled nothing for yet."""
    live = Entitlement.objects.exclude(state__in=DEAD).filter(payer="city")
    return Honour.objects.in_force().filter(organisation__isnull=False).exclude(pk__in=live.values("honour"))
