"""The files of features: a Parquet file per family and moment, and the mapped Arrow snapshot.

A file is written whole under another name, made durable, and renamed; it never changes afterwards.
"""

import os
import time
import uuid
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import polars as pl
import pyarrow as pa
from django.conf import settings

# Long enough for whoever has just looked up a path to have mapped it.
GRACE_SECONDS = 600


def write_family(family: str, frame: pl.DataFrame) -> Path:
    return _write("families", f"{family}-", ".parquet", frame.write_parquet)


def write_snapshot(frame: pl.DataFrame) -> Path:
    """Uncompressed Arrow, so that readers map it instead of reading it."""
    return _write("snapshots", "", ".arrow", lambda path: frame.rechunk().write_ipc(path))


@lru_cache(maxsize=4)
def read_snapshot(path: str) -> pl.DataFrame:
    """A file never changes, so its path is its content; the mapping is shared by all readers."""
    with pa.memory_map(path) as file:
        return pl.DataFrame(pl.from_arrow(pa.ipc.open_file(file).read_all()))


def remove_unused_snapshots(used: set[str]) -> None:
    """Delete snapshot files that no row names, and that nobody can still be about to map."""
    old = time.time() - GRACE_SECONDS
    for path in (root() / "snapshots").glob("*.arrow"):
        if str(path) not in used and path.stat().st_mtime <= old:
            path.unlink(missing_ok=True)


def remove_all_but(used: set[str]) -> int:
    """Delete every other file, drafts too, and wait for nobody: an erasure leaves no copy."""
    unused = [path for path in root().glob("*/*") if str(path) not in used]
    for path in unused:
        path.unlink(missing_ok=True)
    return len(unused)


def root() -> Path:
    return settings.CBA_HOME / "features"


def _write(folder: str, prefix: str, suffix: str, write: Callable[[Path], object]) -> Path:
    path = root() / folder / f"{prefix}{uuid.uuid4().hex[:12]}{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    write(draft)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)
    return path
