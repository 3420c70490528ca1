"""Whatever seals certificates: the one door to signing and digests, so that another service can take its place.

`SEAL_SERVICE` in the settings names a module that offers what `SealService` lists. Today it is `signing`: PAdES with
RSA or ECDSA and SHA-256. A seal service of the national algorithms (GB/T 38540: SM2, SM3) would be a module of its
own that calls the service and keeps these five promises; nothing else in the portal knows an algorithm.
"""

from datetime import datetime
from importlib import import_module
from typing import Protocol

from django.conf import settings


class SealService(Protocol):
    """What the portal asks of a seal service. Byte strings in, byte strings or plain values out; no database."""

    MOST_BYTES: int  # of a file handed in for judgement

    def digest(self, data: bytes) -> str:
        """The fingerprint kept on record: 64 hexadecimal digits (SHA-256 and SM3 both have 256 bits)."""

    def signer(self) -> tuple[str, bool]:
        """Whose signature it will be, as printed, and whether it is a throw-away key without legal force."""

    def sign(self, pdf: bytes, *, reason: str, moment: datetime) -> bytes:
        """The file with a certifying signature that allows no change. `ImproperlyConfigured` when it cannot sign."""

    def judge(self, pdf: bytes) -> object:
        """`is_ours`, `is_intact` and `code` of a file handed in, which may be hostile and takes bounded time."""

    def vouch(self, data: bytes) -> bytes:
        """A signature over any bytes, kept beside them."""

    def is_vouched(self, data: bytes, proof: bytes) -> bool:
        """Whether that signature is ours and of exactly these bytes."""


def service() -> SealService:
    """The seal service of the settings; a wrong name stops with what to correct."""
    return import_module(settings.SEAL_SERVICE)
