"""Files that rows name: whole or not there, and gone when no row names them any more."""

import os
import time
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

import polars as pl
import pyarrow as pa

# Long enough for whoever has just looked up a path to have opened it.
GRACE_SECONDS = 600


def write_whole(path: Path, write: Callable[[Path], object]) -> Path:
    """Write a file under another name, make it durable, and rename it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    write(draft)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)
    return path


def mapped_arrow(path: str) -> pl.DataFrame:
    """An Arrow file mapped into memory: readers share what of it they look at."""
    with pa.memory_map(path) as file:
        return pl.DataFrame(pl.from_arrow(pa.ipc.open_file(file).read_all()))


def remove_unnamed(files: Iterable[Path], named: Collection[str], *, at_once: bool = False) -> int:
    """Delete the files that no row names and nobody can still be about to open; how many.

    ``at_once`` waits for nobody: an erasure leaves no copy.
    """
    old = time.time() - GRACE_SECONDS
    unused = [
        path
        for path in files
        if str(path) not in named and (at_once or path.stat().st_mtime <= old)
    ]
    for path in unused:
        path.unlink(missing_ok=True)
    return len(unused)
