"""Guards against two at once, held by PostgreSQL."""

from contextlib import contextmanager

from django.db import connection


@contextmanager
def only_one(key: int):
    """Whether this process alone does the job named by `key` until the block ends. Never waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        alone = cursor.fetchone()[0]
    try:
        yield alone
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def hold_alone(key: int):
    """Wait until nobody else holds `key`, then hold it alone until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])


def hold_together(key: int):
    """Wait until nobody holds `key` alone, then hold it, with others who do the same, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [key])
