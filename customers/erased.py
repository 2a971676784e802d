"""The erasure list: keyed hashes of customer ids that were erased on request.

It is a file in CBA_HOME/erasures, outside the database and outside every backup, under a key of
its own: whatever brings rows in, or back, asks it first.
"""

import fcntl
import hashlib
import hmac
import os
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from core.locks import hold_lock

LOCK = "customers.erased"


def pseudonym(customer_id: str) -> str:
    """What stands for an erased person where a trace of the act must stay: equal ids meet."""
    return f"erased-{_hash('pseudonym', customer_id)[:20]}"


def add(customer_id: str, *, at: datetime, visitors: Iterable[str] = ()) -> None:
    """Write a person down as erased, durably; twice changes nothing.

    ``visitors`` are the ids by which a browser or an app knew nobody but this person.
    """
    path = _path()
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with path.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        known = _entries()
        hashes = [_hash("list", customer_id), *(_hash("visitor", one) for one in visitors)]
        new = [one for one in hashes if one not in known]
        if new:
            file.write("".join(f"{one} {at.isoformat()}\n" for one in new))
            file.flush()
            os.fsync(file.fileno())


def erased_at(customer_id: str) -> datetime | None:
    """When somebody was erased; None for everybody else."""
    at = _entries().get(_hash("list", customer_id))
    return datetime.fromisoformat(at) if at else None


def erased_among(customer_ids: Iterable[str]) -> set[str]:
    return _among("list", customer_ids)


def visitors_among(visitor_ids: Iterable[str]) -> set[str]:
    """Those of the visitors that were an erased person."""
    return _among("visitor", visitor_ids)


def length() -> int:
    """How long the list is: it only grows, so that equal lengths are equal lists."""
    return _path().stat().st_size if _path().exists() else 0


def hold_erasures() -> None:
    """In a transaction that enters rows: an erasure waits for its end."""
    hold_lock(LOCK, shared=True)


def wait_for_rows() -> None:
    """Wait for every transaction that began to enter rows before the list grew."""
    hold_lock(LOCK)


def _among(purpose: str, ids: Iterable[str]) -> set[str]:
    known = _entries()
    return {one for one in ids if _hash(purpose, one) in known} if known else set()


def _entries() -> dict[str, str]:
    """{hash: when}."""
    if not _path().exists():
        return {}
    stat = _path().stat()
    return _read(str(_path()), stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=2)
def _read(path: str, size: int, changed_at: int) -> dict[str, str]:
    """Read anew whenever the list has grown."""
    with Path(path).open() as file:
        # Half a line is one that is being written.
        return dict(line.split() for line in file if line.endswith("\n"))


def _hash(purpose: str, customer_id: str) -> str:
    text = f"{purpose}|{customer_id}".encode()
    return hmac.digest(settings.ERASURE_KEY.encode(), text, hashlib.sha256).hex()[:40]


def _path() -> Path:
    return settings.CBA_HOME / "erasures" / "list"
