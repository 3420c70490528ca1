"""The portal behind gunicorn, and as little of a browser as it takes to keep it busy."""

import json
import os
import re
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from foshan_quality.embedded import end_process, tethered

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2
PATIENCE = 60  # seconds for the server to start, and for one answer
TOKEN = "benchbenchbenchbenchbenchbenchbe"  # noqa: S105  a CSRF token is whatever cookie and form agree on


class NotServed(Exception):
    """The server did not start, or did not answer in time."""


@dataclass(frozen=True)
class Server:
    """A running gunicorn: where it listens and the process that minds the workers."""

    port: int
    master: int

    def workers(self) -> list[int]:
        """The processes that answer now; one that was killed is replaced by another."""
        stats = (path.read_text() for path in Path("/proc").glob("[0-9]*/stat") if path.exists())
        parted = [(stat.partition(" ")[0], stat.rpartition(")")[2].split()) for stat in stats]
        return [int(pid) for pid, (state, parent, *_rest) in parted if parent == str(self.master) and state != "Z"]


@contextmanager
def served():
    """Two gunicorn workers on a free port while the block runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = ROOT / "var" / "log" / "bench-web.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "gunicorn", "foshan_quality.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", str(WORKERS), "--threads", "4", "--worker-connections", "128", "--preload"]
    command += ["--backlog", "2048", "--no-control-socket"]
    with log.open("wb") as out:
        environment = os.environ | {"BEHIND_TLS_PROXY": "yes", "SITE_URL": f"http://127.0.0.1:{port}"}
        child = subprocess.Popen(tethered(command), cwd=ROOT, env=environment, stdout=out, stderr=out)
    try:
        _wait(port, child, log)
        yield Server(port, child.pid)
    finally:
        end_process(child)


def _wait(port, child, log):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and child.poll() is None:
        try:
            for _ in range(4 * WORKERS):  # each worker has drawn its first page
                Browser(port).get("/")
            return
        except OSError:
            time.sleep(0.1)
    raise NotServed(f"网站进程没有启动，日志：{log.relative_to(ROOT)}")


def signed_in(users) -> list[str]:
    """A session for each of them, as signing in leaves it, written at one go; gives the cookies."""
    stores, rows = [], []
    for user in users:
        store = SessionStore()
        store[SESSION_KEY], store[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
        store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        store._session_key = store._get_new_session_key()
        stores.append(store)
        rows.append(store.create_model_instance(store._session))
    Session.objects.bulk_create(rows)
    return [store.session_key for store in stores]


@dataclass(frozen=True)
class Form:
    """What a browser sends when a button is pressed. Many visitors may send the same one."""

    body: bytes
    kind: str


def typed(**fields) -> Form:
    """A form of fields."""
    return Form(urlencode({"csrfmiddlewaretoken": TOKEN, **fields}).encode(), "application/x-www-form-urlencoded")


def with_pdf(name, content, **fields) -> Form:
    """A form with one PDF in it."""
    parts = [
        f'--{TOKEN}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in {"csrfmiddlewaretoken": TOKEN, **fields}.items()
    ]
    head = f'Content-Disposition: form-data; name="{name}"; filename="{name}.pdf"\r\nContent-Type: application/pdf'
    body = b"".join([*parts, f"--{TOKEN}\r\n{head}\r\n\r\n".encode(), content, f"\r\n--{TOKEN}--\r\n".encode()])
    return Form(body, f"multipart/form-data; boundary={TOKEN}")


class Browser:
    """One connection that is kept, one session, one address of its own as the proxy would tell it."""

    def __init__(self, port, session="", place=0):
        self.connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self.port, self.session, self.place = port, session, place

    @property
    def headers(self):
        cookies = f"{settings.CSRF_COOKIE_NAME}={TOKEN}"
        if self.session:
            cookies += f"; {settings.SESSION_COOKIE_NAME}={self.session}"
        address = f"10.{self.place >> 16 & 255}.{self.place >> 8 & 255}.{self.place & 255}"
        return {"Cookie": cookies, "X-Forwarded-For": address, "X-CSRFToken": TOKEN}

    def get(self, path) -> str:
        """The page; anything but 200 is an error."""
        return self._ask("GET", path, expected=200)

    def send_json(self, path, body) -> str:
        """What a script of the page sends; anything but 200 is an error. Gives the answer."""
        return self._ask("POST", path, json.dumps(body), "application/json", expected=200)

    def post(self, path, **fields) -> str:
        """Send a form; anything but a redirect is an error. Gives the address it leads to."""
        return self.send(path, typed(**fields))

    def send(self, path, form) -> str:
        """Send a form that was filled in before."""
        return self._ask("POST", path, form.body, form.kind, expected=302)

    def _ask(self, method, path, body=None, kind=None, *, expected):
        headers = self.headers | ({"Content-Type": kind} if kind else {})
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        page = answer.read()
        if answer.status != expected:
            raise NotServed(f"{method} {path}: {answer.status}\n{_plain(page)}")
        for name, value in answer.getheaders():
            if name == "Set-Cookie" and value.startswith(f"{settings.SESSION_COOKIE_NAME}="):
                self.session = value.split(";")[0].partition("=")[2]
        return page.decode() if expected == 200 else answer.getheader("Location")

    def raw_post(self, path, **fields) -> bytes:
        """The same form as bytes to be sent later, on a connection that is closed after the answer."""
        form = typed(**fields)
        lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", f"Content-Length: {len(form.body)}"]
        lines += [f"Content-Type: {form.kind}", *(f"{name}: {value}" for name, value in self.headers.items())]
        return "\r\n".join([*lines, "", ""]).encode() + form.body


def _plain(page):
    text = re.sub(r"<(script|style|head).*?</\1>|<[^>]+>", " ", page.decode(errors="replace"), flags=re.S)
    return re.sub(r"\s+", " ", text)[:500]


@dataclass(frozen=True)
class Answer:
    """What came back: the status and how long after the start, in seconds."""

    status: int
    seconds: float


def at_one_instant(port, requests: Iterable[bytes]) -> list[Answer]:
    """All of these connect and are sent at once; each answer is timed from that moment."""
    start, answers = time.perf_counter(), []
    with selectors.DefaultSelector() as waiting:
        for request in requests:
            line = socket.create_connection(("127.0.0.1", port))
            line.sendall(request)
            waiting.register(line, selectors.EVENT_READ, [])
        while waiting.get_map() and time.perf_counter() - start < PATIENCE:
            for key, _events in waiting.select(timeout=1):
                received = key.fileobj.recv(65536)
                key.data.append(received)
                if not received:
                    waiting.unregister(key.fileobj)
                    key.fileobj.close()
                    first = b"".join(key.data).split(b" ", 2)
                    status = int(first[1]) if len(first) > 1 else 0
                    answers.append(Answer(status, time.perf_counter() - start))
        for key in list(waiting.get_map().values()):
            key.fileobj.close()
    return answers


def per_second(port, ask, *, sessions=("",), connections=8, seconds=4.0) -> float:
    """How many answers a second these connections get together; `ask(browser, turn)` is one turn."""
    done, end = [0] * connections, time.perf_counter() + seconds
    faults = []

    def keep_asking(line):
        browser = Browser(port, sessions[line % len(sessions)], place=line)
        try:
            while time.perf_counter() < end:
                ask(browser, line + connections * done[line])
                done[line] += 1
        except Exception as fault:  # shown by the thread that waits
            faults.append(fault)

    start = time.perf_counter()
    threads = [Thread(target=keep_asking, args=(line,)) for line in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return sum(done) / (time.perf_counter() - start)
