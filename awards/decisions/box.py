"""The ballot box: what has been cast lies in it sealed and in no order of casting until the count. Pure but for dice.

A member's ballot falls apart into slips, one for each candidate, so that a missing slip (a recusal) or a pattern of
votes says nothing of whose the other slips are. The slips' codes are derived from the receipt, which only the voter
has. The whole box is one ciphertext of constant length: whoever copies the database while a vote is open sees that
somebody voted, and neither what nor how the slips lie.
"""

import base64
import hashlib
import secrets
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .voting import Choice

PLACE = struct.Struct(">16sHB")  # code, candidate's index, choice; all zero where nothing lies
CHOICES = {choice: number for number, choice in enumerate(Choice, start=1)}
NONCE = 12
GROUP = 4  # characters of a receipt between two hyphens


class Unreadable(Exception):
    """The box does not open: another key, or not the box that was sealed last."""


@dataclass(frozen=True, order=True)
class Slip:
    """One voter's choice on one candidate, under a code that only the voter can derive."""

    code: str
    candidate: int
    choice: Choice


def new_receipt() -> str:
    """128 random bits as people copy them: WXYZ-2345-…, capital letters and the digits 2 to 7."""
    text = base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=")
    return "-".join(text[at : at + GROUP] for at in range(0, len(text), GROUP))


def new_salt() -> bytes:
    """What makes the key of one round's box its own; gone with the box."""
    return secrets.token_bytes(16)


def plain_receipt(text: str) -> str:
    """A receipt as typed, in its one spelling; ValueError where it cannot be one."""
    letters = "".join(character for character in text.upper() if character.isalnum())
    try:
        is_one = len(letters) == 26 and len(base64.b32decode(letters + "======")) == 16
    except ValueError:
        is_one = False
    if not is_one:
        raise ValueError("凭证应为 26 位大写字母和数字 2 至 7")
    return "-".join(letters[at : at + GROUP] for at in range(0, len(letters), GROUP))


def code_of(receipt: str, vote: str, number: str) -> str:
    """The code of the slip for one candidate: the first 32 hex digits of SHA-256 of receipt/vote/number, which
    anybody can compute without the portal."""
    return hashlib.sha256(f"{receipt}/{vote}/{number}".encode()).hexdigest()[:32]


def key_of(secret: str, salt: bytes) -> bytes:
    """The key of one round's box, from the portal's secret and the round's salt; without both there is none."""
    return HKDF(SHA256(), length=32, salt=salt, info=b"ballot box").derive(secret.encode())


def seal(slips: Iterable[Slip], room: int, key: bytes, label: str) -> bytes:
    """A box with these slips in the order of their codes, as long as one with `room` slips. The label says which box
    it is and how many have voted; it opens under the same label only."""
    laid = [PLACE.pack(bytes.fromhex(s.code), s.candidate, CHOICES[s.choice]) for s in sorted(slips)]
    if len(laid) > room:
        raise ValueError(f"{len(laid)} slips, room for {room}")
    content = b"".join(laid).ljust(room * PLACE.size, b"\0")
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, content, label.encode())


def opened(box: bytes, key: bytes, label: str) -> list[Slip]:
    """What lies in the box, in the order of the codes. `Unreadable` where it is not this box or not as sealed last."""
    try:
        content = AESGCM(key).decrypt(box[:NONCE], box[NONCE:], label.encode())
    except (InvalidTag, ValueError):
        raise Unreadable from None
    words = {number: choice for choice, number in CHOICES.items()}
    return [
        Slip(code.hex(), candidate, words[choice]) for code, candidate, choice in PLACE.iter_unpack(content) if choice
    ]
