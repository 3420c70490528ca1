"""The secret in an invitation's link: 128 random bits, of which only the digest is kept."""

import hashlib
import secrets

BYTES = 16


def new_token() -> str:
    """22 characters that nobody can guess."""
    return secrets.token_urlsafe(BYTES)


def digest_of(token: str) -> str:
    """SHA-256 of the token. No salt: 128 random bits cannot be found by trying."""
    return hashlib.sha256(token.encode()).hexdigest()
