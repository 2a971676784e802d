"""Personal data at rest: AES-GCM per value, and keyed look-ups that reveal only equality."""

import hashlib
import hmac
import os
import unicodedata
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_NONCE_BYTES = 12
_PREFIX_LETTERS = 3


@cache
def _key(purpose: str) -> bytes:
    """One key a purpose, derived from the installation's data key."""
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
    return derive.derive(settings.DATA_KEY.encode())


@cache
def _cipher() -> AESGCM:
    return AESGCM(_key("personal"))


def encrypt(text: str) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + _cipher().encrypt(nonce, text.encode(), None)


def decrypt(data: bytes) -> str:
    data = bytes(data)
    plain = _cipher().decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], None)
    return plain.decode()


def blind_index(text: str) -> bytes:
    """Keyed HMAC of the folded value, 16 bytes: equal values meet, nothing else shows."""
    return hmac.digest(_key("index"), fold(text).encode(), hashlib.sha256)[:16]


def name_index(name: str) -> list[bytes]:
    """Blind indexes of a name's words and of their three-letter prefixes."""
    words = fold(name).split()
    parts = {*words, *(word[:_PREFIX_LETTERS] for word in words if len(word) >= _PREFIX_LETTERS)}
    return sorted(blind_index(part) for part in parts)


def fold(text: str) -> str:
    """As two spellings of one name are compared."""
    return unicodedata.normalize("NFKC", text).strip().casefold()
