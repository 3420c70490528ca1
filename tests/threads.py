"""Real threads on real PostgreSQL: many acts at one instant, and the switches that take a guard away.

A race test has two halves. The guard half must end well; its twin switches the guard off and must see
the damage. In a twin, `slow_inside` holds every thread between the look and the leap until the others
have looked too, and `until` holds one until the other is through or held up, so that the damage depends
neither on luck nor on how busy the machine is.
"""

import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from contextvars import copy_context
from functools import wraps
from threading import Barrier, BrokenBarrierError
from weakref import WeakSet

from django.db import connection, connections
from django.db.models import QuerySet

from foshan_quality.lib.ready import Plan, Ready

PATIENCE = 30  # seconds to wait for what is sure to come, on a machine that is busy with the other tests
# In this database: the server is shared with the other test processes.
WAITING = """
SELECT EXISTS (
    SELECT 1 FROM pg_locks JOIN pg_locks here USING (pid)
    WHERE NOT pg_locks.granted
    AND here.database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
"""


def at_once(*acts):
    """Run the acts in threads that start together; the result or the exception of each, in order."""
    start = Barrier(len(acts))

    def run(act):
        try:
            start.wait(PATIENCE)
            return act()
        except Exception as problem:
            return problem
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        running = [pool.submit(copy_context().run, run, act) for act in acts]
        while wait(running, timeout=0.02).not_done:
            for gate in list(Gate.all):
                gate.open_where_all_wait_in_vain(any(one.done() for one in running))
        return [one.result() for one in running]


def kinds(outcomes):
    """What became of each act, sorted: the class name of an exception, "done" for anything else."""
    return sorted(type(o).__name__ if isinstance(o, Exception) else "done" for o in outcomes)


def until(event):
    """Wait for the event, which another thread will set, unless that one is found waiting for a lock."""
    end = time.monotonic() + PATIENCE
    while not event.wait(0.02) and not somebody_waits_for_a_lock() and time.monotonic() < end:
        pass


def somebody_waits_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return cursor.fetchone()[0]


class Gate(Barrier):
    """Where threads wait for each other, so long as those who are missing can come."""

    all = WeakSet()

    def __init__(self, parties):
        super().__init__(parties)
        self.all.add(self)

    def open_where_all_wait_in_vain(self, one_has_ended):
        """Let go whoever waits for one who has ended, or who waits for a lock of the only other one."""
        if self.n_waiting and (one_has_ended or (self.parties == 2 and somebody_waits_for_a_lock())):
            self.abort()


def slow_inside(monkeypatch, owner, name, *, parties=2, gate=None, after=False):
    """Make `owner.name` wait for the other threads before it begins, once per gathering. Returns the gate.

    With one `gate` for two names, threads in either wait for each other. What is the look itself waits `after`.
    """
    real, gate = getattr(owner, name), gate or Gate(parties)

    @wraps(real)
    def held(*args, **kwargs):
        found = real(*args, **kwargs) if after else None
        with suppress(BrokenBarrierError):
            gate.wait(PATIENCE)
        return found if after else real(*args, **kwargs)

    monkeypatch.setattr(owner, name, held)
    return gate


def without_row_locks(monkeypatch):
    """Switch off every SELECT … FOR UPDATE in this process, those kept ready too."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda queryset, *args, **kwargs: queryset)
    monkeypatch.setattr(Ready, "plan", lambda ready: Plan(ready.queryset))
