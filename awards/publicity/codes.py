"""The code that opens an objection's status page: 128 random bits; only its digest is kept."""

import base64
import hashlib
import secrets


def new_code() -> str:
    """A code as people copy it: 26 small letters and digits."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


def digest_of(code: str) -> str:
    """What is kept of a code, however it was typed; nothing of none."""
    plain = "".join(code.split()).replace("-", "").lower()
    return hashlib.sha256(plain.encode()).hexdigest() if plain else ""
