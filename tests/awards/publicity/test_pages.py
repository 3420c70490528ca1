"""The public notice and the real-name objection."""

from datetime import timedelta

import pytest
from django.urls import reverse

from awards.models import Notice, Objection
from foshan_quality.lib import clock
from tests import given
from tests.steps import put

pytestmark = pytest.mark.django_db


@pytest.fixture
def season():
    return given.walk_to("publicised", firms=2)


@pytest.fixture
def during():
    """The second day of the notice."""
    with clock.at(given.NOTICE + timedelta(days=1)):
        yield


def at(notice):
    return reverse("notice_object", args=[notice.address or "-"])


def words(**changes):
    return {
        "candidate": "1",
        "grounds": "某年某月，该单位产品抽检不合格。",
        "objector": "张某某",
        "contact": "0757-00000000",
        "is_true": "on",
    } | changes


# --- reading ------------------------------------------------------------------------------------------


def test_a_notice_shows_the_frozen_names_and_the_window_in_words(client, season, during):
    organisation = season.applications[0].organisation
    shown = organisation.name
    organisation.name = "改名后的公司"
    organisation.save()

    page = client.get(season.notice.get_absolute_url()).content.decode()

    assert shown in page
    assert "改名后的公司" not in page
    assert "2026年7月14日" in page
    assert "2026年7月20日" in page
    assert "共 5 个工作日" in page
    assert "自发布次日起算" in page
    assert "提出异议" in page


def test_a_notice_whose_first_day_counts_says_so(client, during):
    season = given.walk_to("publicised", firms=1, notice_first_day_counted="是")

    page = client.get(season.notice.get_absolute_url()).content.decode()

    assert "发布当日计入公示期" in page


def test_a_notice_is_read_after_its_end_but_takes_nothing(client, season):
    page = client.get(season.notice.get_absolute_url()).content.decode()

    assert "不再受理异议" in page
    assert at(season.notice) not in page


@pytest.mark.parametrize("state", ["draft", "dropped"])
def test_what_is_not_published_does_not_exist(client, season, during, state):
    hidden = Notice.objects.create(
        edition=season.edition, title="未发布", body="正文", names=[], drafted_by=season.secretary, state=state
    )

    assert client.get(hidden.get_absolute_url()).status_code == 404
    assert client.get(at(hidden)).status_code == 404
    assert "未发布" not in client.get(reverse("notices")).content.decode()


def test_a_notice_released_later_does_not_exist_yet(client, season):
    with clock.at(given.NOTICE - timedelta(seconds=1)):
        assert client.get(season.notice.get_absolute_url()).status_code == 404
        assert client.get(at(season.notice)).status_code == 404


def test_a_notice_tells_a_rehearsal(client, season, during):
    season.edition.is_rehearsal = True
    season.edition.save()

    assert "这是一次演练" in client.get(season.notice.get_absolute_url()).content.decode()


def test_without_notices_the_list_says_so(client):
    assert "现在没有公示" in client.get(reverse("notices")).content.decode()


def test_the_list_costs_one_query_at_any_size(client, season, django_assert_num_queries):
    for _size in (1, 3):
        with django_assert_num_queries(1):
            client.get(reverse("notices"))
        for _ in range(2):
            Notice.objects.create(
                edition=season.edition,
                title="又一份",
                body="",
                names=[],
                state="published",
                first_day=season.notice.first_day,
                last_day=season.notice.last_day,
                published_at=season.notice.published_at,
                number=Notice.objects.count() + 1,
                address=f"X-{Notice.objects.count() + 1}",
                published_by=season.second,
                drafted_by=season.secretary,
            )


def test_markup_in_a_notice_is_shown_not_run(client, season, during):
    put(season.notice, "draft")
    Notice.objects.filter(pk=season.notice.pk).update(body="<script>alert(1)</script>")
    put(season.notice, "published")

    page = client.get(season.notice.get_absolute_url()).content.decode()

    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;" in page


# --- objecting ----------------------------------------------------------------------------------------


def test_an_objection_is_taken_and_answered_with_a_receipt(client, season, during):
    answer = client.post(at(season.notice), words(), follow=True)

    objection = Objection.objects.get()
    assert answer.status_code == 200
    assert objection.receipt in answer.content.decode()
    assert objection.application == season.applications[1]
    assert (objection.objector, objection.recorded_by) == ("张某某", None)


def test_the_receipt_is_found_again_and_tells_nobody_who_objected(client, season, during):
    address = client.post(at(season.notice), words()).url

    page = client.get(address).content.decode()

    assert Objection.objects.get().receipt in page
    assert [secret for secret in ("张某某", "0757-00000000", "抽检不合格") if secret in page] == []


def test_a_receipt_cannot_be_guessed(client, season, during):
    address = client.post(at(season.notice), words()).url

    assert client.get(address[:-3] + "xx/").status_code == 404
    assert Objection.objects.get().code_digest not in address
    assert client.get(reverse("objection_receipt", args=["1"])).status_code == 404


@pytest.mark.parametrize("missing", ["candidate", "grounds", "objector", "contact", "is_true"])
def test_an_incomplete_objection_is_named_and_keeps_what_was_typed(client, season, during, missing):
    answer = client.post(at(season.notice), words(**{missing: ""}))

    assert "有 1 处需要修改" in answer.content.decode()
    assert "某年某月" in answer.content.decode() or missing == "grounds"
    assert Objection.objects.count() == 0


@pytest.mark.parametrize("candidate", ["2", "-1", "x"])
def test_only_names_on_the_notice_can_be_objected_to(client, season, during, candidate):
    answer = client.post(at(season.notice), words(candidate=candidate))

    assert answer.status_code == 200
    assert Objection.objects.count() == 0


def test_after_the_window_the_form_is_closed(client, season):
    page = client.get(at(season.notice)).content.decode()

    assert "公示期已结束，不再受理异议" in page
    assert "<textarea" not in page


def test_an_objection_sent_after_the_window_is_refused_and_kept_on_the_page(client, season):
    with clock.at(given.NOTICE + timedelta(days=8)):
        answer = client.post(at(season.notice), words())

    assert answer.status_code == 409
    assert "不能受理，没有登记" in answer.content.decode()
    assert "某年某月" in answer.content.decode()
    assert Objection.objects.count() == 0


def test_the_last_day_counts_to_its_last_second(client, season):
    with clock.at(given.NOTICE.replace(day=20, hour=23, minute=59, second=59)):
        client.post(at(season.notice), words())
    with clock.at(given.NOTICE.replace(day=21, hour=0, minute=0)):
        client.post(at(season.notice), words())

    assert Objection.objects.count() == 1


def test_a_flood_of_objections_from_one_address_waits(client, season, during):
    statuses = [client.post(at(season.notice), words()).status_code for _ in range(6)]

    assert statuses == [302, 302, 302, 302, 302, 429]
    assert Objection.objects.count() == 5


def test_another_address_is_not_held_up(client, season, during):
    for _ in range(6):
        client.post(at(season.notice), words())

    answer = client.post(at(season.notice), words(), REMOTE_ADDR="203.0.113.9")

    assert answer.status_code == 302
