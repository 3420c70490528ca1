"""Arming one fault, and striking when a process comes to its point. Loaded by the storm's own processes only."""

import importlib
import json
import os
import signal
import time
from functools import wraps
from pathlib import Path
from uuid import uuid4

import redis
from django.db.backends.base.base import BaseDatabaseWrapper

from .points import EXCEPTION, FLUSH, KILL, POINTS, PROCESS, RESTART, WEB

PATIENCE = 60  # seconds for a restart


class Struck(Exception):
    """The fault that the storm throws."""


class Armed:
    """One fault at a time, as a file that every process of the storm sees; whoever comes to its point takes it."""

    def __init__(self, folder: Path, process: str = ""):
        self.armed, self.struck, self.restart = folder / "armed", folder / "struck", folder / "restart"
        self.process = process

    def arm(self, point: str, kind: str, nth: int):
        """The `nth` time that a process comes to the point, it is struck."""
        self.clear()
        self._write(self.armed, {"point": point, "kind": kind, "nth": nth})

    def clear(self):
        """Nothing is armed, nothing was struck."""
        for path in (self.armed, self.struck, self.restart):
            path.unlink(missing_ok=True)

    def was_struck(self) -> bool:
        """Whether the armed fault has happened."""
        return self.struck.exists()

    def reached(self, *points: str):
        """Called by a process that comes to a point, or to what may be one of several."""
        try:
            fault = json.loads(self.armed.read_text())
        except (FileNotFoundError, ValueError):
            return
        if fault["point"] not in points:
            return
        if fault["nth"] > 1:
            self._write(self.armed, fault | {"nth": fault["nth"] - 1})
            return
        try:
            self.armed.rename(self.struck)
        except FileNotFoundError:
            return
        self._strike(fault["kind"], fault["point"])

    def _strike(self, kind, point):
        if kind == EXCEPTION:
            raise Struck(point)
        if kind == KILL and self.process == WEB:  # the one of gunicorn's workers that serves this request
            os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(PATIENCE)
        if kind == KILL:
            os.killpg(os.getpgrp(), signal.SIGKILL)
            time.sleep(PATIENCE)
        if kind == FLUSH:
            with redis.Redis.from_url(os.environ["REDIS_URL"]) as server:
                server.flushall()
        if kind == RESTART:
            self.restart.touch()
            end = time.monotonic() + PATIENCE
            while self.restart.exists() and time.monotonic() < end:
                time.sleep(0.005)

    def _write(self, path, fault):
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(fault))
        draft.rename(path)


def wrap(armed: Armed):
    """Wrap, in this process and its children, every function that stands for a point of this kind of process."""
    ours = [point for point in POINTS if PROCESS[point.stage] == armed.process]
    for point in ours:
        if point.module:
            owner = _owner(point.module)
            setattr(owner, point.function, _wrapped(getattr(owner, point.function), point, armed))
    before, after = ([p.name for p in ours if not p.module and p.side == side] for side in ("before", "after"))
    BaseDatabaseWrapper._commit = _wrapped_commit(BaseDatabaseWrapper._commit, before, after, armed)


def _owner(path):
    """A module, or a class in a module."""
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError:
        module, _dot, name = path.rpartition(".")
        return getattr(importlib.import_module(module), name)


def _wrapped(function, point, armed):
    @wraps(function)
    def wrapped(*args, **kwargs):
        is_ours = point.module != "pathlib.Path" or args[0].suffix == ".part"
        if point.side == "before" and is_ours:
            armed.reached(point.name)
        result = function(*args, **kwargs)
        if point.side == "after":
            armed.reached(point.name)
        return result

    return wrapped


def _wrapped_commit(commit, before, after, armed):
    @wraps(commit)
    def wrapped(connection):
        armed.reached(*before)
        result = commit(connection)
        armed.reached(*after)
        return result

    return wrapped


def without(guards: list[str]):
    """Switch guards off in this process: the control that shows that the judge can see damage."""
    for guard in guards:
        GUARDS[guard]()


def _every_handing_over_has_a_name_of_its_own():
    from awards.subsidies.batches import treasury

    really = treasury.hand_over
    treasury.hand_over = lambda name, content: really(f"{uuid4().hex}-{name}", content)


GUARDS = {"treasury-key": _every_handing_over_has_a_name_of_its_own}
