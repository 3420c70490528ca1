"""The signed list of certificates that verification answers from while the database does not.

A file with, for each certificate, salted digests of its number and code and its standing: nobody learns a name, a
number or a code from it. Whoever has a code can look it up. The list is signed by the seal service, so that whoever
can write the file can make nothing valid.
"""

import base64
import json
import os
import secrets
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from foshan_quality.lib import clock

from . import queries, sealing
from .wording import key_of


@dataclass(frozen=True)
class List:
    """A list as read: when it was made, and the standing behind each salted digest."""

    made_at: datetime
    salt: str
    standings: dict

    def standing_of(self, code, number=None):
        """`valid`, `rehearsed`, `revoked`, `replaced`, or None for a code and number not on it together."""
        return self.standings.get(_hidden(self.salt, code, None if number is None else key_of(number)))


def _hidden(salt, code, number_key):
    """With the number and without it, for whoever comes by the QR code, which has the code only."""
    return sealing.service().digest(f"{salt}\n{code}\n{'*' if number_key is None else number_key}".encode())


def publish():
    """Write the list anew, complete or not at all; a reader never sees half of it. Tells how many are on it."""
    salt, standings = secrets.token_hex(16), {}
    certificates = queries.drawn()
    for certificate in certificates:
        for number_key in (None, key_of(certificate.number)):
            standings[_hidden(salt, certificate.code, number_key)] = _standing(certificate)
    said = {"made_at": clock.now().isoformat(), "salt": salt, "standings": dict(sorted(standings.items()))}
    proof = base64.b64encode(sealing.service().vouch(_as_signed(said))).decode()
    _write(settings.VERIFICATION_LIST, json.dumps(said | {"proof": proof}))
    return len(certificates)


def _standing(certificate):
    """A rehearsed certificate proves nothing, and the list must not say otherwise."""
    is_rehearsed = certificate.standing == certificate.Standing.VALID and certificate.honour.is_rehearsal
    return "rehearsed" if is_rehearsed else certificate.standing.value


def _as_signed(said):
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def _write(path, text):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as complete:
        complete.write(text)
    os.replace(complete.name, path)


def read():
    """The list, if there is one and its signature is ours; None otherwise."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        said = json.loads(Path(settings.VERIFICATION_LIST).read_text("utf-8"))
        proof = base64.b64decode(said.pop("proof"))
        if sealing.service().is_vouched(_as_signed(said), proof):
            return List(datetime.fromisoformat(said["made_at"]), said["salt"], said["standings"])
    return None
