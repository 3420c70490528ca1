"""What an honour is owed as the records stand: the line of its date and what went before."""

from django.conf import settings

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
        )
        for rule in rules
        if rule.payer == payer and rule.state == SubsidyRule.State.IN_FORCE and not rule.is_special
    ]


def owed_for(honour, payer="city", *, group=None, before=None):
    """The line of the honour's date, and what is owed by it after all that its organisation and group have had.

    `before` is an entitlement of this honour: what was settled after it does not count against it.
    A handful of queries, however much the group has had.
    """
    line = line_for(honour, payer)
    matter = Matter(honour.kind.name, honour.year, payer)
    return line, owed(line, matter, earlier_sums(honour, payer, group=group, before=before))


def earlier_sums(honour, payer, *, group=None, before=None):
    """Every sum settled or paid to the organisation and its group, oldest first, this very matter left out.

    Two queries beside those of the group.
    """
    if honour.organisation is None:
        return []
    firms = [firm.pk for firm in group or group_of(honour.organisation)]
    settled = (
        Entitlement.objects.filter(honour__organisation__in=firms, honour__revoked_on=None)
        .exclude(state__in=DEAD)
        .exclude(honour=honour, payer=payer)
        .select_related("honour__kind")
        .order_by("pk")
    )
    if before:
        settled = settled.filter(pk__lt=before.pk)
    outside = (
        OutsidePayment.objects.filter(organisation__in=firms, struck_at=None)
        .select_related("organisation", "kind")
        .order_by("year", "pk")
    )
    own = honour.organisation_id
    return [*(_settled(e, own) for e in settled), *(_had_elsewhere(o, own) for o in outside)]


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
    former = BankAccount.objects.filter(organisation=account.organisation_id, pk__lt=account.pk)
    alike = BankAccount.objects.filter(mark=account.mark).exclude(organisation=account.organisation_id)
    others = list(alike.order_by("organisation__name").values_list("organisation__name", flat=True).distinct())
    return doubts(account.confirmed_at, former.exists(), others, clock.now(), settings.ACCOUNT_LOOK_DAYS)


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
