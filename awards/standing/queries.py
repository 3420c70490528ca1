from dataclasses import replace

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.timezone import localdate

from awards.programmes.models import Edition
from enterprises.credit.queries import records_of
from enterprises.credit.standing import Veto, look_back, standing
from enterprises.organisations.queries import kin_of
from foshan_quality.lib import clock
from foshan_quality.lib.ready import Ready

from .models import Bar, CreditFinding
from .verdict import Verdict


def veto_of(edition):
    """What rules out an application of this edition. The look-back is counted from the opening of the call."""
    rules = edition.settled
    return Veto(
        since=look_back(rules["veto_look_back"], localdate(edition.opens_at)),
        kinds=rules["veto_kinds"],
        level=rules["veto_accident_level"],
        when_repaired=rules["veto_when_repaired"],
    )


def standings(applications, day=None):
    """The credit standing of each application's organisation on `day` (today), by application, in their order.

    One query, and one for each edition.
    """
    day, vetoes = day or clock.today(), {}
    records = records_of({application.organisation.credit_code for application in applications})
    found = {}
    for application in applications:
        if application.edition_id not in vetoes:
            vetoes[application.edition_id] = veto_of(application.edition)
        own = records.get(application.organisation.credit_code, [])
        found[application] = standing(own, day, vetoes[application.edition_id])
    return found


def verdicts(applications):
    """What was said so far: {(application pk, record pk): verdict}. Two queries."""
    rows = CreditFinding.objects.filter(application__in=applications).prefetch_related("judgements")
    return {(row.application_id, row.record_id): row.verdict for row in rows}


def in_the_way(applications):
    """Every (application, record, verdict) that rules out one of these applications today."""
    found, said = standings(applications), None
    ruled_out = [(application, record) for application, s in found.items() for record in s.vetoes]
    if ruled_out:
        said = verdicts([application.pk for application, _record in ruled_out])
    return [(a, record, said.get((a.pk, record.pk), Verdict.OPEN)) for a, record in ruled_out]


def in_the_way_of(organisations):
    """Every (organisation, record) that rules out one of these with no application here; none before a first call.

    Held against the newest published edition's rules, a look-back in years counted from today. Three queries.
    """
    called = Edition.objects.filter(is_rehearsal=False).exclude(state=Edition.State.PREPARING)
    newest, today = called.order_by("-year", "-pk").first(), clock.today()
    if newest is None:
        return []
    veto = replace(veto_of(newest), since=look_back(newest.settled["veto_look_back"], today))
    records = records_of({organisation.credit_code for organisation in organisations})
    return [
        (organisation, record)
        for organisation in organisations
        for record in standing(records.get(organisation.credit_code, []), today, veto).vetoes
    ]


def others_of(finding):
    """Every other record that counts against the organisation today: (record, whether it rules out). Three queries."""
    found = standings([finding.application])[finding.application]
    rows = [(record, True) for record in found.vetoes] + [(record, False) for record in found.notes]
    return [(record, rules_out) for record, rules_out in rows if record.pk != finding.record_id]


def judgements_of(finding):
    """What people said about a finding, in order. One query."""
    return list(finding.judgements.select_related("judged_by"))


def group_bars(edition, organisation):
    """The bars of the other members of the firm's group, of who left it too: (member as kin, bar) pairs. A query a step
    of the group, and one where there are others."""
    others = [kin for kin in kin_of(organisation) if kin.firm.pk != organisation.pk]
    if not others:
        return []
    keys = [kin.firm.pk for kin in others]
    found = _bars(Q(organisation__in=keys), edition.programme_id, edition.is_rehearsal, edition.closes_at)
    by_firm = {bar.organisation_id: bar for bar in reversed(found)}
    return [(kin, by_firm[kin.firm.pk]) for kin in others if kin.firm.pk in by_firm]


def bar_against(edition, organisation):
    """The bar that keeps a firm out of this edition, or None. `place` on it counts from 1. One query.

    Barred are the editions of the programme whose call was not over when the bar began, in the order of their closes.
    """
    return next(iter(BARS.all(organisation.pk, edition.programme_id, edition.is_rehearsal, edition.closes_at)), None)


def _bars_of_one(organisation, programme, is_rehearsal, closes_at):
    return _bars(Q(organisation=organisation), programme, is_rehearsal, closes_at)


def _bars(whose, programme, is_rehearsal, closes_at):
    calls = Edition.objects.filter(
        programme=OuterRef("programme"),
        is_rehearsal=OuterRef("is_rehearsal"),
        closes_at__gt=OuterRef("since"),
        closes_at__lt=closes_at,
    ).exclude(state=Edition.State.PREPARING)
    earlier = calls.order_by().values("programme").annotate(n=Count("pk")).values("n")
    bars = Bar.objects.filter(whose, programme=programme, is_rehearsal=is_rehearsal, since__lt=closes_at)
    return bars.annotate(place=Coalesce(Subquery(earlier), 0) + 1).filter(place__lte=F("editions"))


BARS = Ready(_bars_of_one)
