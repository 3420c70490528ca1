"""Writing in Chromium: what is typed is saved by itself; no line, server or sign-in that is lost takes it away.

A real server process runs on a copy of the test database, so that it can be killed and started again.
"""

import json
import os
import re
import socket
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, TransactionTestCase
from django.urls import reverse
from playwright.sync_api import expect

from awards.applications import actions
from awards.models import AnswerVersion, Indicator
from awards.programmes.loading import load_programmes
from awards.rubric.loading import load_rubrics
from tests import given, nursery
from tests.browser.browsing import get_up, sit_down
from tests.counting_vectors import LENGTHS
from tests.workers import eventually

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SAVED = re.compile(r"已保存 \d\d:\d\d")
OTHERS_OUT = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
PATIENCE = 90_000  # milliseconds; the machine may be busy


# --- the stage ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own_database(django_db_setup, django_db_blocker):
    """A copy of the test database that really commits. It is thrown away, so nothing in it need be swept up."""
    facts = connection.settings_dict
    name, copy = facts["NAME"], f"{facts['NAME']}_writing"
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: None)
        connection.close()
        with connection._nodb_cursor() as server:
            server.execute(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')
            server.execute(OTHERS_OUT, [name])  # a worker or a thread of an earlier test, idle
            server.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{name}"')
        facts["NAME"] = copy
        yield copy
        connection.close()
        facts["NAME"] = name
        with connection._nodb_cursor() as server:
            server.execute(f'DROP DATABASE "{copy}" WITH (FORCE)')


class Portal:
    """The portal as its own process, to be killed and started again at the same address."""

    def __init__(self, database):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.database, self.process = database, None

    def start(self):
        """Start and wait until it answers."""
        url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{self.database}").geturl()
        surroundings = {"DATABASE_URL": url, "SITE_URL": self.address}
        self.process = nursery.start("web", self.port, log=os.devnull, environment=surroundings)
        assert eventually(self.answers), "the portal did not start"

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self):
        """As the machine would: no goodbye."""
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def portal(own_database):
    running = Portal(own_database)
    running.start()
    yield running
    running.kill()


@pytest.fixture
def draft(own_database):
    """A new dossier with two writers, in an edition of its own."""
    load_rubrics()
    load_programmes()
    owner = given.person("负责人", password=given.PASSWORD)
    return given.empty_draft(_edition(), given.organisation(owner=owner))


def _edition():
    _edition.opened = getattr(_edition, "opened", None) or given.open_edition()
    return _edition.opened


@pytest.fixture
def owner(draft):
    return given.owner_of(draft.organisation)


@pytest.fixture
def colleague(draft):
    return given.colleague_of(draft.organisation)


# The two seconds after the last key, before a page saves by itself, are none here.
AT_ONCE = """{
  const wait = window.setTimeout;
  window.setTimeout = (act, after, ...more) => wait(act, after === 2000 ? 20 : after, ...more);
}"""


class Desk:
    """One person's browser."""

    def __init__(self, chromium, portal, user):
        self.portal, self.context = portal, sit_down(chromium, portal.address, locale="zh-CN")
        self.errors = []
        self.sign_in(user)
        self.page = self.context.new_page()
        self.page.add_init_script(AT_ONCE)
        self.page.set_default_timeout(PATIENCE)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def sign_in(self, user):
        client = Client()
        client.force_login(user)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": self.portal.address}
        self.context.add_cookies([cookie])

    def open(self, application, key):
        self.page.goto(self.portal.address + reverse("application_section", args=[application.pk, key]))
        return self.page

    @property
    def status(self):
        return self.page.locator("[data-status]")

    def field(self, name):
        return self.page.locator(f"[data-autosave='{name}']")

    def write(self, name, text):
        """Type at the end of a field, as a person does."""
        self.field(name).focus()
        self.page.keyboard.press("Control+End")
        self.page.keyboard.insert_text(text)

    def expect_saved(self):
        expect(self.status).to_have_text(SAVED, timeout=PATIENCE)

    def kept(self):
        """What this tab keeps in its sessionStorage."""
        return json.loads(self.page.evaluate("JSON.stringify(Object.assign({}, sessionStorage))"))


@pytest.fixture
def desk(chromium, portal):
    """Browsers for people, closed afterwards; a script error on any page fails the test."""
    opened = []

    def sit(user):
        opened.append(Desk(chromium, portal, user))
        return opened[-1]

    yield sit
    for one in opened:
        get_up(chromium, one.context, locale="zh-CN")
    assert [error for one in opened for error in one.errors] == []


def text_of(application, key):
    row = application.answers.filter(key=key).first()
    return row.text if row else None


# --- saving while writing -----------------------------------------------------------------------------


