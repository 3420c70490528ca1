"""What strangers send that no page of ours asks for, and what a page may answer to it."""

import re
from dataclasses import dataclass

from django.db import transaction
from django.urls import reverse

from tests.permissions.crawl import address

FIELD = re.compile(r'<(?:input|select|textarea)\b[^>]*?\bname="([^"]+)"')
QUERY = ["page", "name", "kind", "year", "level", "district", "number", "code", "credit_code", "organisation", "next"]
QUERY += ["edition", "nature", "unread", "version", "q"]

VALUES = {
    "NUL": "甲\0乙",
    "controls": "甲\x01\x08\x0b\x1b\x7f乙",
    "number without end": "9" * 5000,
    "negative": "-1",
    "digits of other scripts": "²٣９",
    "too far": "9999999-99-99T99:99:99",
    "long": "长" * 20_000,
    "marks": "\u202e\u200b😀𠮷'\"><script>alert(1)</script>{{ 1 }}{% now %}%s%00' OR 1=1 -- =cmd|' /C calc'!A0",
}
WORST = {name: VALUES[name] for name in ("NUL", "number without end", "digits of other scripts", "marks")}
ADDRESSES = {  # in the place of a number or code
    "NUL": "%00",
    "no UTF-8": "%ff%fe",
    "half a character": "%ed%a0%80",
    "upwards": "..%2f..%2fetc%2fpasswd",
    "number without end": "9" * 5000,
    "negative": "-1",
    "digits of other scripts": "%C2%B2%D9%A3",
    "line end": "a%0d%0aSet-Cookie:x=1",
    "script": "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
}
OPEN_ADDRESSES = [
    "/laureates/{}/",
    "/notices/{}/",
    "/notices/{}/object/",
    "/objections/{}/",
    "/objections/{}/reply/",
    "/verify/{}/",
    "/verify/ABCDEFGH/?number={}",
    "/verify/?number={0}&code={0}",
    "/invitations/{}/",
    "/accounts/password/reset/key/{}-{}/",
    "/accounts/login/?next=//{}",
    "/{}/",
]
PARTED = "multipart/form-data; boundary=x"
PART = '--x\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'
BODIES = {  # what content it says to be, and the content
    "no parts": (PARTED, b"nothing of the kind"),
    "no boundary": ("multipart/form-data", b"--x"),
    "cut off": (PARTED, PART.format("grounds", "", "half").encode()[:-10]),
    "not base64": (
        PARTED,
        PART.format("grounds", "\r\nContent-Transfer-Encoding: base64", "%%%").encode() + b"--x--\r\n",
    ),
    "a name in no writing": (PARTED, PART.format("a", "; filename*=bogus''%41", "x").encode() + b"--x--\r\n"),
    "a name upwards": (PARTED, PART.format("file", '; filename="../../\0.pdf"', "%PDF").encode() + b"--x--\r\n"),
    "other writing": ("application/x-www-form-urlencoded; charset=utf-16", b"a=1"),
    "no UTF-8": ("application/x-www-form-urlencoded", b"receipt=%ff%fe&code=\xff&number=%ed%a0%80"),
    "many fields": ("application/x-www-form-urlencoded", b"a=1&" * 2500),
    "large": ("application/x-www-form-urlencoded", b"grounds=" + b"a" * 10_000_000),
    "JSON": ("application/json", b'{"code": "\\ud800"}'),
    "nothing": ("", b""),
}


@dataclass(frozen=True)
class Answer:
    """What came back: the status, or the exception that nobody caught."""

    status: object
    text: str = ""

    @property
    def is_lawful(self):
        """A page or a refusal, in words; never a failure, and nothing of what was sent as markup."""
        return (
            self.status in {200, 302, 301, 400, 403, 404, 405, 409, 410, 413, 429} and "<script>alert" not in self.text
        )


def asked(client, way, at, *more, **extra):
    """One request, undone; an exception is an answer too."""
    with transaction.atomic():
        try:
            response = getattr(client, way)(at, *more, **extra)
            content = b"" if response.streaming else response.content
            answer = Answer(response.status_code, content.decode(errors="replace"))
        except Exception as failure:
            answer = Answer(f"{type(failure).__name__}: {failure}"[:200])
        transaction.set_rollback(True)
    return answer


def sent_to(world, client, pages, values):
    """{(page, what): answer} for each page opened with odd parameters, and its form filled in oddly."""
    answers = {}
    for page in pages:
        at = address(world, page)
        form = asked(client, "get", at).text if page.way != "POST" else ""
        fields = set(FIELD.findall(form)) | set(page.posts)
        for what, value in values.items():
            if page.way != "POST":
                answers[str(page), "GET", what] = asked(client, "get", at, dict.fromkeys(QUERY, value))
            if page.way != "GET":
                answers[str(page), "POST", what] = asked(client, "post", at, dict.fromkeys(fields, value))
    return answers


def sent_anywhere(client):
    """{(address, what): answer} for addresses with odd parts, and for bodies that are none, where anybody may write."""
    answers = {}
    for at in OPEN_ADDRESSES:
        for what, odd in ADDRESSES.items():
            answers[at, what] = asked(client, "get", at.format(odd, odd))
    for route in ("objection_find", "verify_file", "account_login"):
        for what, (kind, body) in BODIES.items():
            answers[route, what] = asked(client, "post", reverse(route), body, content_type=kind)
    return answers


def unlawful(answers):
    return {what: answer.status for what, answer in answers.items() if not answer.is_lawful}
