"""Who goes where, by hash of a salt and a customer's id: a re-run and new customers move nobody."""

import hashlib
from collections.abc import Sequence

import numpy as np

CONTROL = -1
DIGEST_BYTES = 8
# A float64 holds 53 bits exactly.
BITS_TOO_MANY = 8 * DIGEST_BYTES - 53


def shares(salt: str, ids: Sequence[str]) -> np.ndarray:
    """One number in [0, 1) for each id: even, and independent between salts (BLAKE2b)."""
    salted = hashlib.blake2b(f"{salt}\0".encode(), digest_size=DIGEST_BYTES)

    def digest(one: str) -> bytes:
        hashed = salted.copy()
        hashed.update(one.encode())
        return hashed.digest()

    drawn = np.frombuffer(b"".join(map(digest, ids)), dtype=">u8")
    return (drawn >> BITS_TOO_MANY) * 2.0**-53


def arms(salt: str, ids: Sequence[str], *, control_share: float, variants: int) -> np.ndarray:
    """CONTROL, or the place of a variant, for each id.

    Variants have a hash of their own, so that another control share leaves everybody's variant.
    """
    places = np.floor(shares(f"{salt}/variant", ids) * variants).astype(np.int16)
    return np.where(shares(salt, ids) < control_share, np.int16(CONTROL), places)
