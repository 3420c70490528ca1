"""A stored file leaves us as an attachment that no browser renders on our origin."""

import os
import threading
from contextlib import contextmanager
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.urls import reverse
from playwright.sync_api import sync_playwright

from enterprises.files.actions import store_pdf
from enterprises.files.views import download
from tests import given

from . import corpus

NAMES = {
    "../../x.php": "x.php.pdf",
    "长" * 300 + ".pdf": "长" * 195 + ".pdf",
    "📎附件.pdf": "📎附件.pdf",
    "CON": "_CON.pdf",
    "报告\r\nSet-Cookie: a=1.pdf": "报告 Set-Cookie_ a=1.pdf",
    '报"告";filename="x.exe': "报_告_;filename=_x.exe.pdf",
    "合同\u202efdp.exe": "合同fdp.exe.pdf",
    "100%25 完成; 质量=1.pdf": "100%25 完成; 质量=1.pdf",
}


@pytest.fixture
def answer_for(db):
    by = given.person()
    return lambda name: download(store_pdf(given.upload(name, corpus.script_on_opening()), by=by))


def test_a_download_is_an_attachment_that_may_do_nothing(answer_for):
    answer = answer_for("营业执照.pdf")

    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Cache-Control"] == "private, no-store"


def test_the_portals_own_policy_does_not_replace_the_files_policy(client, submitted, owner):
    client.force_login(owner)
    document = submitted.documents.first()

    answer = client.get(reverse("document_download", args=[document.pk]))

    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")


@pytest.mark.parametrize("name", NAMES)
def test_a_header_is_one_line(answer_for, name):
    header = answer_for(name)["Content-Disposition"]

    assert header.isascii()
    assert header.isprintable()


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


@contextmanager
def served(answers):
    """These answers at /0, /1, …, over real HTTP."""
    bodies = [b"".join(answer.streaming_content) for answer in answers]

    def application(environ, start_response):
        number = environ["PATH_INFO"].strip("/")
        if not number.isdigit():
            start_response("200 OK", [("Content-Type", "text/html")])
            return [b"".join(b'<a href="/%d">file</a>' % n for n in range(len(answers)))]
        start_response("200 OK", list(answers[int(number)].items()))
        return [bodies[int(number)]]

    with make_server("127.0.0.1", 0, application, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.mark.browser
def test_chromium_saves_each_file_under_its_shown_name_and_renders_none(answer_for):
    answers = [answer_for(name) for name in NAMES]
    saved = []

    with served(answers) as address, sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=arguments
        )
        page = browser.new_page()
        page.goto(address)
        for link in page.locator("a").all():
            with page.expect_download() as download_begun:
                link.click()
            saved.append(download_begun.value.suggested_filename)
        stayed = page.url
        browser.close()

    assert saved == list(NAMES.values())
    assert stayed == address
