"""The cache behind rate limits: Django's table in PostgreSQL, every write one statement.

Django's own counts the whole table before each write, looks the key up and then writes, in a transaction of its
own: five statements, and a rush of sign-ins asks for a dozen limits each.
"""

import base64
import pickle

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import connection

NEVER = 253_370_764_800  # 9999-01-01, for what does not expire

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
    """What `add`, `set` and `touch` do is told by Django; here is how. A write never sweeps: `sweep` does."""

    def _base_set(self, mode, key, value, timeout=DEFAULT_TIMEOUT):
        ends = self.get_backend_timeout(timeout)
        ends = NEVER if ends is None else int(ends)
        text = base64.b64encode(pickle.dumps(value, self.pickle_protocol)).decode("ascii")
        with connection.cursor() as cursor:
            values = [ends, key] if mode == "touch" else [key, text, ends]
            cursor.execute(WRITES[mode].format(table=self._table), values)
            return cursor.rowcount == 1

    def sweep(self):
        """Take out what has expired; answers how many entries went. What still counts is never forgotten."""
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {self._table} WHERE expires < statement_timestamp()")  # noqa: S608  our setting
            return cursor.rowcount
