"""A test database that really commits, for threads and for workers in other processes."""

from unittest import mock

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase

from awards.models import CalendarDay, Category, CertificateTemplate, HonourKind, Item, Programme, Rubric, SubsidyRule
from tests.kept import ground, tables

REFERENCE = {CalendarDay, Category, CertificateTemplate, HonourKind, Item, Programme, Rubric, SubsidyRule}
STAYING = {model._meta.db_table for model in REFERENCE} | {"django_content_type", "auth_permission"}
GUARDED = "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
DEFINITION = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s"


INDEX = "SELECT indexdef FROM pg_indexes WHERE indexname = %s"


class Committed:
    """The open database. Guards taken out of it are put back when the test's rows are gone."""

    def __init__(self):
        self.missing = []

    def without(self, model, constraint):
        """Take one constraint, or the index that stands for a conditional one, out until the end of the test."""
        table = model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(DEFINITION, [constraint])
            found = cursor.fetchone()
            if found:
                cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}"')
                self.missing.append(f'ALTER TABLE {table} ADD CONSTRAINT "{constraint}" {found[0]}')
            else:
                cursor.execute(INDEX, [constraint])
                self.missing.append(cursor.fetchone()[0])
                cursor.execute(f'DROP INDEX "{constraint}"')

    def without_index(self, index):
        """Take one conditional unique key, which is an index, out of the database until the end of the test."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_get_indexdef(%s::regclass)", [index])
            self.missing.append(cursor.fetchone()[0])
            cursor.execute(f'DROP INDEX "{index}"')

    def without_trigger(self, model, trigger):
        """Switch one trigger off until the end of the test."""
        table = model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER TABLE {table} DISABLE TRIGGER "{trigger}"')
        self.missing.append(f'ALTER TABLE {table} ENABLE TRIGGER "{trigger}"')

    def restore(self):
        with connection.cursor() as cursor:
            for sql in self.missing:
                cursor.execute(sql)


@pytest.fixture
def swept():
    """Django ends such a test by emptying every table at once, which tables that only grow refuse; ours sweep."""
    with mock.patch.object(TransactionTestCase, "_fixture_teardown"):
        yield


@pytest.fixture
def committed(request, swept, transactional_db, broker):
    """Rows are seen by other connections, and are gone after the test; the reference data stays."""
    opened = Committed()
    if not request.node.get_closest_marker("worker"):
        ground.commits()
    yield opened
    sweep_away()
    opened.restore()


def sweep_away():
    """Empty every table but the reference data, past the triggers of those that only grow."""
    sweeping = [f"DELETE FROM {table}" for table in sorted(tables() - STAYING)]  # noqa: S608 (names of our own models)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("; ".join(["SET LOCAL session_replication_role = replica", *sweeping]))
