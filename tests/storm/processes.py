"""The web process and the Celery worker, forked from a process that has imported everything but opened nothing.

A killed one is replaced within milliseconds, which is what makes a thousand runs affordable.
"""

import ctypes
import importlib
import os
import signal
import sys
import traceback
from contextlib import suppress
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path

from foshan_quality.celery import app

from . import faults, web
from .points import WEB, WORKER

END = "end"
DEATH_OF_PARENT = 1  # PR_SET_PDEATHSIG
OF_A_WORKER = [
    "celery.apps.worker",
    "celery.bin.worker",
    "celery.concurrency.prefork",
    "celery.worker.autoscale",
    "celery.worker.components",
    "celery.worker.consumer",
    "celery.worker.strategy",
    "kombu.transport.redis",
]


class Gone(Exception):
    """The web process died while it worked on a request: the person sees a broken line."""


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

    def start(self, kind: str) -> int:
        """A fresh process of this kind, leading a group of its own."""
        self.orders.write(f"{kind}\n")
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
    os.environ["CELERY_SKIP_CHECKS"] = "true"  # of Django's, which were made when the portal was built
    for module in OF_A_WORKER:
        importlib.import_module(module)
    app.loader.import_default_modules()
    app.finalize()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the killed ones leave no body behind
    children = []
    while (kind := orders.readline().strip()) and kind != END:
        pid = os.fork()
        if pid == 0:
            _live(kind, folder, guards_off)
        children.append(pid)
        answers.write(f"{pid}\n")
        answers.flush()
    for pid in children:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    os._exit(0)


def _live(kind, folder, guards_off):
    """Be a web process or a worker until killed."""
    code = 1
    try:
        os.setsid()
        _die_with_parent()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(folder / f"{kind}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        faults.without(guards_off)
        faults.wrap(faults.Armed(folder), kind)
        {WEB: _serve, WORKER: _work}[kind](folder)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _die_with_parent():
    ctypes.CDLL(None).prctl(DEATH_OF_PARENT, signal.SIGKILL)


def _work(folder):
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    app.worker_main(["worker", "--pool", "prefork", "-c", "1", "-l", "ERROR", *quiet])


def _serve(folder):
    with Listener(_address(folder, os.getpid()), "AF_UNIX") as listener:
        while True:
            with listener.accept() as line, suppress(EOFError):
                while True:
                    line.send(web.answer(*line.recv()))


def _address(folder, pid):
    """Seen from where all of them work: the name of a socket may have 107 bytes."""
    return os.path.relpath(folder / f"web.{pid}")


class Web:
    """The people's side of the web process: one request at a time, and a new process where it died."""

    def __init__(self, nursery: Nursery):
        self.nursery = nursery
        self.line: Connection | None = None
        self.pid = 0

    def ask(self, name, *, meanwhile, **values):
        """Send one request and wait; `meanwhile()` is called again and again. Gone when the process dies."""
        line = self._connected(meanwhile)
        try:
            line.send((name, values))
            while not line.poll(0.01):
                meanwhile()
            return line.recv()
        except (EOFError, OSError):
            self.line = None
            raise Gone from None

    def _connected(self, meanwhile):
        if self.line is None:
            self.pid = self.nursery.start(WEB)
            address = _address(self.nursery.folder, self.pid)
            while self.line is None:
                with suppress(FileNotFoundError, ConnectionRefusedError):
                    self.line = Client(address, "AF_UNIX")
                meanwhile()
        return self.line
