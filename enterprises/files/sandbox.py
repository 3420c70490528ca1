"""Runs `cleaning.py` where a hostile file can hurt nobody: a child per file with little time and memory.

One helper process per web process waits with the parser loaded and forks for each file, because starting Python
anew costs ten times as much as the cleaning of a usual file. It gets no environment, so no secrets. It ends by
itself when the web process does.
"""

import logging
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

from . import cleaning
from .checks import BadFile, reason

log = logging.getLogger(__name__)

_lock = threading.Lock()
_helper = None  # (process that started it, its process, the socket to it)


def clean_pdf(source, target, *, max_pages):
    """Write to `target` what may be kept of the PDF in `source`, both open files; the number of pages.

    Raises BadFile with the reason. Answers within `cleaning.SECONDS` and a moment, whatever the file holds.
    """
    ours, theirs = socket.socketpair()
    with ours, theirs:
        files = [source.fileno(), target.fileno(), theirs.fileno()]
        try:
            _send(str(max_pages).encode(), files)
            theirs.close()
            ours.settimeout(cleaning.SECONDS + 0.5)
            said = ours.recv(64).decode()
        except TimeoutError:
            said = ""
        except OSError:
            log.exception("the process that cleans files cannot be started")
            raise BadFile(reason("unavailable")) from None
    if not said.isdigit():
        raise BadFile(reason(said or "heavy", max_pages=max_pages))
    return int(said)


def _send(job, files):
    """Hand a job to the helper; one that died meanwhile is replaced once."""
    with _lock:
        try:
            socket.send_fds(_jobs(), [job], files)
        except (BrokenPipeError, ConnectionResetError):
            _forget()
            socket.send_fds(_jobs(), [job], files)


def _jobs():
    """The socket to this process's helper, started when first needed and again after a fork."""
    global _helper
    if _helper is None or _helper[0] != os.getpid():
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-I", str(Path(cleaning.__file__))],
                stdin=theirs,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                start_new_session=True,
            )
        _helper = os.getpid(), process, ours
    return _helper[2]


def _forget():
    global _helper
    _owner, process, ours = _helper
    ours.close()
    process.wait()
    _helper = None
