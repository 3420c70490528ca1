"""People at the portal's pages: over HTTP, with the forms as they were shown, cookies, and the password where asked."""

import re
import time
from contextlib import suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPException
from select import select
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from foshan_quality.lib.sessions import SessionStore

from .points import WEB
from .processes import Nursery, free_port

PASSWORD = "storm-quality-2026"  # of people who exist in the storm's own database alone
PATIENCE = 60  # seconds for the server to start, and for one answer
STEPS = 6  # pages on the way to a form: signing in, the password again
APART = 7  # seconds between two times that a person types the password: allauth takes ten a minute
PARTING = "storm-storm-storm-storm"


class Gone(Exception):
    """The web process died while it worked on a request: the person sees a broken line."""


class Lost(Exception):
    """A page is not what it should be: the storm itself is out of order."""


class Portal:
    """The web server. It is started once; gunicorn replaces its own workers."""

    def __init__(self, nursery: Nursery, meanwhile):
        self.nursery, self.meanwhile, self.port, self.pid = nursery, meanwhile, free_port(), 0

    def ask(self, method, path, body=None, headers=()):
        """One request on a line of its own: status, headers, page. Gone when the process dies over it."""
        self._start()
        line = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            line.request(method, path, body, dict(headers))
            end = time.monotonic() + PATIENCE
            while not select([line.sock], [], [], 0.01)[0]:
                self.meanwhile()
                if time.monotonic() > end:
                    raise Lost(f"no answer to {method} {path} in {PATIENCE} s")
            answer = line.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        except (ConnectionError, HTTPException):
            raise Gone(f"{method} {path}") from None
        finally:
            line.close()

    def _start(self):
        if self.pid:
            return
        self.pid, end = self.nursery.start(WEB, self.port), time.monotonic() + PATIENCE
        while time.monotonic() < end:
            line = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            with suppress(ConnectionError, HTTPException):
                line.connect()
                return
            line.close()
            time.sleep(0.02)
        raise Lost(f"the web server did not start, see {self.nursery.folder}/web.log")


@dataclass
class Form:
    """What a browser would send of a form as it stands; a button only when it is the one that is pressed."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)


class Forms(HTMLParser):
    """The forms of a page. Of drop-downs and long texts nothing is kept: who fills in a form says what they hold."""

    def __init__(self, page):
        super().__init__()
        self.all = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "form":
            self.all.append(Form(said.get("action") or ""))
        elif tag == "input" and self.all and said.get("name"):
            is_ticked = said.get("type") not in {"checkbox", "radio"} or "checked" in said
            if is_ticked and said.get("type") != "file":
                self.all[-1].fields.setdefault(said["name"], []).append(said.get("value") or "")


class Person:
    """One browser of one person."""

    def __init__(self, portal: Portal, user):
        self.portal, self.user, self.cookies = portal, user, {}
        self.again, self.last_typed, self.last_said = 0, 0.0, ""

    def open(self, path) -> Form:
        """The form of an act's page; on the way the person signs in, and types the password again where asked."""
        at = path
        for _step in range(STEPS):
            status, headers, page = self._ask("GET", at)
            if status == 200 and (form := _form_with("do", page)):
                form.action = form.action or path
                return form
            if status == 200 and (form := _form_with("password", page)):
                at = self._type_password(form, at)
            elif status == 302:
                at = headers["Location"]
            else:
                break
        raise Lost(f"{path}: {status} at {at}: {plain(page)}")

    def press(self, form, *, file=None, **filled) -> bool:
        """Send an act's form, filled in: whether the portal says that it was done. A page of errors says why not."""
        fields = form.fields | {name: value if isinstance(value, list) else [value] for name, value in filled.items()}
        status, _headers, page = self._post(form.action, fields, file)
        if status not in {200, 302, 409, 500}:
            raise Lost(f"{form.action}: {status}: {plain(page)}")
        self.last_said = "" if status == 302 else f"{status}: {plain(page)}"
        return status in {200, 302}

    def is_away(self):
        """So long that the portal asks for the password again at the next approval."""
        if not self.cookies or time.monotonic() - self.last_typed < APART:
            return
        session = SessionStore(self.cookies.get(settings.SESSION_COOKIE_NAME))
        ago = 2 * settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        for way in session.get("account_authentication_methods", []):
            way["at"] -= ago
        session.save()

    def _type_password(self, form, at):
        self.last_typed, is_new = time.monotonic(), "login" in form.fields
        self.again += not is_new
        known = {"password": [PASSWORD]} | ({"login": [self.user.email]} if is_new else {})
        status, headers, page = self._post(form.action or at, form.fields | known)
        if status != 302:
            raise Lost(f"the password was not taken: {status}: {plain(page)}")
        return headers["Location"]

    def _post(self, path, fields, file=None):
        if file is None:
            return self._ask("POST", path, urlencode(fields, doseq=True), "application/x-www-form-urlencoded")
        return self._ask("POST", path, _with_file(fields, *file), f"multipart/form-data; boundary={PARTING}")

    def _ask(self, method, path, body=None, kind=None):
        parts = urlsplit(path)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        sent |= {"Content-Type": kind, "Origin": f"http://127.0.0.1:{self.portal.port}"} if kind else {}
        status, headers, page = self.portal.ask(method, path, body, sent)
        for line in headers.get_all("Set-Cookie", []):
            name, _, value = line.split(";")[0].partition("=")
            self.cookies[name] = value
            if "max-age=0" in line.lower():
                del self.cookies[name]
        return status, headers, page


def _form_with(name, page):
    return next((form for form in Forms(page).all if name in form.fields), None)


def _with_file(fields, name, content):
    """A form of fields and one file, for the field `upload`."""
    parts = [
        f'--{PARTING}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, values in fields.items()
        for value in values
    ]
    head = f'--{PARTING}\r\nContent-Disposition: form-data; name="upload"; filename="{name}"\r\n'
    head += "Content-Type: text/csv\r\n\r\n"
    return b"".join([*parts, head.encode(), content, f"\r\n--{PARTING}--\r\n".encode()])


def plain(page):
    """What a page says, for the report of a run that does not come to its end."""
    inside = page.partition('id="content"')[2] or page
    text = re.sub(r"<(script|style|head).*?</\1>|<[^>]+>", " ", inside, flags=re.S)
    return re.sub(r"\s+", " ", text).strip()[:300]
