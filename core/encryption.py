"""Personal data at rest: AES-GCM per value, and keyed look-ups that reveal only equality."""

import hashlib
import hmac
import os
import unicodedata
from collections.abc import Iterable, Iterator
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
    keyed = _keyed().copy()
    keyed.update(fold(text).encode())
    return keyed.digest()[:16]


@cache
def _keyed() -> hmac.HMAC:
    """The key is taken in once; a copy costs less than to begin anew."""
    return hmac.new(_key("index"), digestmod=hashlib.sha256)


def name_indexes(names: Iterable[str | None]) -> Iterator[list[bytes] | None]:
    """Of each name, blind indexes of its words and of their three-letter prefixes."""
    # Names share words: each is worked out once, and forgotten with these names.
    hashed = cache(blind_index)
    for name in names:
        yield sorted(map(hashed, _parts(name))) if name else None


def _parts(name: str) -> set[str]:
    words = fold(name).split()
    return {*words, *(word[:_PREFIX_LETTERS] for word in words if len(word) >= _PREFIX_LETTERS)}


def fold(text: str) -> str:
    """As two spellings of one name are compared."""
    return unicodedata.normalize("NFKC", text).strip().casefold()
