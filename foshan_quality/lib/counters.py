"""The cache behind rate limits: Django's table in PostgreSQL, every write one statement.

Django's own counts the whole table before each write, looks the key up and then writes, in a transaction of its
own: five statements, and a rush of sign-ins asks for a dozen limits each.
"""

import base64
import pickle
from itertools import count

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import connection

NEVER = 253_370_764_800  # 9999-01-01, for what does not expire
TIDY_EVERY = 1000  # writes of one process

PUT = """
INSERT INTO {table} (cache_key, value, expires) VALUES (%s, %s, to_timestamp(%s))
ON CONFLICT (cache_key) DO UPDATE SET value = EXCLUDED.value, expires = EXCLUDED.expires
"""
WRITES = {
    "set": PUT,
    "add": PUT + "WHERE {table}.expires < statement_timestamp()",
    "touch": "UPDATE {table} SET expires = to_timestamp(%s) WHERE cache_key = %s",
}


class Cache(DatabaseCache):
    """What `add`, `set` and `touch` do is told by Django; here is how."""

    writes = count(1)

    def _base_set(self, mode, key, value, timeout=DEFAULT_TIMEOUT):
        ends = self.get_backend_timeout(timeout)
        ends = NEVER if ends is None else int(ends)
        text = base64.b64encode(pickle.dumps(value, self.pickle_protocol)).decode("ascii")
        with connection.cursor() as cursor:
            if next(self.writes) % TIDY_EVERY == 0:
                cursor.execute(f"SELECT statement_timestamp(), count(*) FROM {self._table}")  # noqa: S608  our setting
                self._cull(connection.alias, cursor, *cursor.fetchone())
            values = [ends, key] if mode == "touch" else [key, text, ends]
            cursor.execute(WRITES[mode].format(table=self._table), values)
            return cursor.rowcount == 1
