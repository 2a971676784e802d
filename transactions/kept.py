"""Tables that take all lines to work out, kept as files while the mirror is what they are made of.

A file carries the mirror's state in its name: once a file of the mirror goes, as after an erasure,
a correction or a new load, nobody reads what was kept of before, and it is removed with the
mirror's other unused files.
"""

from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import polars as pl
from django.db import transaction

from core.files import mapped_arrow, write_whole
from core.locks import hold_lock
from core.once import ask_again
from transactions.frames import mirror_paths
from transactions.mirror import root


def kept_table(name: str, work: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    """What ``work`` makes of the mirror as it stands; worked out by the first who asks.

    ``name`` is of letters, digits, ``_`` and ``.``, and says all that the table depends on beside
    the mirror.
    """
    state = _state()
    path = _folder() / f"{name}-{state}.arrow"
    if not path.exists():
        _keep(path, work)
        ask_again(mirror_paths)
        if _state() != state:
            # What went meanwhile, perhaps a person's purchases, is not left behind in it.
            path.unlink(missing_ok=True)
            return kept_table(name, work)
    try:
        return _mapped(str(path))
    except FileNotFoundError:
        ask_again(mirror_paths)
        return work()


def kept_in_use() -> set[str]:
    """The files that a reader may open now."""
    return {str(path) for path in _folder().glob(f"*-{_state()}.arrow")}


def _keep(path: Path, work: Callable[[], pl.DataFrame]) -> None:
    """Several who ask at once wait for the first of them."""
    with transaction.atomic():
        hold_lock(f"transactions.kept {path.name}")
        if not path.exists():
            write_whole(path, work().rechunk().write_ipc)


@lru_cache(maxsize=32)
def _mapped(path: str) -> pl.DataFrame:
    """A file never changes, so its path is its content."""
    return mapped_arrow(path)


def _folder() -> Path:
    return root() / "kept"


def _state() -> str:
    named = [path for paths in mirror_paths().values() for path in paths]
    return sha256("\n".join(sorted(named)).encode()).hexdigest()[:16]
