"""What the files that try every page share: one world for all tests of a file, and requests that cost little."""

import logging
from copy import copy, deepcopy
from functools import cache
from unittest import mock

import pytest
from django.conf import settings
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import override_settings
from django.urls import get_resolver

from enterprises.people.models import UserManager
from foshan_quality.lib import clock
from tests.kept import READS
from tests.permissions.world import NOW, build

# What only adds headers or hands out static files does not decide who gets in.
BESIDE_THE_POINT = {
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
}


@pytest.fixture(scope="module", autouse=True, name="own_folders")
def folders_of_the_file(tmp_path_factory):
    """The files of this file's one world, and settings for tens of thousands of requests."""
    root = tmp_path_factory.mktemp("permissions")
    with override_settings(
        MEDIA_ROOT=root / "media",
        TREASURY_ROOT=root / "treasury",
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",  # one query less for each page
        MIDDLEWARE=[name for name in settings.MIDDLEWARE if name not in BESIDE_THE_POINT],
        DEBUG_PROPAGATE_EXCEPTIONS=True,
    ):
        yield


@pytest.fixture(scope="module", autouse=True)
def plain_refusals():
    """Thousands of refusals are wanted here: nobody reads their log lines, nobody looks at what their pages say."""
    logging.disable(logging.WARNING)
    with (
        mock.patch("foshan_quality.errors.page", lambda request, template, status, **_: HttpResponse(status=status)),
        mock.patch("foshan_quality.errors.told_of", return_value=None),  # the slowest third of a refusal
    ):
        yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module", autouse=True)
def known_addresses():
    """Whose address it is, is looked up once, not once for each of the many who come to it."""
    resolver = get_resolver()
    with mock.patch.object(resolver, "resolve", cache(resolver.resolve)):
        yield


@pytest.fixture(scope="module", autouse=True)
def known_cookies():
    """A session's cookie, the same from page to page, is opened once."""
    load, read = SessionStore.load, {}

    def load_once(session):
        if session.session_key not in read:
            read[session.session_key] = load(session)
        return deepcopy(read[session.session_key])

    with mock.patch.object(SessionStore, "load", load_once):
        yield


@pytest.fixture(scope="module", autouse=True)
def known_people(django_db_setup):
    """Who somebody is and with which duties, is read once, until anything is written or undone."""
    read, known = UserManager.with_duties, {}

    def read_once(people, pk):
        if pk not in known:
            known[pk] = read(people, pk)
        return copy(known[pk])

    def notice(execute, sql, params, many, context):
        if not READS.match(sql):
            known.clear()
        return execute(sql, params, many, context)

    connection.execute_wrappers.append(notice)
    with mock.patch.object(UserManager, "with_duties", read_once):
        yield
    connection.execute_wrappers.remove(notice)


@pytest.fixture(scope="module", name="world")
def one_world(django_db_setup, django_db_blocker, own_folders, plain_papers):
    """One world for all tests of a file; each leaves it as it was, and in the end nothing of it remains."""
    with django_db_blocker.unblock(), transaction.atomic():
        built = build()
        with clock.at(NOW):
            yield built
        transaction.set_rollback(True)


@pytest.fixture(name="_django_db_helper")
def undone(world):
    """In place of pytest-django's own: the database is the file's one world, and what a test does is undone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
