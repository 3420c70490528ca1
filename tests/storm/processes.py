"""The web server and the Celery worker, forked from a process that has imported everything but opened nothing.

The server is gunicorn with the command of `make demo` and docs/operations.md; its own workers are what is struck. A
killed one of either kind is replaced within milliseconds, which is what makes a thousand runs affordable.
"""

import ctypes
import importlib
import os
import signal
import socket
import sys
import traceback
from contextlib import suppress
from pathlib import Path

from foshan_quality import demo
from foshan_quality.celery import app

from . import faults
from .points import WEB, WORKER

END = "end"
DEATH_OF_PARENT = 1  # PR_SET_PDEATHSIG
LOADED = [
    "foshan_quality.wsgi",
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
    "celery.apps.worker",
    "celery.bin.worker",
    "celery.concurrency.prefork",
    "celery.worker.autoscale",
    "celery.worker.components",
    "celery.worker.consumer",
    "celery.worker.strategy",
    "kombu.transport.redis",
]


def load():
    """Import what the processes need, once for all of them. Opens no connection."""
    os.environ["CELERY_SKIP_CHECKS"] = "true"  # of Django's, which were made when the portal was built
    for module in LOADED:
        importlib.import_module(module)
    app.loader.import_default_modules()
    app.finalize()


class Nursery:
    """Forks processes on demand. Make it before any connection is opened, and before any thread is started."""

    def __init__(self, folder: Path, guards_off: list[str]):
        self.folder = folder
        ours, theirs = os.pipe(), os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(ours[1])
            os.close(theirs[0])
            _nurse(os.fdopen(ours[0]), os.fdopen(theirs[1], "w"), folder, guards_off)
        os.close(ours[0])
        os.close(theirs[1])
        self.orders, self.answers = os.fdopen(ours[1], "w"), os.fdopen(theirs[0])

    def start(self, kind: str, port: int = 0) -> int:
        """A fresh process of this kind, leading a group of its own; the web server on this port."""
        self.orders.write(f"{kind} {port}\n")
        self.orders.flush()
        return int(self.answers.readline())

    def close(self):
        """No more are wanted; those that run end with it."""
        if self.pid:
            self.orders.write(f"{END}\n")
            self.orders.flush()
            os.waitpid(self.pid, 0)
            self.pid = 0


def _nurse(orders, answers, folder, guards_off):
    _die_with_parent()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the killed ones leave no body behind
    children = []
    while (order := orders.readline().strip()) and order != END:
        kind, port = order.split()
        pid = os.fork()
        if pid == 0:
            _live(kind, int(port), folder, guards_off)
        children.append(pid)
        answers.write(f"{pid}\n")
        answers.flush()
    for pid in children:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    os._exit(0)


def _live(kind, port, folder, guards_off):
    """Be the web server or a worker until killed."""
    code = 1
    try:
        os.setsid()
        _die_with_parent()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(folder / f"{kind}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        faults.without(guards_off)
        faults.wrap(faults.Armed(folder, kind))
        {WEB: _serve, WORKER: _work}[kind](port)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _die_with_parent():
    ctypes.CDLL(None).prctl(DEATH_OF_PARENT, signal.SIGKILL)


def _serve(port):
    """The portal's web server by its own command; what is wrapped in this process, its workers inherit."""
    from gunicorn.app.wsgiapp import run

    command = demo._parts(port)["web"]
    sys.argv = command[command.index("gunicorn") :]
    run()


def _work(_port):
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    app.worker_main(["worker", "--pool", "prefork", "-c", "1", "-l", "ERROR", *quiet])


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
