"""A notice released by the clock: nothing before its minute, everything from it on, whatever the tasks do."""

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse

from awards.models import Notice, Objection
from awards.process import State
from awards.publicity import actions as publicising
from awards.publicity.tasks import sweep
from awards.registry import views as home_views
from enterprises.models import AuditEvent, Message
from foshan_quality.lib import clock
from foshan_quality.lib.problems import WrongState
from tests import given
from tests.desk import act_url, office, press, record_url
from tests.steps import check_duty, no_trace, refused, state_of

pytestmark = pytest.mark.django_db
SMALL = {"firms": 1, "experts": 1, "members": 1, "experts_per_application": "1"}
NOW, MINUTE = given.NOTICE, given.NOTICE.replace(day=14, hour=8, minute=30)
BEFORE, AFTER = MINUTE - timedelta(seconds=1), MINUTE + timedelta(seconds=1)
OVERVIEWS = ["home", "notices", "notices_feed", "sitemap", "guide", "laureates", "laureates_csv"]


@pytest.fixture
def season():
    season = given.walk_to("proposed", **SMALL)
    with clock.at(NOW):
        draft = publicising.draft_notice(season.edition, by=season.secretary, title="金丝雀公示")
        season.notice = publicising.publish(draft, by=season.second, publish_at=MINUTE)
    return season


def read(client, moment, name, *args):
    home_views.kept.clear()
    with clock.at(moment):
        return client.get(reverse(name, args=args))


def test_nothing_is_told_before_the_minute_and_everything_from_it_on_without_any_task(client, season):
    notice, [application] = season.notice, season.applications
    name, address = application.organisation.name, notice.address

    early = {page: read(client, BEFORE, page).content.decode() for page in OVERVIEWS}
    hidden = [read(client, BEFORE, page, address) for page in ("notice", "notice_object")]
    unknown = read(client, BEFORE, "notice", "X-9")
    outside = office(given.district_officer()).get(record_url(notice))
    late = {page: read(client, MINUTE, page).content.decode() for page in OVERVIEWS}

    assert [page for page, text in early.items() if name in text or "金丝雀" in text or address in text] == []
    assert [answer.status_code for answer in (*hidden, unknown, outside)] == [404, 404, 404, 404]
    bodies = [re.sub(r"[0-9A-F]{8}", "", answer.content.decode().split("<main")[1]) for answer in (hidden[0], unknown)]
    assert bodies[0] == bodies[1]
    assert [page for page, text in late.items() if "金丝雀" in text or address in text] == OVERVIEWS[:4]
    assert name in read(client, MINUTE, "notice", address).content.decode()
    assert state_of(application) == State.PROPOSED
    objection = given.objection_to(application, notice)
    assert Objection.objects.get() == objection


def test_the_window_is_that_of_the_day_of_release_and_the_task_does_the_rest_once(season):
    with clock.at(BEFORE):
        sweep()
        assert state_of(season.notice) == "scheduled"
    with clock.at(AFTER):
        sweep()
        sweep()

    notice = Notice.objects.get()
    assert (notice.state, notice.published_at, notice.published_by) == ("published", MINUTE, season.second)
    assert (notice.first_day, notice.last_day) == (date(2026, 7, 15), date(2026, 7, 21))
    assert [a.state for a in season.applications] == [State.PUBLICISED]
    assert AuditEvent.objects.filter(verb="release").count() == 1
    assert Message.objects.filter(kind="notice_released").count() == 2
    with clock.at(AFTER), no_trace(notice), pytest.raises(WrongState):
        publicising.release(notice, by=season.second)


def test_an_objection_can_be_upheld_before_the_task_has_come(season):
    [application] = season.applications
    with clock.at(AFTER):
        given.decided(given.objection_to(application, season.notice), "upheld")

    assert (state_of(season.notice), state_of(application)) == ("published", State.STRUCK)


def test_a_settled_release_is_taken_back_before_its_minute_and_not_after(season):
    notice = season.notice
    with clock.at(AFTER), no_trace(notice), pytest.raises(WrongState, match="已经到了发布时间"):
        publicising.recall(notice, by=season.secretary, reason="有误")
    with clock.at(BEFORE):
        press(season.secretary, notice, "recall", reason="有误")

    assert (notice.state, notice.number, notice.address, notice.last_day) == ("draft", None, "", None)
    with clock.at(NOW), refused("publish_at", untouched=[notice]):
        publicising.publish(notice, by=season.second, publish_at=NOW)
    with clock.at(AFTER):
        assert list(Notice.objects.released(clock.now())) == []
        assert publicising.publish(notice, by=season.second).number == 1


def test_a_name_that_changes_before_the_minute_stops_the_release_and_tells_why(season):
    [application] = season.applications
    given.renamed(application.organisation)
    with clock.at(BEFORE):
        sweep()

    assert (state_of(season.notice), state_of(application)) == ("draft", State.PROPOSED)
    assert "登记名称在拟定后有变化" in Message.objects.filter(kind="notice_held").first().text


