"""Worlds walked once a process: what a builder wrote is kept, and written again for the next test that asks.

    @kept
    def walk_to(step, **rules): ...

A builder of this kind walks the real actions the first time it is called with these arguments, on this
ground, at this moment of the clock. The rows it wrote, the files it stored and what it returned are kept;
the same call on the same ground puts them back, byte by byte, with the same keys, and returns a fresh copy.
The ground is the empty database and the kept builders called since. A builder that begins by calling another
one on the same ground shares that one's world.

A builder simply walks, as if it were not kept, wherever putting back might differ from walking:
- after the test has written anything by itself, or has undone something;
- in a test that really commits, once another connection was opened, and from the first where there is
  a worker (the marker), for its jobs must be sent;
- after the test has patched anything by `monkeypatch`, or changed a setting beside its folders;
- with arguments that are neither records nor plain values;
- where the database does not let this user put rows back past its triggers (only a superuser may).
With WALK=1 in the environment every builder walks always: the suite must pass both ways.
"""

import pickle
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache, wraps
from inspect import signature
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Model

from foshan_quality.lib import clock

PLAIN = (str, bytes, int, Decimal, date, type(None))  # bool is an int, datetime a date
READS = re.compile(r"\s*(SELECT|SAVEPOINT|RELEASE|SET CONSTRAINTS)\b", re.IGNORECASE)
WRITES = re.compile(r'\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
FOLDERS = {"MEDIA_ROOT", "TREASURY_ROOT"}
OWN = FOLDERS | {"VERIFICATION_LIST", "default_settings", "SETTINGS_MODULE", "_deleted"}  # what every test sets itself
CACHE = settings.CACHES["default"]["LOCATION"]
MAY_PUT_BACK = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"


@dataclass
class World:
    """What one builder did, and how every table it wrote to looked in the end."""

    emptied: list  # tables in which it changed or deleted rows
    rows: dict  # {table: lines of COPY}: all of an emptied table, of another one those that came
    files: dict  # {(setting, path): content}
    returned: bytes
    tables: dict  # {table: {line: None}}, those of the worlds it stands on included


class Ground:
    """What stands in this process's test database: the kept builders called in this test's transaction, in order."""

    def __init__(self):
        self.may_put_back = False
        self.transaction, self.steps, self.is_known = None, (), False
        self.committed = None
        self.bent = lambda: None
        self.straight = None
        self.building, self.written = False, set()
        self.worlds, self.empty = {}, None

    def begin(self, bent):
        """A new test. `bent()` tells what it has patched so far."""
        self.transaction, self.committed, self.bent, self.straight = None, None, bent, bent()

    def commits(self):
        """This test really commits, and the database is empty."""
        self.committed = object()

    def block(self):
        """What holds all that this test writes: the transaction that is rolled back, or the test that sweeps."""
        blocks = connection.atomic_blocks
        if blocks and blocks[0]._from_testcase:
            return blocks[0]
        return None if blocks else self.committed

    def stand(self):
        """The steps walked so far; None where more was written or patched, or nothing would be rolled back."""
        if not self.may_put_back or in_a_thread() or self.bent() != self.straight or settings_changed():
            return None
        if self.building:
            return None if self.written else self.steps
        block = self.block()
        if block is None:
            return None
        if self.transaction is not block:
            self.transaction, self.steps, self.is_known = block, (), True
        return self.steps if self.is_known else None

    def notice(self, execute, sql, params, many, context):
        """Wraps every statement. One that may write makes the ground unknown, unless a builder sends it."""
        if self.building:
            self.written.update(WRITES.findall(sql))
        elif not READS.match(sql):
            self.forget()
        return execute(sql, params, many, context)

    def forget(self):
        """Nobody knows any more what stands, until the next test."""
        self.transaction = self.committed or next(iter(connection.atomic_blocks), None)
        self.is_known = False

    def meet(self, **_):
        """Hears of every new connection: what a thread does on one of its own is not overheard."""
        if in_a_thread():
            self.forget()

    @contextmanager
    def built_on(self, key):
        """What is written inside is the builder's. Where it fails, nobody knows what stands."""
        before = self.building, self.written, self.steps
        self.building, self.written, self.is_known = True, set(), False
        try:
            yield
            self.is_known = True
        finally:
            self.building, written, steps = before
            self.written |= written
            self.steps = steps if self.building else key


ground = Ground()


def kept(build):
    """Keep what this builder does; see the head of this file."""
    names = signature(build)

    @wraps(build)
    def built(*args, **kwargs):
        steps = ground.stand()
        if steps is None:
            return build(*args, **kwargs)
        try:
            bound = names.bind(*args, **kwargs)
            bound.apply_defaults()
            given = plain(bound.arguments)
        except TypeError:
            return build(*args, **kwargs)
        key = (*steps, (build.__module__, build.__name__, given, clock.simulated()))
        with ground.built_on(key):
            if key in ground.worlds:
                return put_back(ground.worlds[key])
            return walk(key, lambda: build(*args, **kwargs))

    return built


def plain(value):
    """An argument as part of a key; TypeError for what cannot be one."""
    if isinstance(value, Model):
        return value._meta.label_lower, value.pk
    if isinstance(value, PLAIN):
        return type(value).__name__, value
    if isinstance(value, dict):
        return tuple((name, plain(one)) for name, one in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(plain(one) for one in value)
    if is_dataclass(value):
        return tuple(plain(getattr(value, field.name)) for field in fields(value))
    raise TypeError(value)


def in_a_thread():
    return threading.current_thread() is not threading.main_thread()


def settings_changed():
    """Whether the test has changed a setting beside its folders."""
    holder = settings._wrapped
    while hasattr(holder, "default_settings"):
        if holder.__dict__.keys() - OWN or holder._deleted:
            return True
        holder = holder.default_settings
    return False


# --- keeping and putting back -------------------------------------------------------------------------


def walk(key, build):
    """Walk, and keep what came of it."""
    if ground.empty is None:
        ground.empty = lines(tables())
    standing = ground.worlds[key[:-1]].tables if key[:-1] else {}
    before, files = ground.empty | standing, stored()
    returned = build()
    after = lines(ground.written & tables())
    emptied = [table for table in after if before[table].keys() - after[table].keys()]
    rows = {t: now if t in emptied else [row for row in now if row not in before[t]] for t, now in after.items()}
    ground.worlds[key] = World(
        emptied=emptied,
        rows={table: b"".join(rows) for table, rows in rows.items() if rows},
        files={place: content for place, content in stored().items() if place not in files},
        returned=pickle.dumps(returned),
        tables=standing | after,
    )
    return returned


def put_back(world):
    """Write the kept rows and files again, past the triggers: they have been through them. Returns a fresh copy."""
    ground.written.update(world.emptied, world.rows)
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in world.emptied:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 (names of our own models)
        for table, rows in world.rows.items():
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                copy.write(rows)
        cursor.execute("SET LOCAL session_replication_role = origin")
    for path, content in world.files.items():
        path = Path(getattr(settings, path[0])) / path[1]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return pickle.loads(world.returned)  # noqa: S301 (pickled by this process)


def lines(tables):
    """Every row of these tables as COPY writes it, in the order of the table: {table: {line: None}}."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(tables):
            with cursor.copy(f"COPY {table} TO STDOUT") as rows:
                found[table] = {bytes(row): None for row in rows}
    return found


@cache
def tables():
    """All tables there are models for, and the one of small caches."""
    return {model._meta.db_table for model in apps.get_models(include_auto_created=True)} | {CACHE}


def stored():
    """Every file in the test's folders: {(setting, path): content}."""
    folders = {name: Path(getattr(settings, name)) for name in FOLDERS}
    return {
        (name, str(path.relative_to(folder))): path.read_bytes()
        for name, folder in folders.items()
        for path in folder.rglob("*")
        if path.is_file()
    }