def test_typing_is_saved_by_itself_and_the_buttons_go_on_from_there(desk, draft, owner):
    mine = desk(owner)
    page = mine.open(draft, "4.1")

    mine.write("4.1.2", "第一句。")
    mine.expect_saved()
    first = text_of(draft, "4.1.2")
    mine.write("4.1.2", "第二句。")
    page.get_by_role("button", name="保存并继续").click()
    page.wait_for_url("**/sections/4.2/")

    assert first == "第一句。"
    assert text_of(draft, "4.1.2") == "第一句。第二句。"
    assert mine.kept() == {}


def test_leaving_a_field_saves_it_at_once(desk, draft, owner):
    mine = desk(owner)
    page = mine.open(draft, "4.1")
    page.evaluate("() => { window.setTimeout = () => 0; }")  # so no save comes of waiting

    mine.write("4.1.2", "离开就保存")
    mine.field("4.1.3").focus()

    mine.expect_saved()
    assert text_of(draft, "4.1.2") == "离开就保存"


def test_a_server_that_fails_loses_nothing_and_retry_saves(desk, draft, owner):
    mine = desk(owner)
    page = mine.open(draft, "4.1")
    page.route("**/autosave/", lambda route: route.fulfill(status=503, body="busy"))

    mine.write("4.1.2", "服务器忙时写的")
    expect(mine.status).to_have_text("未能保存，内容保留在本机", timeout=PATIENCE)
    lost = text_of(draft, "4.1.2")
    page.unroute("**/autosave/")
    page.get_by_role("button", name="重试").click()
    mine.expect_saved()

    assert lost is None
    assert text_of(draft, "4.1.2") == "服务器忙时写的"
    assert mine.kept() == {}


def test_a_press_that_meets_a_failing_server_is_carried_out_once_when_it_is_back(desk, draft, owner):
    mine = desk(owner)
    page = mine.open(draft, "4.1")
    page.route("**/autosave/", lambda route: route.fulfill(status=503, body="busy"))
    posted = []
    page.on("request", lambda sent: posted.append(sent.url) if sent.is_navigation_request() else None)

    mine.write("4.1.2", "服务器忙时写的")
    page.get_by_role("button", name="保存并继续").click()
    expect(mine.status).to_contain_text("正在重试，保存后接着办理“保存并继续”", timeout=PATIENCE)
    before = list(posted)
    page.unroute("**/autosave/")
    page.wait_for_url("**/sections/4.2/")

    assert before == []
    assert [url.rpartition("/sections/")[2] for url in posted] == ["4.1/", "4.2/"]
    assert text_of(draft, "4.1.2") == "服务器忙时写的"


def test_a_button_does_not_slip_away_under_the_pointer_when_an_answer_moves_the_page(desk, draft, owner):
    mine = desk(owner)
    page, held = mine.open(draft, "indicators"), []
    page.route("**/autosave/", lambda route: held.append(route))
    with page.expect_request("**/autosave/"):
        page.locator("[data-autosave]:not([data-autosave$='-reason'])").last.fill("/")  # the answer asks for a reason
    button = page.get_by_role("button", name="保存并继续")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    button.hover()
    before = button.bounding_box()

    page.mouse.down()
    with page.expect_response("**/autosave/"):
        held.pop().continue_()
    page.evaluate("new Promise((done) => setTimeout(done, 100))")
    during = button.bounding_box()
    page.unroute("**/autosave/")
    with page.expect_navigation():
        page.mouse.up()

    assert "请写明不适用的原因" in page.content()
    assert abs(during["y"] - before["y"]) < 1


def test_whoever_writes_on_after_a_press_stays_and_is_told_that_it_was_not_done(desk, draft, owner):
    mine = desk(owner)
    page = mine.open(draft, "4.1")
    page.route("**/autosave/", lambda route: route.abort())
    mine.write("4.1.2", "断网时写的，")
    page.get_by_role("button", name="保存并继续").click()
    expect(mine.status).to_contain_text("正在重试", timeout=PATIENCE)

    mine.write("4.1.2", "又写")
    page.unroute("**/autosave/")
    mine.write("4.1.2", "的")
    expect(mine.status).to_have_text(re.compile(r"已保存 \d\d:\d\d。“保存并继续”没有办理"), timeout=PATIENCE)

    assert page.url.endswith("/sections/4.1/")
    assert eventually(lambda: text_of(draft, "4.1.2") == "断网时写的，又写的")


