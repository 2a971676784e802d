"""The files of features: a Parquet file per family and moment, and the mapped Arrow snapshot.

A file is written whole under another name, made durable, and renamed; it never changes afterwards.
"""

import uuid
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import polars as pl
from django.conf import settings

from core.files import mapped_arrow, remove_unnamed, write_whole


def write_family(family: str, frame: pl.DataFrame) -> Path:
    return _write("families", f"{family}-", ".parquet", frame.write_parquet)


def write_snapshot(frame: pl.DataFrame) -> Path:
    """Uncompressed Arrow, so that readers map it instead of reading it."""
    return _write("snapshots", "", ".arrow", lambda path: frame.rechunk().write_ipc(path))


@lru_cache(maxsize=4)
def read_snapshot(path: str) -> pl.DataFrame:
    """A file never changes, so its path is its content; the mapping is shared by all readers."""
    return mapped_arrow(path)


def remove_unused_snapshots(used: set[str]) -> None:
    """Delete snapshot files that no row names, and that nobody can still be about to map."""
    remove_unnamed((root() / "snapshots").glob("*.arrow"), used)


def remove_all_but(used: set[str]) -> int:
    """Delete every other file, drafts too, and wait for nobody: an erasure leaves no copy."""
    return remove_unnamed(root().glob("*/*"), used, at_once=True)


def root() -> Path:
    return settings.CBA_HOME / "features"


def _write(folder: str, prefix: str, suffix: str, write: Callable[[Path], object]) -> Path:
    return write_whole(root() / folder / f"{prefix}{uuid.uuid4().hex[:12]}{suffix}", write)
