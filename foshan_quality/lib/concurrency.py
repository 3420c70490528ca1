"""Guards against two at once, held by PostgreSQL."""

from contextlib import contextmanager

from django.db import OperationalError, connection
from psycopg.errors import LockNotAvailable

from foshan_quality.lib.problems import WrongState


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
    """Wait until nobody else holds `key`, then hold it alone until the transaction ends.

    WrongState when that takes longer than the database's patience with locks.
    """
    _hold("SELECT pg_advisory_xact_lock(%s)", key)


def hold_together(key: int):
    """Wait until nobody holds `key` alone, then hold it, with others who do the same, until the transaction ends.

    WrongState when that takes longer than the database's patience with locks.
    """
    _hold("SELECT pg_advisory_xact_lock_shared(%s)", key)


def _hold(sql, key):
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, [key])
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        raise WrongState("系统正在写入另一批数据，等候已久。没有改动任何内容，请一分钟后再试。") from None