def test_after_a_reload_the_kept_text_is_offered_and_comes_back(desk, draft, owner):
    mine = desk(owner)
    page = mine.open(draft, "4.1")
    page.route("**/autosave/", lambda route: route.abort())
    mine.write("4.1.2", "断网时写的")
    expect(mine.status).to_contain_text("未能保存", timeout=PATIENCE)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))

    page.reload()
    page.unroute("**/autosave/")
    empty = mine.field("4.1.2").input_value()
    page.get_by_role("button", name="恢复到输入框").click()
    mine.expect_saved()

    assert asked == ["beforeunload"]
    assert empty == ""
    assert text_of(draft, "4.1.2") == "断网时写的"
    assert mine.kept() == {}


def test_phone_and_mail_never_stay_in_the_browser(desk, draft, owner):
    mine = desk(owner)
    page = mine.open(draft, "profile")
    page.route("**/autosave/", lambda route: route.abort())

    for name in ("contact_name", "contact_phone", "contact_email"):
        mine.field(name).fill("13800000000@example.invalid")
    mine.write("overview", "长文本")
    expect(mine.status).to_have_text("未能保存，内容仍在本页，请不要关闭", timeout=PATIENCE)
    page.wait_for_timeout(500)

    assert [key.rpartition(":")[2] for key in mine.kept()] == ["overview"]
    assert "13800000000" not in json.dumps(mine.kept())


def test_a_sign_in_that_ran_out_keeps_the_text_until_one_has_signed_in_again(desk, draft, owner):
    mine = desk(owner)
    page = mine.open(draft, "4.1")
    mine.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)

    mine.write("4.1.2", "登录过期后写的")
    expect(mine.status).to_contain_text("登录已过期", timeout=PATIENCE)
    page.get_by_role("button", name="保存", exact=True).click()
    expect(mine.status).to_contain_text("“保存”没有办理", timeout=PATIENCE)
    with mine.context.expect_page() as opened:
        mine.status.get_by_role("link", name="在新窗口登录").click()
    entrance = opened.value
    entrance.locator("input[name=login]").fill(owner.email)
    entrance.locator("input[name=password]").fill(given.PASSWORD)
    entrance.locator("form[method=post] button[type=submit]").last.click()
    entrance.wait_for_url("**/desk/", timeout=PATIENCE)
    page.get_by_role("button", name="重试").click()
    mine.expect_saved()

    assert text_of(draft, "4.1.2") == "登录过期后写的"


def test_after_submission_the_page_says_why_it_saves_no_more(desk, draft, owner):
    mine = desk(owner)
    mine.open(draft, "4.1")
    type(draft).objects.filter(pk=draft.pk).update(state="refused")

    mine.write("4.1.2", "迟到的一句")

    expect(mine.status).to_contain_text("申报现为“不予受理”", timeout=PATIENCE)
    assert mine.field("4.1.2").input_value() == "迟到的一句"
    assert text_of(draft, "4.1.2") is None


def test_an_answer_lost_on_the_way_is_no_conflict_with_oneself(desk, draft, owner):
    mine = desk(owner)
    page = mine.open(draft, "4.1")

    def lose(route):
        route.fetch()
        route.abort()

    page.route("**/autosave/", lose)
    mine.write("4.1.2", "到了，")
    expect(mine.status).to_contain_text("未能保存", timeout=PATIENCE)
    arrived = text_of(draft, "4.1.2")
    page.unroute("**/autosave/")
    mine.write("4.1.2", "还在写。")
    mine.expect_saved()

    assert arrived == "到了，"
    assert text_of(draft, "4.1.2") == "到了，还在写。"


# --- two writers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("button", "kept", "former"),
    [
        ("采用我的", "我的一行", ("同事的一行", False)),
        ("采用对方的", "同事的一行", ("我的一行", True)),
        ("合并", "我的一行\n同事的一行", ("同事的一行", False)),
    ],
)
def test_a_conflict_shows_both_and_nothing_is_lost_whatever_one_chooses(
    desk, draft, owner, colleague, button, kept, former
):
    mine = desk(owner)
    page = mine.open(draft, "4.1")
    actions.save_answers(draft, by=colleague, texts={"4.1.2": "同事的一行"})

    mine.write("4.1.2", "我的一行")
    conflict = page.locator("[data-field='4.1.2'] [data-conflict]")
    expect(conflict).to_contain_text(f"{colleague} ", timeout=PATIENCE)
    expect(conflict).to_contain_text("同事的一行")
    untouched = text_of(draft, "4.1.2")
    page.get_by_role("button", name=button).click()
    mine.expect_saved()

    assert untouched == "同事的一行"
    assert text_of(draft, "4.1.2") == kept
    assert AnswerVersion.objects.filter(application=draft).values_list("text", "is_set_aside").first() == former


