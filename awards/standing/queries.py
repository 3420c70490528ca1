from dataclasses import replace

from django.db.models import Count, F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.timezone import localdate

from awards.programmes.models import Edition
from enterprises.credit.queries import records_of
from enterprises.credit.standing import Veto, look_back, standing
from foshan_quality.lib import clock

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


def bar_against(edition, organisation):
    """The bar that keeps a firm out of this edition, or None. `place` on it counts from 1. One query.

    Barred are the editions of the programme whose call was not over when the bar began, in the order of their closes.
    """
    calls = Edition.objects.filter(
        programme=edition.programme_id,
        is_rehearsal=edition.is_rehearsal,
        closes_at__gt=OuterRef("since"),
        closes_at__lt=edition.closes_at,
    ).exclude(state=Edition.State.PREPARING)
    earlier = calls.order_by().values("programme").annotate(n=Count("pk")).values("n")
    bars = Bar.objects.filter(
        organisation=organisation,
        programme=edition.programme_id,
        is_rehearsal=edition.is_rehearsal,
        since__lt=edition.closes_at,
    )
    counted = bars.annotate(place=Coalesce(Subquery(earlier), 0) + 1)
    return counted.filter(place__lte=F("editions")).first()
