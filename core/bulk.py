"""Whole tables in and out of Postgres by COPY; never row by row.

Frames go in through CSV; rows come out as CSV on disk and are read lazily, so that memory stays
flat whatever the table's size.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
from django.db import connection
from psycopg2 import sql

from core.ahead import Ahead, Pieces

CHUNK_ROWS = 200_000
Params = Sequence[Any] | Mapping[str, Any]


def copy_in(*, table: str, frame: pl.DataFrame) -> int:
    """Append the frame's columns, by name, to a table; NULL where the frame has null."""
    return copy_frames(table=table, columns=frame.columns, frames=frame.iter_slices(CHUNK_ROWS))


def copy_frames(*, table: str, columns: Sequence[str], frames: Iterable[pl.DataFrame]) -> int:
    """Append frames with these columns to a table by one COPY; how many rows.

    The next frame is made, in a thread, while the server takes in the one before: whatever makes
    the frames must not use the database.
    """
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv, NULL '\\N')").format(
        sql.Identifier(table), names
    )
    with connection.cursor() as cursor, Ahead(_texts(frames)) as texts:
        raw = cursor.cursor
        raw.copy_expert(statement.as_string(raw), Pieces(texts))
        return int(raw.rowcount)


def _texts(frames: Iterable[pl.DataFrame]) -> Iterator[bytes]:
    for frame in frames:
        if frame.is_empty():
            continue
        buffer = BytesIO()
        frame.write_csv(buffer, include_header=False, null_value="\\N", quote_style="necessary")
        yield buffer.getvalue()


@contextmanager
def copied_out(
    query: str, schema: Mapping[str, Any], params: Params = ()
) -> Iterator[pl.LazyFrame]:
    """The rows of a query as a lazy frame over a temporary CSV, gone when the block ends.

    ``schema`` names and types the columns in the query's order; the empty table has them too.
    """
    with tempfile.TemporaryDirectory(prefix="cba-copy-") as folder:
        path = Path(folder) / "rows.csv"
        with connection.cursor() as cursor, path.open("wb") as file:
            raw = cursor.cursor
            rows = raw.mogrify(query, params).decode()
            raw.copy_expert(f"COPY ({rows}) TO STDOUT (FORMAT csv)", file)
        if path.stat().st_size == 0:
            yield pl.LazyFrame(schema=dict(schema))
        else:
            yield _scan(path, schema)


def _scan(path: Path, schema: Mapping[str, Any]) -> pl.LazyFrame:
    """Read COPY's CSV: booleans are t and f, timestamps have a space."""
    read_as = {
        name: pl.String
        if dtype in (pl.Boolean, pl.Date) or isinstance(dtype, pl.Datetime)
        else dtype
        for name, dtype in schema.items()
    }
    frame = pl.scan_csv(path, has_header=False, schema=read_as)
    return frame.with_columns(
        *(pl.col(n) == "t" for n, dtype in schema.items() if dtype == pl.Boolean),
        *(
            pl.col(n).str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us")
            for n, dtype in schema.items()
            if isinstance(dtype, pl.Datetime)
        ),
        *(pl.col(n).str.to_date("%Y-%m-%d") for n, dtype in schema.items() if dtype == pl.Date),
    )


def read_query(query: str, schema: Mapping[str, Any], params: Params = ()) -> pl.DataFrame:
    """The rows of a query as a frame in memory."""
    with copied_out(query, schema, params) as rows:
        return rows.collect()


def rows_of_load(*, table: str, load_id: int) -> int:
    """How many rows of a table carry a load's id now."""
    counting = sql.SQL("SELECT count(*) FROM {} WHERE load_id = %s").format(sql.Identifier(table))
    with connection.cursor() as cursor:
        cursor.execute(counting.as_string(cursor.cursor), [load_id])
        count: int = cursor.fetchone()[0]
    return count
