"""Working in the office as a person does: opening lists and records, pressing buttons."""

from contextlib import contextmanager
from unittest import mock

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.template.response import TemplateResponse
from django.test import Client
from django.urls import reverse
from django.utils.crypto import get_random_string

from awards.experts.queries import names_to_declare
from foshan_quality.lib.sessions import SessionStore


def office(user):
    """A browser signed in as this person: its session is there, as signing in leaves it."""
    client, session = Client(), SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session._session_key = get_random_string(32, VALID_KEY_CHARS)
    session.create_model_instance(session._session).save(force_insert=True)
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


@contextmanager
def asked_and_not_drawn():
    """Inside, a list finds its rows and does not draw them: all that an order, a filter or a search can change."""
    with mock.patch.object(TemplateResponse, "rendered_content", ""):
        yield


def list_url(model, **query):
    return reverse(f"admin:{_label(model)}_changelist", query=query or None)


def record_url(record):
    return reverse(f"admin:{_label(record)}_change", args=[record.pk])


def act_url(record, name):
    return reverse(f"admin:{_label(record)}_act", args=[record.pk, name])


def begin_url(model, name):
    return reverse(f"admin:{_label(model)}_begin", args=[name])


def press(user, record, name, /, **data):
    """Press a button on a record's page and hand its form in; it must be done. Returns the fresh record."""
    _do(user, act_url(record, name), data)
    record.refresh_from_db()
    return record


def begin(user, model, name, /, **data):
    """Begin something from a list; it must be done. Returns the newest record of the list."""
    _do(user, begin_url(model, name), data)
    return model.objects.order_by("pk").last()


def buttons(user, record):
    """The acts offered on a record's page, by name."""
    return [name for name, _act, _url in office(user).get(record_url(record)).context_data["acts"]]


def nothing_to_declare(edition):
    """The form of a declaration as it is when there is no interest to declare."""
    return {f"kind_{case.pk}": "none" for case in names_to_declare(edition)} | {"is_true": "on"}


def errors(response):
    """Everything the page says is wrong."""
    form = response.context_data["form"]
    return [error for errors in form.errors.values() for error in errors]


def _do(user, url, data):
    client = office(user)
    opened = client.get(url)
    assert opened.status_code == 200, opened.status_code
    response = client.post(url, data)
    assert response.status_code == 302, errors(response)


def _label(model):
    return f"{model._meta.app_label}_{model._meta.model_name}"