def test_two_people_write_different_texts_of_one_section_at_once(desk, draft, owner, colleague):
    mine, hers = desk(owner), desk(colleague)
    mine.open(draft, "4.1")
    hers.open(draft, "4.1")

    for name, one in (("4.1.2", mine), ("4.1.3", hers)):
        one.write(name, f"{name} 的内容")
    for one in (mine, hers):
        one.expect_saved()

    assert [text_of(draft, name) for name in ("4.1.2", "4.1.3")] == ["4.1.2 的内容", "4.1.3 的内容"]


# --- figures ------------------------------------------------------------------------------------------


def paste(one, name, text):
    one.field(name).evaluate(
        """(field, text) => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            field.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        text,
    )


def test_a_block_from_a_spreadsheet_fills_the_table_and_is_saved_with_its_hints(desk, draft, owner):
    mine = desk(owner)
    page = mine.open(draft, "indicators")

    paste(mine, "total_assets-2023", "1,000.00\t1,100.00\t1,200.00\r\n100\t100\t１６０\r\n")
    expect(page.locator("[data-hints]")).to_contain_text("“主营业务收入”2025 年比 2024 年增长 60.0%", timeout=PATIENCE)
    mine.expect_saved()

    rows = Indicator.objects.filter(application=draft, key__in=["total_assets", "revenue"]).order_by("pk")
    assert {(r.key, r.year): int(r.value) for r in rows} == {
        ("total_assets", 2023): 1000,
        ("total_assets", 2024): 1100,
        ("total_assets", 2025): 1200,
        ("revenue", 2023): 100,
        ("revenue", 2024): 100,
        ("revenue", 2025): 160,
    }


def test_a_figure_that_does_not_apply_is_saved_once_its_reason_is_there(desk, draft, owner):
    mine = desk(owner)
    page = mine.open(draft, "indicators")

    mine.field("exports-2025").fill("/")
    expect(page.locator("[data-field='exports-reason'] [data-complaint]")).to_contain_text("请写明", timeout=PATIENCE)
    unexplained = Indicator.objects.filter(application=draft).count()
    mine.field("exports-reason").fill("没有出口")
    mine.expect_saved()

    assert unexplained == 0
    assert list(Indicator.objects.filter(application=draft).values_list("value", "absent_because")) == [
        (None, "没有出口")
    ]


@pytest.mark.parametrize(("button", "kept"), [("采用我的", 8), ("采用对方的", 7)])
def test_two_people_in_one_cell_are_asked(desk, draft, owner, colleague, button, kept):
    mine = desk(owner)
    page = mine.open(draft, "indicators")
    actions.save_indicators(draft, by=colleague, figures={("revenue", 2025): (7, "")})

    mine.field("revenue-2025").fill("8")
    conflict = page.locator("[data-field='revenue-2025'] [data-conflict]")
    expect(conflict).to_contain_text("7.00", timeout=PATIENCE)
    conflict.get_by_role("button", name=button).click()
    expect(mine.status).to_have_text(re.compile("已保存|已采用"), timeout=PATIENCE)

    assert Indicator.objects.get(application=draft).value == kept


# --- counting -----------------------------------------------------------------------------------------


def test_the_page_counts_as_the_server_does(desk, draft, owner):
    page = desk(owner).open(draft, "4.1")

    counted = page.evaluate("texts => texts.map(countText)", [text for text, _length in LENGTHS])

    assert counted == [length for _text, length in LENGTHS]


def test_running_over_is_said_while_writing(desk, draft, owner):
    mine = desk(owner)
    page = mine.open(draft, "profile")

    mine.write("overview", "长" * 3002)

    expect(page.locator("[data-field='overview'] .text-meta")).to_contain_text("3002 字／3000 字，已超出 2 字")


# --- kills --------------------------------------------------------------------------------------------


def test_killing_the_server_between_saves_loses_no_acknowledged_word_and_no_typed_one(desk, portal, draft, owner):
    mine, typed = desk(owner), ""
    page = mine.open(draft, "4.1")
    for strike in range(3):
        mine.write("4.1.2", f"第{strike}段已存。")
        typed += f"第{strike}段已存。"
        assert eventually(lambda so_far=typed: text_of(draft, "4.1.2") == so_far)
        mine.expect_saved()
        acknowledged = text_of(draft, "4.1.2")
        portal.kill()
        connection.close()
        survived = text_of(draft, "4.1.2")
        mine.write("4.1.2", f"第{strike}段未存。")
        typed += f"第{strike}段未存。"
        expect(mine.status).to_contain_text("未能保存", timeout=PATIENCE)
        portal.start()
        page.get_by_role("button", name="重试").click()
        mine.expect_saved()

        assert acknowledged == survived
        assert text_of(draft, "4.1.2") == typed
