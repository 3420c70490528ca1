from datetime import timedelta

from django.conf import settings
from django.db.models import Prefetch, prefetch_related_objects
from django.utils.timezone import localdate

from awards.applications.models import Screening
from awards.applications.queries import points_in_words
from awards.process import State
from awards.programmes.queries import calendar
from awards.screening.models import DistrictReview
from awards.screening.queries import answered_items, opinions_in_force
from foshan_quality.lib import clock
from foshan_quality.lib.workdays import last_day

from . import composing
from .lines import lines_of, tidy
from .loading import SOURCE, default_wordings
from .models import Kind, Letter, LetterWording

FRESH = timedelta(days=14)  # older decisions were made before letters were, and get one only when asked


def letters_of(application):
    """An application's letters, newest first. One query, once for this record."""
    told = Letter.objects.select_related("application__organisation", "replaces")
    prefetch_related_objects([application], Prefetch("letters", told))
    return list(application.letters.all())


def unlettered(application):
    """The decisions about an application that no letter tells yet. One query."""
    return application.screenings.filter(letters=None).order_by("pk")


def stale_unlettered(application):
    """Those of them that no worker will write any more unless asked. Two queries, once for this record."""
    told = {letter.screening_id for letter in letters_of(application)}
    since = clock.now() - FRESH
    return [row for row in application.decisions if row.pk not in told and row.decided_at < since]


def fresh_unlettered():
    """Keys of recent decisions and recommendations without a letter: what a lost message left behind. Two queries."""
    since = clock.now() - FRESH
    screenings = Screening.objects.filter(letters=None, decided_at__gte=since).order_by("pk")
    reviews = DistrictReview.objects.filter(letters=None, state=DistrictReview.State.RECOMMENDED, decided_at__gte=since)
    return list(screenings.values_list("pk", flat=True)), list(reviews.order_by("pk").values_list("pk", flat=True))


def wording_of(edition, kind):
    """The edition's wording of one kind, or the unsettled default, not saved. One query."""
    row = LetterWording.objects.filter(edition=edition, kind=kind).first()
    if row:
        return row
    default = default_wordings()[kind]
    return LetterWording(
        edition=edition,
        kind=kind,
        code=f"{settings.AGENCY_CODE}{default['suffix']}",
        basis=default["basis"],
        remedy=default["remedy"],
        source=SOURCE,
    )


def kind_of(screening):
    """What the decision is told by: the first return all at once, a later one as a further correction. One query."""
    if screening.outcome == "accepted":
        return Kind.ACCEPTANCE
    if screening.outcome == "refused":
        return Kind.REFUSAL
    earlier = screening.application.screenings.filter(outcome="returned", pk__lt=screening.pk)
    return Kind.CORRECTION if earlier.exists() else Kind.TOLD


def matters_of(screening):
    """The points of a screening in words, or where it has none its reason, line by line. One query at most."""
    points = points_in_words(screening.application, screening.points)
    said = [f"{point.place.group.split()[0]}“{point.place.label}”：{tidy(point.text)}" for point in points]
    return said or lines_of(screening.reason)


def facts_of(screening, kind, wording, *, number, dated, matters=None, basis=None, replaces=None):
    """What is printed about one screening, as plain values. `matters` and `basis` are given when corrected."""
    application = screening.application
    edition, decided_on = application.edition, localdate(screening.decided_at)
    until = _correction_window(screening, decided_on) if kind in {Kind.TOLD, Kind.CORRECTION} else {}
    return composing.Facts(
        organisation=application.organisation.name,
        application=application.number,
        edition=f"{edition.name_of_year}{edition.programme}",
        approval=edition.approval_number,
        agency=settings.DEPARTMENT_NAME,
        hotline=settings.HOTLINE,
        submitted_on=_submitted_on(screening),
        decided_on=decided_on,
        dated=dated,
        number=number,
        is_rehearsal=edition.is_rehearsal,
        matters=_matters(screening, kind) if matters is None else matters,
        remark=tidy(screening.reason) if screening.points else "",
        basis=screening.basis if basis is None else basis,
        wording_basis=wording.basis,
        remedy=wording.remedy,
        replaced=replaces.number if replaces else "",
        replaced_on=letter_day(replaces) if replaces else None,
        **until,
    )


def _matters(screening, kind):
    return [] if kind == Kind.ACCEPTANCE else matters_of(screening)


def _submitted_on(screening):
    """The day of the version decided upon: the last handed in before the decision."""
    snapshot = screening.application.snapshots.filter(taken_at__lte=screening.decided_at).first()
    return localdate(snapshot.taken_at if snapshot else screening.application.submitted_at)


def _correction_window(screening, decided_on):
    application = screening.application
    rule = application.edition.rules.get(key="correction_days")
    days = application.edition.settled["correction_days"]
    newest = application.screenings.first()
    if application.state == State.RETURNED and newest.pk == screening.pk and application.correct_by:
        until = application.correct_by
    else:
        until = last_day(decided_on, days, calendar(), first_day_counted=False)
    first = Letter.objects.filter(application=application, kind=Kind.TOLD, screening__pk__lt=screening.pk).first()
    basis = f"{rule.document}{rule.article}" if rule.is_confirmed else ""
    return {"last_day": until, "days": days, "days_basis": basis, "earlier": first.number if first else ""}


def letter_day(letter):
    """The day a letter bears."""
    return localdate(letter.written_at) if letter.replaces_id else localdate(_decided_at(letter))


def _decided_at(letter):
    return letter.screening.decided_at if letter.screening_id else letter.district_review.decided_at


def recommendation_of(review):
    """A district's recommendation as its letter says it. Four queries."""
    application = review.application
    organisation, edition = application.organisation, application.edition
    answered = [(item, row) for item, row in answered_items(review) if row]
    vetoes = [(item, row) for item, row in answered if item.kind == "veto"]
    days = [(row.looked_from, row.looked_to) for _item, row in vetoes]
    return composing.recommendation(
        organisation=organisation.name,
        credit_code=organisation.credit_code,
        application=application.number,
        edition=f"{edition.name_of_year}{edition.programme}",
        agency=f"佛山市{organisation.get_district_code_display()}市场监督管理局",
        to=settings.DEPARTMENT_NAME,
        number=review.letter_number,
        dated=localdate(review.decided_at),
        is_rehearsal=edition.is_rehearsal,
        checks=[_said(item, row) for item, row in answered if item.kind == "check"],
        vetoes=[_said(item, row) for item, row in vetoes],
        looked=(min(first for first, _last in days), min(last for _first, last in days)),
        report_issued_on=review.report_issued_on,
        opinions=[(o.department, o.given_on, o.number, tidy(o.opinion)) for o in opinions_in_force(review)],
        reason=tidy(review.reason),
    )


def _said(item, row):
    level = f"（{row.level}）" if row.level else ""
    return item.text, row.get_answer_display() + level, tidy(row.note)
