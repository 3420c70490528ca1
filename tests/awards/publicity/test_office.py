"""Notice, objections, resolution and certificates as staff pages: two people, exact names, no leaks."""

from datetime import timedelta

import pytest

from awards.certificates.actions import park
from awards.models import Certificate, Honour, Notice, Objection, Resolution
from awards.process import State
from enterprises.models import AuditEvent, User
from foshan_quality.lib import clock
from tests import given
from tests.desk import act_url, begin, begin_url, buttons, errors, office, press, record_url

pytestmark = pytest.mark.django_db


@pytest.fixture
def drafted():
    """A season with a notice drawn up by its secretary."""
    season = given.walk_to("proposed", firms=2)
    with clock.at(given.NOTICE):
        season.notice = begin(
            season.secretary, Notice, "draft", edition=season.edition.pk, title="拟奖名单公示", body="现予公示。"
        )
    return season


def test_the_notice_is_read_as_the_public_will_and_its_author_is_told_to_ask_a_colleague(drafted):
    page = office(drafted.secretary).get(record_url(drafted.notice))

    text = page.content.decode()
    assert "预览：发布前公众看不到" in text
    assert all(row["name"] in text for row in drafted.notice.names)
    assert page.context_data["hindrances"] == [("发布", "您是拟定人，须由另一名工作人员核对后发布。")]
    assert buttons(drafted.second, drafted.notice) == ["publish", "edit", "drop"]


def test_the_author_cannot_publish_even_by_force(drafted):
    with clock.at(given.NOTICE):
        answer = office(drafted.secretary).post(act_url(drafted.notice, "publish"))

    drafted.notice.refresh_from_db()
    assert answer.status_code == 409
    assert errors(answer)[0].startswith("拟定人不能自己发布")
    assert drafted.notice.state == Notice.State.DRAFT


def test_a_dropped_notice_may_be_drawn_up_again(drafted):
    press(drafted.secretary, drafted.notice, "drop", reason="名称有误。")
    with clock.at(given.NOTICE):
        again = begin(drafted.secretary, Notice, "draft", edition=drafted.edition.pk, title="公示", body="正文")

    assert (again.state, len(again.names)) == (Notice.State.DRAFT, 2)


def test_an_objection_outside_the_list_or_the_window_is_not_taken():
    season = given.walk_to("publicised", firms=1)
    other = given.walk_to("publicised", firms=1, quorum="1/100")
    fields = {"objector": "某人", "contact": "电话", "grounds": "事实"}
    url, client = begin_url(Objection, "record"), office(season.secretary)

    with clock.at(given.NOTICE + timedelta(days=1)):
        mixed = client.post(url, fields | {"notice": season.notice.pk, "application": other.applications[0].pk})
    with clock.at(given.AFTER_NOTICE):
        late = client.post(url, fields | {"notice": season.notice.pk, "application": season.applications[0].pk})

    assert errors(mixed) == ["该单位不在所选公示的名单中，没有登记。"]
    assert late.status_code == 200
    assert not Objection.objects.exists()


def test_an_upheld_objection_strikes_only_its_firm():
    season = given.walk_to("publicised", firms=2)
    struck = season.applications[0]
    with clock.at(given.NOTICE + timedelta(days=1)):
        objection = begin(
            season.secretary,
            Objection,
            "record",
            notice=season.notice.pk,
            application=struck.pk,
            objector="某人",
            contact="电话",
            grounds="事实",
        )
        given.heard(objection)
        press(season.secretary, objection, "propose", outcome="upheld", finding="经核查属实。")
        assert "uphold" not in buttons(season.secretary, objection)
        press(season.second, objection, "uphold")

    assert [a.state for a in season.applications] == [State.STRUCK, State.PUBLICISED]
    assert objection.recorded_by == season.secretary


def test_a_resolution_needs_the_notice_over_a_proper_number_and_a_second_person():
    season = given.walk_to("publicised", firms=1)
    url, client = begin_url(Resolution, "enter"), office(season.secretary)
    fields = {"edition": season.edition.pk, "title": "通报", "issued_on": "2026-07-14", "number": "佛府[2026]08号"}
    fields |= {"issuer": "佛山市人民政府", "names": season.applications[0].organisation.name}
    with clock.at(given.NOTICE + timedelta(days=1)):
        early = client.post(url, fields | {"upload": given.upload("通报.pdf")})
    with clock.at(given.AFTER_NOTICE):
        proper = {"number": "佛府〔2026〕8号", "upload": given.upload("通报.pdf")}
        entered = begin(season.secretary, Resolution, "enter", **fields | proper)
        own = client.post(act_url(entered, "confirm"))

    assert early.status_code == 409
    assert {error[:4] for error in errors(early)} == {"公示期到", "文号应写"}
    assert "number" in early.context_data["form"].errors
    assert own.status_code == 409
    assert not Honour.objects.filter(resolution=entered).exists()
    assert buttons(season.second, entered) == ["confirm", "drop"]


def test_a_parked_certificate_shows_why_and_is_queued_again():
    season = given.walk_to("honoured", firms=1)
    with clock.at(given.AFTER_NOTICE):
        certificate = begin(season.secretary, Certificate, "issue", edition=season.edition.pk)
    park(certificate, by=User.objects.robot(), problem="字体中没有这些字：㐂。")
    client = office(season.secretary)

    page = client.get(record_url(certificate)).content.decode()
    assert "字体中没有这些字：㐂。" in page
    assert client.get(f"/office/awards/certificate/{certificate.pk}/download/").status_code == 404
    press(season.secretary, certificate, "retry")

    assert (certificate.state, certificate.problem) == (Certificate.State.QUEUED, "")


def test_a_downloaded_certificate_is_on_record():
    season = given.walk_to("certified", firms=1)
    certificate = Certificate.objects.get()

    answer = office(season.secretary).get(f"/office/awards/certificate/{certificate.pk}/download/")

    assert b"".join(answer.streaming_content).startswith(b"%PDF-")
    assert "no-store" in answer["Cache-Control"]
    assert AuditEvent.objects.latest("seq").verb == "download_certificate"
    assert office(given.expert()).get(f"/office/awards/certificate/{certificate.pk}/download/").status_code == 403
