"""Chromium, the portal on a port of its own, one clock for all its threads, and a worker for the jobs."""

import os
import re
import time
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from django.db import connections
from django.test.testcases import LiveServerThread
from playwright.sync_api import sync_playwright

from foshan_quality.embedded import end_process
from foshan_quality.lib import clock
from tests.committed import committed, swept
from tests.workers import broker, redis_number, redis_url, sending_to, start_worker

from .browsing import Visitor

__all__ = ["broker", "committed", "redis_number", "swept"]

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
SWITCHES += ["--disable-component-update", "--disable-sync"]
SWITCHES += ["--renderer-process-limit=1"]  # none kept ready for a page that may never come
SWITCHES += ["--in-process-gpu", "--enable-features=NetworkServiceInProcess2"]  # two processes fewer to speak with


@pytest.fixture(scope="package")
def chromium(django_db_setup):
    """The system's Chromium, one for all journeys of this process. Without it the tests fail; they never skip.

    While it runs, its event loop gives this thread other connections to the database than before and after. None
    stays open behind it: a journey that copies the test database ends all idle sessions.
    """
    connections.close_all()
    if not os.access(CHROMIUM, os.X_OK):
        pytest.fail(f"没有找到 Chromium（{CHROMIUM}）。请执行 deploy/setup.sh --tests，或用 CHROMIUM=路径 指定。")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright runs its event loop in this thread
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def portal(django_db_setup):
    """The portal as a web server on the test database, static files served as in production; its address."""
    server = LiveServerThread("127.0.0.1", static_handler=lambda application: application)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://{server.host}:{server.port}"
    server.terminate()


class HouseClock:
    """Stands in for the clock's context variable: all threads of this process see the same moment, and it runs on."""

    def __init__(self):
        self.setting = None

    def get(self):
        if self.setting is None:
            return None
        moment, since = self.setting
        return moment + timedelta(seconds=time.monotonic() - since)

    def set(self, moment):
        before, self.setting = self.setting, moment and (moment, time.monotonic())
        return before

    def reset(self, before):
        self.setting = before


@pytest.fixture(scope="session")
def seen():
    """The kinds of pages axe has checked in this process, whoever came to them: once a kind is enough."""
    return set()


@pytest.fixture
def arrive(chromium, portal, committed, settings, monkeypatch, seen):
    """`arrive(user)`: somebody opens a browser and is signed in; without a user, an anonymous visitor."""
    settings.SITE_URL = portal
    monkeypatch.setattr(clock, "_simulated", HouseClock())
    visitors = []

    def come(user=None, **kwargs):
        visitor = Visitor(chromium, portal, seen, **kwargs)
        visitors.append(visitor)
        return visitor.is_signed_in(user) if user else visitor

    yield come
    for visitor in visitors:
        visitor.leaves()


class Mailbox:
    """The mails the worker has sent, as files."""

    def __init__(self, folder):
        self.folder = folder

    def link_for(self, address):
        """The link in the mail to this address; None while none has come."""
        for file in self.folder.glob("*"):
            mail = message_from_bytes(file.read_bytes().partition(b"\n---")[0], policy=default)
            if mail["to"] == address:
                return re.search(r"https?://\S+", mail.get_body().get_content())[0]
        return None


@pytest.fixture
def worker(committed, portal, redis_number, tmp_path):
    """A Celery worker that shares the test's database and folders and knows the portal's address; its mailbox."""
    mailbox = Mailbox(tmp_path / "mail")
    surroundings = {"SITE_URL": portal, "EMAIL_URL": f"filemail:///{mailbox.folder}"}
    with sending_to(redis_url(redis_number + 7)) as url:
        child = start_worker(broker=url, folder=tmp_path, log=tmp_path / "worker.log", processes=1, **surroundings)
        yield mailbox
        end_process(child)
