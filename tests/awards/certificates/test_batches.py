"""Certificates come in batches: drawn together, each exactly once, with a card that tells how far it is."""

from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from awards.certificates import actions as certifying
from awards.certificates import queries, rendering, tasks
from awards.certificates.models import CertificateBatch
from awards.certificates.progress import Progress
from awards.certificates.signing import digest
from awards.models import Certificate, CertificateTemplate
from enterprises.models import AuditEvent
from foshan_quality.lib import clock
from foshan_quality.lib.problems import WrongState
from foshan_quality.permissions import Permission
from tests import desk
from tests.awards.certificates.granted import MOMENT, honours
from tests.steps import check_duty, no_trace, refused, refused_by


@pytest.fixture
def season(db):
    return honours(3)


@pytest.fixture
def batch(season):
    with clock.at(MOMENT):
        return certifying.start(season.edition, by=season.secretary)


def ids(batch):
    return list(batch.certificates.order_by("pk").values_list("pk", flat=True))


def states(batch):
    return list(batch.certificates.order_by("pk").values_list("state", flat=True))


def draw(batch, after=60):
    with clock.at(MOMENT + timedelta(seconds=after)):
        tasks.draw_certificates(*ids(batch))


# --- drawing together ---------------------------------------------------------------------------------


def test_a_bundle_is_drawn_together_and_each_certificate_is_a_file_of_its_own(batch):
    draw(batch)
    draw(batch)

    rows = list(batch.certificates.all())
    assert states(batch) == ["drawn"] * 3
    assert len({row.digest for row in rows}) == 3
    assert [digest(row.pdf.read()) for row in rows] == [row.digest for row in rows]
    assert AuditEvent.objects.filter(verb="draw").count() == 3
    assert {(row.signer, row.is_demo_key) for row in rows} == {("演示用密钥，不具法律效力", True)}


def test_one_that_fails_leaves_the_others_drawn_and_is_listed_with_its_reason(season, batch):
    bad = ids(batch)[1]
    Certificate.objects.filter(pk=bad).update(printed_name="佛山市\U000e0001公司")

    draw(batch)

    assert states(batch) == ["drawn", "parked", "drawn"]
    assert [row.pk for row in queries.failures_of(batch)] == [bad]
    page = desk.office(season.secretary).get(desk.record_url(batch)).content.decode()
    assert "2 / 3 张" in page
    assert "字体中没有这些字" in page
    assert desk.act_url(Certificate.objects.get(pk=bad), "retry") in page


def test_a_bundle_that_breaks_is_drawn_one_by_one(batch, monkeypatch):
    alone = []
    monkeypatch.setattr(rendering, "draw_many", lambda faces: 1 / 0)
    monkeypatch.setattr(tasks.draw_certificate, "delay", alone.append)

    draw(batch)

    assert alone == ids(batch)
    assert set(batch.certificates.values_list("state", "attempts")) == {("queued", 1)}


def test_a_certificate_that_cannot_be_kept_costs_the_others_nothing(batch, monkeypatch):
    real, bad = certifying.keep, ids(batch)[0]

    def keep(certificate, page, *, by):
        return 1 / 0 if certificate.pk == bad else real(certificate, page, by=by)

    with monkeypatch.context() as broken:
        broken.setattr(certifying, "keep", keep)
        draw(batch)

    assert states(batch) == ["queued", "drawn", "drawn"]
    tasks.draw_certificate(bad)
    assert states(batch) == ["drawn"] * 3


def test_what_a_bundle_left_behind_is_swept_up_alone_and_the_rest_together(batch, monkeypatch):
    alone, together = [], []
    monkeypatch.setattr(tasks.draw_certificate, "delay", alone.append)
    monkeypatch.setattr(tasks.draw_certificates, "delay", lambda *pks: together.append(pks))
    first, *others = ids(batch)
    Certificate.objects.filter(pk=first).update(attempts=1)

    tasks.sweep()

    assert (alone, together) == ([first], [tuple(others)])


# --- stopping and starting ----------------------------------------------------------------------------


def test_a_stopped_batch_keeps_its_numbers_and_the_next_start_goes_on(season, batch):
    numbers = list(batch.certificates.order_by("pk").values_list("number", flat=True))
    tasks.draw_certificate(ids(batch)[0])

    certifying.stop(batch, by=season.second)

    draw(batch)
    assert states(batch) == ["drawn", "stopped", "stopped"]
    assert AuditEvent.objects.first().details == {"numbers": numbers[1:]}
    again = certifying.start(season.edition, by=season.secretary)
    assert states(again) == ["queued", "queued"]
    assert AuditEvent.objects.first().details == {"numbers": [], "resumed": numbers[1:]}
    draw(again)
    assert list(Certificate.objects.order_by("pk").values_list("number", "state")) == [(n, "drawn") for n in numbers]


def test_only_a_running_batch_is_stopped_by_those_with_the_duty(season, batch):
    check_duty(Permission.CERTIFICATE_ISSUE, lambda by: certifying.stop(batch, by=by), batch)
    draw(batch)
    with no_trace(batch), pytest.raises(WrongState):
        certifying.stop(batch, by=season.secretary)


def test_without_a_template_or_a_key_nothing_is_numbered(season, monkeypatch):
    def no_key():
        raise ImproperlyConfigured("读不到签名密钥。")

    with monkeypatch.context() as broken:
        broken.setattr(certifying.sealing.service(), "signer", no_key)
        with refused("读不到签名密钥。没有编号。", untouched=[season.edition]):
            certifying.start(season.edition, by=season.secretary)
    CertificateTemplate.objects.update(state="dropped")
    with refused(certifying.NO_TEMPLATE, untouched=[season.edition]):
        certifying.start(season.edition, by=season.secretary)

    assert Certificate.objects.count() == 0


def test_the_database_wants_to_know_who_stopped_a_batch(batch):
    with refused_by("batch_stopped_at_and_by"):
        CertificateBatch.objects.update(stopped_at=MOMENT)


# --- the card -----------------------------------------------------------------------------------------


def progress(drawn=0, queued=0, seconds=60, **more):
    counts = {"parked": 0, "stopped": 0} | more
    total = drawn + queued + sum(counts.values())
    until = MOMENT + timedelta(seconds=seconds)
    return Progress(total=total, drawn=drawn, queued=queued, began_at=MOMENT, until=until, **counts)


def test_the_card_tells_speed_and_minutes_left():
    half = progress(drawn=214, queued=86, seconds=30)

    assert (half.done, half.percent, half.per_minute, half.minutes_left) == (214, 71, 428, 1)
    assert progress(drawn=10, queued=290).minutes_left == 29
    assert progress(queued=3).minutes_left is None
    assert progress(drawn=2, parked=1).is_running is False
    assert progress().percent == 100


def test_the_card_is_as_cheap_for_three_as_for_one_and_shows_where_the_batch_is(
    season, batch, django_assert_num_queries
):
    with django_assert_num_queries(1):
        running = queries.progress_of(batch)
    draw(batch)

    assert (running.total, running.queued) == (3, 3)
    over = queries.progress_of(batch)
    assert (over.drawn, over.per_minute, over.is_running) == (3, 3, False)
    url = f"/office/awards/certificatebatch/{batch.pk}/progress/"
    assert "全部生成" in desk.office(season.secretary).get(url).content.decode()
    assert desk.buttons(season.secretary, batch) == []
