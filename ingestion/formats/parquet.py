"""Parquet: columns with types of their own."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from core.contracts.file_format import BATCH_ROWS, FIRST_ROW, FIRST_ROWS, Batch, FileFormat, Look
from ingestion.encodings import UnreadableFile
from ingestion.layout.heading import placed

MAGIC = b"PAR1"
DAMAGED = "This Parquet file is damaged: {}. Write it anew and try again."
BROKEN = (pa.ArrowException, OSError, pl.exceptions.PolarsError, EOFError)


@dataclass(frozen=True)
class Parquet(FileFormat):
    """Rows count from 1. Nested columns are no cells of a table and are left out."""

    key: ClassVar[str] = "parquet"
    title: ClassVar[str] = "Parquet"
    endings: ClassVar[tuple[str, ...]] = (".parquet",)

    @classmethod
    def recognises(cls, head: bytes) -> float:
        return 1.0 if head.startswith(MAGIC) else 0.0

    def look(self, path: Path) -> Look:
        names = placed([field.name for field in _flat(_opened(path))])
        rows = next(self.batches(path), None)
        return Look(rows.rows.head(FIRST_ROWS) if rows else pl.DataFrame(), (), (), names.nameless)

    def batches(self, path: Path) -> Iterator[Batch]:
        file = _opened(path)
        flat = _flat(file)
        names = placed([field.name for field in flat]).names
        row = _first_row(file)
        empty = True
        try:
            for part in file.iter_batches(BATCH_ROWS, columns=[field.name for field in flat]):
                frame = pl.from_arrow(part)
                assert isinstance(frame, pl.DataFrame)
                frame = frame.rename(dict(zip(frame.columns, names, strict=True)))
                yield Batch(frame.with_row_index("row", row).cast({"row": pl.Int64}))
                row, empty = row + part.num_rows, False
        except BROKEN as error:
            raise UnreadableFile(DAMAGED.format(error)) from error
        if empty:
            schema = {"row": pl.Int64, **dict.fromkeys(names, pl.String)}
            yield Batch(pl.DataFrame(schema=schema))

    def write_without(self, path: Path, rows: set[int], draft: Path) -> None:
        """A row becomes empty, nested columns included."""
        file = _opened(path)
        row = _first_row(file)
        with ExitStack() as stack:
            target = None
            for part in file.iter_batches(BATCH_ROWS):
                frame = pl.DataFrame(pl.from_arrow(part))
                stay = ~pl.int_range(row, row + pl.len()).is_in(sorted(rows))
                kept = frame.with_columns(pl.when(stay).then(pl.all()).name.keep()).to_arrow()
                kept = kept.replace_schema_metadata(file.schema_arrow.metadata)
                target = target or stack.enter_context(pq.ParquetWriter(draft, kept.schema))
                target.write_table(kept)
                row += part.num_rows


def _opened(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path)
    except BROKEN as error:
        raise UnreadableFile(DAMAGED.format(error)) from error


def _flat(file: pq.ParquetFile) -> list[pa.Field]:
    return [field for field in file.schema_arrow if not pa.types.is_nested(field.type)]


def _first_row(file: pq.ParquetFile) -> int:
    return int((file.schema_arrow.metadata or {}).get(FIRST_ROW.encode(), 1))
