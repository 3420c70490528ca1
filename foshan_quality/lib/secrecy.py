"""Text and files that the database keeps encrypted: neither a dump nor a backup shows them."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


class SecretField(models.TextField):
    """Text encrypted with Fernet (AES-128-CBC, HMAC-SHA256) under the first key of `ACCOUNT_KEYS`.

    The same text is stored differently each time, so it cannot be searched; a fingerprint beside it can.
    """

    def from_db_value(self, value, expression, connection):
        """The plain text; ImproperlyConfigured when no key fits."""
        return value if value is None else revealed(value)

    def get_prep_value(self, value):
        """The text as it is stored."""
        return value if value is None else concealed(str(value))


class SecretBytesField(models.BinaryField):
    """The bytes of a file, encrypted in the same way."""

    def from_db_value(self, value, expression, connection):
        """The plain bytes; ImproperlyConfigured when no key fits."""
        return value if value is None else _opened(bytes(value))

    def get_db_prep_value(self, value, connection, prepared=False):
        """The bytes as they are stored."""
        sealed = value if value is None else _keys(*_settings()).encrypt(bytes(value))
        return super().get_db_prep_value(sealed, connection, prepared)


def concealed(text: str) -> str:
    """The text encrypted under the present key."""
    return _keys(*_settings()).encrypt(text.encode()).decode()


def revealed(token: str) -> str:
    """The plain text of what `concealed` made under any of the keys; ImproperlyConfigured when none fits."""
    return _opened(token).decode()


def _opened(token):
    try:
        return _keys(*_settings()).decrypt(token)
    except InvalidToken:
        raise ImproperlyConfigured("账号的密钥对不上，请检查 ACCOUNT_KEYS：旧钥须留在新钥之后。") from None


def fingerprint(text: str) -> str:
    """A digest only this portal can compute (HMAC-SHA256 under the present key, hex): equal texts, equal digests."""
    return hmac.new(_settings()[0].encode(), text.encode(), hashlib.sha256).hexdigest()


def _settings():
    if settings.ACCOUNT_KEYS:
        return tuple(settings.ACCOUNT_KEYS)
    return (urlsafe_b64encode(hashlib.sha256(settings.SECRET_KEY.encode()).digest()).decode(),)


@cache
def _keys(*keys):
    return MultiFernet([Fernet(key) for key in keys])
