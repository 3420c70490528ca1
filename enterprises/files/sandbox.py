"""Has files of strangers opened where a hostile one can hurt nobody: in `helper.py`, a child per file.

One helper process per web process waits with the parsers loaded, because starting Python anew costs ten times as
much as the cleaning of a usual file. It gets no environment, so no secrets. It ends by itself when the web process
does.
"""

import logging
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

from .checks import BadFile, reason

log = logging.getLogger(__name__)

SECONDS = 4.5  # how long an answer is waited for: the helper's own limit and a moment
COPY_SECONDS = 61  # the same for a reading copy
HOME = Path(__file__).parents[2]
START = "import sys; sys.path.append(sys.argv[1]); from enterprises.files import helper; helper.main()"

_lock = threading.Lock()
_helper = None  # (process that started it, its process, the socket to it)


def clean(kind, source, target, *, max_pages):
    """Write to `target` what may be kept of the file in `source`, both open files; its pages, 0 where it has none.

    Raises BadFile with the reason. Answers within `SECONDS`, whatever the file holds.
    """
    said, *named = ask(kind, max_pages, source, target).split("\n")
    if not said.isdigit():
        facts = dict.fromkeys(["part", "megapixels"], *named or [""])
        raise BadFile(reason(said or "heavy", max_pages=max_pages, **facts))
    return int(said)


def clean_pdf(source, target, *, max_pages):
    """The same for a PDF."""
    return clean("pdf", source, target, max_pages=max_pages)


def draw_page(kind, number, source, target):
    """Draw one page of a stored file into `target` as WebP. Whether it could be drawn."""
    return ask("page of a pdf" if kind == "pdf" else "page of a picture", number, source, target).isdigit()


def reading_copy(kind, source, target):
    """Set the content of a stored Word or Excel file as a PDF in `target`; its pages, 0 where it cannot be set."""
    said = ask(f"copy of a {kind}", 0, source, target, seconds=COPY_SECONDS)
    return int(said) if said.isdigit() else 0


def words(source, *, max_pages, target):
    """The text layer of a stored PDF's first pages; empty for a scan."""
    if not ask("words", max_pages, source, target).isdigit():
        return ""
    target.seek(0)
    return target.read().decode("utf-8", "replace")


def ask(job, number, source, target, *, seconds=SECONDS):
    """What the helper answers to one of its jobs; empty when a child was stopped by its limits."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        files = [source.fileno(), target.fileno(), theirs.fileno()]
        try:
            _send(f"{job} {number}".encode(), files)
            theirs.close()
            ours.settimeout(seconds)
            return ours.recv(512).decode()
        except TimeoutError:
            return ""
        except OSError:
            log.exception("the process that opens files cannot be started")
            raise BadFile(reason("unavailable")) from None


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
                [sys.executable, "-I", "-c", START, str(HOME)],
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
