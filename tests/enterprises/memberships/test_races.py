"""Two at once. Each guard has a twin that switches it off and must see the damage."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from celery import current_app
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.test import TransactionTestCase

from awards.models import CalendarDay, Category, HonourKind, Item, Programme, Rubric, SubsidyRule
from enterprises.memberships import actions
from enterprises.models import Invitation, Membership, Organisation
from foshan_quality.permissions import Relation
from tests import given

TIMES = 10
STAYING = {m._meta.db_table for m in (CalendarDay, Category, HonourKind, Item, Programme, Rubric, SubsidyRule)}
STAYING |= {"django_content_type", "auth_permission"}
GUARDED = "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"


def sweep_away():
    """Empty every table but the reference data; those that only grow as their owner may."""
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)} - STAYING
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(GUARDED)
        guarded = [table for (table,) in cursor.fetchall()]
        for table in guarded:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for table in sorted(tables):
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 (names of our own models)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in guarded:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@pytest.fixture
def sweeping(monkeypatch):
    """Django ends such a test by emptying every table at once, which tables that only grow refuse. Sweep instead."""
    monkeypatch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: sweep_away())
    monkeypatch.setattr(current_app, "send_task", lambda *args, **kwargs: None)


@pytest.fixture
def seen_by_all(sweeping, transactional_db):
    """Rows are seen by other connections, and are gone after the test."""


@pytest.fixture
def without_one_membership(seen_by_all):
    """The database lets a person be a member twice."""
    index = next(c for c in Membership._meta.constraints if c.name == "one_membership")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Membership, index)
    yield
    sweep_away()
    with connection.schema_editor() as editor:
        editor.add_constraint(Membership, index)


def at_once(*acts):
    """Run the acts in threads of their own; gives what each returned or raised."""

    def run(act):
        try:
            return act()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def asked():
    """A colleague and the invitation waiting for the colleague."""
    organisation, colleague = given.organisation(), given.person("同事")
    owner = given.owner_of(organisation)
    return colleague, actions.invite(organisation, by=owner, email=colleague.email, role="editor")


def switch_locks_off(monkeypatch, meeting_in):
    """No row is locked, and both get as far as `meeting_in` before either goes on."""
    barrier, real = Barrier(2, timeout=5), getattr(actions, meeting_in)

    def meet(*args):
        answer = real(*args)
        barrier.wait()
        return answer

    def fetched(invitation):
        return Invitation.objects.select_related("organisation").get(pk=invitation.pk)

    monkeypatch.setattr(actions, meeting_in, meet)
    monkeypatch.setattr(actions, "_lock", fetched)
    monkeypatch.setattr(actions, "_lock_organisation", lambda o: Organisation.objects.get(pk=o.pk))


def test_accepting_in_two_windows_at_once_gives_one_membership_and_both_windows_say_so(seen_by_all):
    for _ in range(TIMES):
        colleague, invitation = asked()

        outcomes = at_once(*[lambda c=colleague, i=invitation: actions.accept(i, by=c)] * 2)

        assert outcomes == [colleague.memberships.get()] * 2


def test_without_the_locks_the_constraint_alone_still_gives_one_membership(seen_by_all, monkeypatch):
    colleague, invitation = asked()
    switch_locks_off(monkeypatch, "closed_because")

    outcomes = at_once(*[lambda: actions.accept(invitation, by=colleague)] * 2)

    assert sorted(type(outcome) for outcome in outcomes if isinstance(outcome, Exception)) == [IntegrityError]
    assert colleague.memberships.count() == 1


def test_without_locks_and_constraint_the_damage_is_two_memberships(without_one_membership, monkeypatch):
    colleague, invitation = asked()
    switch_locks_off(monkeypatch, "closed_because")

    at_once(*[lambda: actions.accept(invitation, by=colleague)] * 2)

    assert colleague.memberships.count() == 2


def two_owners():
    organisation = given.organisation()
    return organisation, [given.owner_of(organisation), given.colleague_of(organisation, Relation.OWNER)]


def owners_left(organisation):
    return organisation.memberships.filter(role=Relation.OWNER, ended_at=None).count()


def test_two_owners_leaving_at_once_leave_one_behind(seen_by_all):
    for _ in range(TIMES):
        organisation, owners = two_owners()

        at_once(*[lambda by=by, o=organisation: actions.leave(o, by=by) for by in owners])

        assert owners_left(organisation) == 1


def test_without_the_lock_the_damage_is_an_organisation_without_owner(seen_by_all, monkeypatch):
    organisation, owners = two_owners()
    switch_locks_off(monkeypatch, "_refuse_without_owner")

    at_once(*[lambda by=by: actions.leave(organisation, by=by) for by in owners])

    assert owners_left(organisation) == 0
