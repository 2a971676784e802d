"""The files of lists: one row a customer, sorted, mapped by whoever reads it.

A file is written whole under another name, made durable, and renamed; it never changes afterwards.
"""

import os
import time
import uuid
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
from django.conf import settings

# Long enough for whoever has just looked up a path to have mapped it.
GRACE_SECONDS = 600


def write_lists(frame: pl.DataFrame) -> Path:
    path = root() / f"{uuid.uuid4().hex[:12]}.arrow"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    frame.rechunk().write_ipc(draft)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)
    return path


@lru_cache(maxsize=4)
def read_lists(path: str) -> pl.DataFrame:
    """A file never changes, so its path is its content; the mapping is shared by all readers."""
    with pa.memory_map(path) as file:
        return pl.DataFrame(pl.from_arrow(pa.ipc.open_file(file).read_all()))


def row_of(path: str, customer_pk: int) -> dict[str, Any] | None:
    frame = read_lists(path)
    at = int(frame["customer_pk"].search_sorted(customer_pk))
    if at == frame.height or frame["customer_pk"][at] != customer_pk:
        return None
    return frame.row(at, named=True)


def remove_unused(used: set[str]) -> None:
    """Delete files that no row names, and that nobody can still be about to map."""
    old = time.time() - GRACE_SECONDS
    for path in root().glob("*.arrow"):
        if str(path) not in used and path.stat().st_mtime <= old:
            path.unlink(missing_ok=True)


def remove_all_but(used: set[str]) -> int:
    """Delete every other file, drafts too, and wait for nobody: an erasure leaves no copy."""
    unused = [path for path in root().glob("*") if str(path) not in used]
    for path in unused:
        path.unlink(missing_ok=True)
    return len(unused)


def root() -> Path:
    return settings.CBA_HOME / "recommendations" / "lists"
