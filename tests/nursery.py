"""Workers and web servers that start in a moment: forked from a process that has imported all and opened nothing.

Started as programs they take five seconds of the processor each, for importing what the test process has imported
already. A forked one is a process like any other: its own group, environment and connections, to be killed at will.
"""

import ctypes
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import traceback
from contextlib import suppress

from django.conf import settings
from django.core.servers import basehttp
from django.db import connections
from django.utils.log import configure_logging

from foshan_quality import settings as portal
from foshan_quality.celery import app

DEATH_OF_PARENT = 1  # PR_SET_PDEATHSIG
WORKER = ["worker", "--pool", "prefork", "-l", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"]
LOADED = [
    "celery.bin.worker",
    "celery.concurrency.prefork",
    "celery.worker.components",
    "celery.worker.consumer",
    "celery.worker.strategy",
    "foshan_quality.wsgi",
    "kombu.transport.redis",
]

_lines = []  # to the nursery: what is ordered, and the number of the process that came of it


def open_nursery(database_blocker):
    """Fork the nursery. Before any connection is opened, when all is imported."""
    orders, answers = os.pipe(), os.pipe()
    if os.fork() == 0:
        _nurse(orders[0], answers[1], database_blocker)
    os.close(orders[0])
    os.close(answers[1])
    _lines[:] = [os.fdopen(orders[1], "w"), os.fdopen(answers[0])]


def start(kind, number, *, log, environment):
    """A fresh process: a "worker" with so many processes of its own, or the "web" server on this port."""
    orders, answers = _lines
    orders.write(json.dumps([kind, number, str(log), environment]) + "\n")
    orders.flush()
    return Forked(int(answers.readline()))


class Forked:
    """A process of the nursery's, to be handled as a `subprocess.Popen`."""

    def __init__(self, pid):
        self.pid, self.handle = pid, os.pidfd_open(pid)

    def __del__(self):
        os.close(self.handle)

    def poll(self):
        return 0 if select.select([self.handle], [], [], 0)[0] else None

    def wait(self, timeout=None):
        if not select.select([self.handle], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(str(self.pid), timeout)

    def terminate(self):
        self._send(signal.SIGTERM)

    def kill(self):
        self._send(signal.SIGKILL)

    def _send(self, sign):
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.handle, sign)


# --- in the nursery -----------------------------------------------------------------------------------


def _nurse(orders, answers, database_blocker):
    """Fork what is ordered until the test process ends, and bury what has died."""
    try:
        _end_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's is for the test process, which ends this one
        signal.signal(signal.SIGCHLD, _bury)
        _close_all_but(orders, answers)
        database_blocker.unblock()
        is_loaded = False
        with os.fdopen(orders) as lines:
            for order in lines:
                if not is_loaded:
                    is_loaded = _load()
                pid = os.fork() or _live(*json.loads(order))
                os.write(answers, f"{pid}\n".encode())
    finally:
        os._exit(0)


def _end_with_parent():
    ctypes.CDLL(None).prctl(DEATH_OF_PARENT, signal.SIGKILL)


def _bury(*_):
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _close_all_but(*wanted):
    """Leave the test process's files and lines to it."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nothing, standard)
    for each in os.listdir("/proc/self/fd"):
        if int(each) > 2 and int(each) not in wanted:
            with suppress(OSError):
                os.close(int(each))


def _load():
    """What a worker and a server import, once for all of them."""
    os.environ["CELERY_SKIP_CHECKS"] = "true"  # of Django's, which `make test` has made
    for module in LOADED:
        importlib.import_module(module)
    app.loader.import_default_modules()
    app.finalize()
    return True


def _live(kind, number, log, environment):
    """Be a worker or the web server until killed."""
    try:
        os.setsid()
        _end_with_parent()
        for sign in (signal.SIGCHLD, signal.SIGINT):
            signal.signal(sign, signal.SIG_DFL)
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for standard in (1, 2):
            os.dup2(out, standard)
        sys.stdout, sys.stderr = (os.fdopen(standard, "w", buffering=1) for standard in (1, 2))
        _take_on(environment)
        if kind == "worker":
            app.worker_main([*WORKER, "-c", str(number)])
        else:
            application = importlib.import_module("foshan_quality.wsgi").application
            basehttp.run("127.0.0.1", number, application, threading=True)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(1)


def _take_on(environment):
    """The settings as they are in this environment."""
    os.environ.update(environment)
    fresh = importlib.reload(portal)
    for name in filter(str.isupper, dir(fresh)):
        setattr(settings, name, getattr(fresh, name))
    connections.settings["default"] |= {"NAME": fresh.DATABASES["default"]["NAME"]}
    configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)
    app._after_fork()
