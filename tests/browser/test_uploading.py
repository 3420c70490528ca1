"""Handing in papers in Chromium: several files at once, the good kept, the bad told why, with and without scripts."""

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from awards.programmes.loading import load_programmes
from awards.rubric.loading import load_rubrics
from tests import given
from tests.browser.test_writing import PATIENCE, own_database
from tests.enterprises.files import corpus
from tests.workers import broker, redis_number

__all__ = ["broker", "own_database", "redis_number"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def draft(own_database, broker):
    """A new dossier, seen by the server's threads."""
    load_rubrics()
    load_programmes()
    return given.empty_draft(given.open_edition(), given.organisation())


def opened(chromium, live_server, draft, *, scripts):
    """The page of the papers as the owner sees it, and whatever the browser complained about."""
    client = Client()
    client.force_login(given.owner_of(draft.organisation))
    context = chromium.new_context(java_script_enabled=scripts)
    session = {"name": "session", "value": client.cookies["session"].value, "url": live_server.url}
    context.add_cookies([session])
    page, complaints = context.new_page(), []
    page.set_default_timeout(PATIENCE)
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(live_server.url + reverse("application_section", args=[draft.pk, "documents"]))
    return page, complaints


def picked(name, content):
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_good_file_passes_the_bad_one_is_told_why_and_buttons_put_them_in_order(
    chromium, live_server, draft, scripts
):
    page, complaints = opened(chromium, live_server, draft, scripts=scripts)
    line = page.locator("#evidence")

    files = [
        picked("甲.pdf", given.pdf_bytes(2)),
        picked("图.png", b"<svg onload='alert(1)'/>"),
        picked("乙.jpg", corpus.drawn_picture("JPEG")),
    ]
    line.locator("input[type=file]").set_input_files(files)
    line.get_by_role("button", name="上传").click()

    expect(line.locator(".field-error")).to_contain_text("“图.png”不通过：这里只收", timeout=PATIENCE)
    expect(line.locator(".state-good")).to_have_text(["通过", "通过"])
    line.get_by_role("button", name="下移 甲.pdf").click()
    expect(page.locator("#evidence .paper-text > a").first).to_have_text("乙.jpg", timeout=PATIENCE)
    page.locator("#evidence").get_by_role("button", name="移除 乙.jpg").click()
    expect(page.locator("#evidence details summary")).to_have_text("已移除的文件（1）", timeout=PATIENCE)
    page.locator("#evidence details summary").click()
    page.locator("#evidence").get_by_role("button", name="恢复 乙.jpg").click()
    expect(page.locator("#evidence .paper-text > a:first-child")).to_have_text(["乙.jpg", "甲.pdf"], timeout=PATIENCE)
    assert complaints == []
