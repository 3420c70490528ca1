"""Honours in force without the season before them: the rows a resolution leaves, and no application behind them."""

from dataclasses import dataclass
from datetime import date

from awards.certificates import actions as certifying
from awards.certificates.tasks import draw_certificate
from awards.models import Certificate, Edition, Honour, Resolution
from foshan_quality.lib import clock
from tests import given

MOMENT = given.AFTER_NOTICE


@dataclass
class Granted:
    """Who issues, who confirms, and what was granted to whom."""

    edition: Edition
    secretary: object
    second: object
    organisations: list


def honours(count=1):
    """An edition with so many honours in force."""
    by, second = given.secretary(), given.secretary()
    with clock.at(given.SPRING):
        edition = given.open_edition(by=by)
    Edition.objects.filter(pk=edition.pk).update(state=Edition.State.AWARDED)
    resolution = Resolution.objects.create(
        edition=edition,
        number="佛府〔2026〕18号",
        title="关于表彰的通报",
        issued_on=date(2026, 7, 27),
        state=Resolution.State.IN_FORCE,
        entered_at=MOMENT,
        entered_by=by,
        confirmed_at=MOMENT,
        confirmed_by=second,
    )
    organisations = [given.organisation() for _ in range(count)]
    for organisation in organisations:
        Honour.objects.create(
            kind=edition.programme.honour_kind,
            year=edition.year,
            organisation_name=organisation.name,
            organisation=organisation,
            resolution=resolution,
            source=str(resolution),
        )
    return Granted(Edition.objects.get(pk=edition.pk), by, second, organisations)


def certified():
    """One honour, its certificate drawn."""
    granted = honours()
    with clock.at(MOMENT):
        [certificate] = certifying.issue(granted.edition, by=granted.secretary)
        draw_certificate(certificate.pk)
    return granted, Certificate.objects.select_related("honour__kind", "honour__resolution").get(pk=certificate.pk)
