"""A download of rejected rows that comes back: its texts are read without what guarded them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import polars as pl

from core.contracts.file_format import Batch, Look
from core.downloads import FORMULA, unguarded

# What a download of rejected rows has beside the file's own columns.
REPORT_COLUMNS = ("rejected_column", "rejected_value", "rejected_reason", "rejected_remedy")
GUARDED = "^'+[" + "".join(map(re.escape, FORMULA)) + "]"


def was_given_out(columns: Iterable[str]) -> bool:
    """Whether a file is such a download; one without all of its columns is anybody's file."""
    return set(REPORT_COLUMNS) <= set(columns)


def look_as_it_was(look: Look) -> Look:
    return replace(look, rows=_as_they_were(look.rows)) if was_given_out(look.columns) else look


def batches_as_they_were(batches: Iterable[Batch]) -> Iterator[Batch]:
    for batch in batches:
        if not was_given_out(batch.rows.columns):
            yield batch
            continue
        unread = tuple(
            one._replace(cells=one.cells and tuple(map(unguarded, one.cells)))
            for one in batch.unread
        )
        yield Batch(_as_they_were(batch.rows), unread)


def _as_they_were(rows: pl.DataFrame) -> pl.DataFrame:
    cell = pl.col(pl.String)
    bare = pl.when(cell.str.contains(GUARDED)).then(cell.str.slice(1)).otherwise(cell)
    names = {name: unguarded(name) for name in rows.columns}
    # Two names that are one without their guard are left to be told apart.
    same = len(set(names.values())) < len(names)
    return rows.with_columns(bare.name.keep()).rename({} if same else names)