def test_the_minute_is_set_on_the_page_and_only_those_who_draw_notices_up_preview_it(season):
    with clock.at(BEFORE):
        press(season.secretary, season.notice, "recall", reason="改时间")
        answer = office(season.second).post(act_url(season.notice, "publish"), {"publish_at": "2026-07-15T08:30"})
        previews = {
            form: office(season.second).get(f"{record_url(season.notice).replace('change', 'preview')}{form}/")
            for form in ("page", "phone", "print", "docx", "pdf", "other")
        }
        outsiders = [
            office(user).get(f"{record_url(season.notice).replace('change', 'preview')}page/").status_code
            for user in (given.district_officer(), given.expert(), given.member())
        ]

    season.notice.refresh_from_db()
    assert (answer.status_code, str(season.notice.published_at)) == (302, "2026-07-15 00:30:00+00:00")
    assert [previews[form].status_code for form in previews] == [200, 200, 200, 200, 200, 404]
    assert "预览，公众看不到" in previews["page"].content.decode()
    assert "frame-ancestors 'self'" in previews["page"]["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in previews["phone"]["Content-Security-Policy"]
    assert [previews[form].content[:4] for form in ("docx", "pdf")] == [b"PK\x03\x04", b"%PDF"]
    assert outsiders == [404, 403, 403]


def test_the_preview_of_what_is_out_does_not_say_that_nobody_sees_it(season):
    address = record_url(season.notice).replace("change", "preview")

    with clock.at(MINUTE):
        page, paper = (office(season.second).get(f"{address}{form}/").content.decode() for form in ("page", "print"))

    assert "已经发布，公众看到的与此相同" in page
    assert "预览，公众看不到" not in page
    assert "未发布" not in paper


# --- a changed list begins the period anew ----------------------------------------------------------------


def test_a_correction_replaces_the_notice_and_its_period_begins_anew(client):
    season = given.walk_to("publicised", **SMALL | {"firms": 2})
    old, [first, second] = season.notice, season.applications
    given.renamed(first.organisation)
    given.decided(given.objection_to(second, old), "upheld")
    check_duty(
        "awards.publish_notice", lambda by: publicising.correct_notice(old, by=by, because="更名"), season.edition
    )
    with clock.at(MINUTE):
        new = publicising.correct_notice(old, by=season.secretary, because="单位更名")
        with pytest.raises(WrongState, match="已经有更正的公示"):
            publicising.correct_notice(old, by=season.secretary, because="又更名")
        assert old.address not in client.get(reverse("notices_feed")).content.decode() or new.state == "draft"
        new = publicising.publish(new, by=season.second)
        first.organisation.refresh_from_db()
        before, page = client.get(old.get_absolute_url()), client.get(new.get_absolute_url())
        with refused("window", untouched=[old]):
            given.objection_to(first, old)
        listed = client.get(reverse("notices")).content.decode()

    assert [row["name"] for row in new.names] == ["佛山市改名机械集团有限公司"]
    assert (new.number, new.first_day, new.last_day) == (2, date(2026, 7, 15), date(2026, 7, 21))
    assert "已被第 2 号公示取代" in before.content.decode()
    assert "更正并取代2026年7月13日发布的第1号公示" in page.content.decode()
    assert ("已被取代" in listed, "公示中" in listed) == (True, True)
    with clock.at(given.NOTICE.replace(day=21, hour=12)):
        assert [problem.code for problem in publicising.still_open(season.edition)] == ["window"]
    with clock.at(given.NOTICE.replace(day=22)):
        assert publicising.still_open(season.edition) == []


def test_a_withdrawn_notice_stays_readable_and_only_a_correction_settles_the_list(client):
    season = given.walk_to("publicised", **SMALL)
    with clock.at(MINUTE):
        withdrawn = publicising.withdraw(season.notice, by=season.secretary, reason="名称有误")
        page = client.get(withdrawn.get_absolute_url()).content.decode()
        with refused("window"):
            given.objection_to(season.applications[0], withdrawn)
    with clock.at(given.AFTER_NOTICE):
        problems = [problem.code for problem in publicising.still_open(season.edition)]

    assert ("已撤回" in page, "名称有误" in page, "提出异议</a>" in page) == (True, True, False)
    assert problems == ["no_notice"]


def test_an_address_from_before_still_leads_to_its_notice(client):
    season = given.walk_to("publicised", **SMALL)
    Notice.objects.update(former_address=70123)

    with clock.at(MINUTE):
        moved, unknown = client.get("/notices/70123/"), client.get(f"/notices/{season.notice.pk}/")
    with clock.at(given.NOTICE - timedelta(seconds=1)):
        early = client.get("/notices/70123/")

    assert (moved.status_code, moved.url) == (301, season.notice.get_absolute_url())
    assert [unknown.status_code, early.status_code] == [404, 404]
