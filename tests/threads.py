"""Real threads on real PostgreSQL: many acts at one instant, and the switches that take a guard away.

A race test has two halves. The guard half must end well; its twin switches the guard off and must see
the damage. In a twin, `slow_inside` holds every thread between the look and the leap until the others
have looked too, so that the damage does not depend on luck.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from functools import wraps
from threading import Barrier, BrokenBarrierError

from django.db import connections
from django.db.models import QuerySet

from foshan_quality.lib.ready import Plan, Ready

PATIENCE = 5  # seconds to wait for the others between look and leap


def at_once(*acts):
    """Run the acts in threads that start together; the result or the exception of each, in order."""
    gate = Barrier(len(acts))

    def run(act):
        try:
            gate.wait(10)
            return act()
        except Exception as problem:
            return problem
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result() for future in [pool.submit(copy_context().run, run, act) for act in acts]]


def kinds(outcomes):
    """What became of each act, sorted: the class name of an exception, "done" for anything else."""
    return sorted(type(o).__name__ if isinstance(o, Exception) else "done" for o in outcomes)


def slow_inside(monkeypatch, owner, name, *, parties=2, patience=PATIENCE, gate=None):
    """Make `owner.name` wait for the other threads before it goes on, once per gathering.

    With one `gate` for two names, threads in either wait for each other.
    """
    real, gate = getattr(owner, name), gate or Barrier(parties)

    @wraps(real)
    def held(*args, **kwargs):
        with suppress(BrokenBarrierError):
            gate.wait(patience)
        return real(*args, **kwargs)

    monkeypatch.setattr(owner, name, held)


def without_row_locks(monkeypatch):
    """Switch off every SELECT … FOR UPDATE in this process, those kept ready too."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda queryset, *args, **kwargs: queryset)
    monkeypatch.setattr(Ready, "plan", lambda ready: Plan(ready.queryset))
