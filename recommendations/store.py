"""The files of lists: one row a customer, sorted, mapped by whoever reads it.

A file is written whole under another name, made durable, and renamed; it never changes afterwards.
"""

import uuid
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from django.conf import settings

from core.files import mapped_arrow, remove_unnamed, write_whole


def write_lists(frame: pl.DataFrame) -> Path:
    return write_whole(root() / f"{uuid.uuid4().hex[:12]}.arrow", frame.rechunk().write_ipc)


@lru_cache(maxsize=4)
def read_lists(path: str) -> pl.DataFrame:
    """A file never changes, so its path is its content; the mapping is shared by all readers."""
    return mapped_arrow(path)


def row_of(path: str, customer_pk: int) -> dict[str, Any] | None:
    frame = read_lists(path)
    at = int(np.searchsorted(frame["customer_pk"].to_numpy(), customer_pk))
    if at == frame.height or frame["customer_pk"][at] != customer_pk:
        return None
    return frame.row(at, named=True)


def remove_unused(used: set[str]) -> None:
    """Delete files that no row names, and that nobody can still be about to map."""
    remove_unnamed(root().glob("*.arrow"), used)


def remove_all_but(used: set[str]) -> int:
    """Delete every other file, drafts too, and wait for nobody: an erasure leaves no copy."""
    return remove_unnamed(root().glob("*"), used, at_once=True)


def root() -> Path:
    return settings.CBA_HOME / "recommendations" / "lists"
