"""A JSON array of objects; it is read whole, so its size has a limit."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from core.contracts.file_format import FIRST_ROWS, Batch, FileFormat, Look, sliced
from ingestion.encodings import UnreadableFile
from ingestion.layout.heading import placed
from ingestion.layout.objects import HALF, Fields, columns_of

# An array of objects; a CSV header may begin with a bracket too, and then names a column.
ARRAY = re.compile(rb"(\xef\xbb\xbf)?\s*\[\s*\{")
MOST_BYTES = 64 * 1024**2


@dataclass(frozen=True)
class JsonArray(FileFormat):
    """Rows count from 1."""

    key: ClassVar[str] = "json"
    title: ClassVar[str] = "JSON, an array of objects"
    endings: ClassVar[tuple[str, ...]] = (".json",)

    # How numbers are written as text where a column holds texts too.
    decimal: str = "."

    @classmethod
    def recognises(cls, head: bytes) -> float:
        return 0.9 if ARRAY.match(head) else 0.0

    def look(self, path: Path) -> Look:
        frame, nameless = _table(path, self.decimal)
        return Look(frame.head(FIRST_ROWS), (), (), nameless)

    def batches(self, path: Path) -> Iterator[Batch]:
        frame, _ = _table(path, self.decimal)
        yield from map(Batch, sliced(frame))

    def write_without(self, path: Path, rows: set[int], draft: Path) -> None:
        kept = [{} if row in rows else one for row, one in enumerate(_objects(path), 1)]
        draft.write_text(json.dumps(kept))


def _table(path: Path, decimal: str) -> tuple[pl.DataFrame, tuple[str, ...]]:
    objects = _objects(path)
    fields = Fields()
    for one in objects:
        fields.add(one)
    frame = columns_of(objects, fields.schema, decimal)
    named = placed(frame.columns)
    frame = frame.rename(dict(zip(frame.columns, named.names, strict=True)))
    numbers = pl.int_range(1, len(objects) + 1, dtype=pl.Int64, eager=True).alias("row")
    return pl.DataFrame([numbers, *frame]), named.nameless


def _objects(path: Path) -> list[dict[str, Any]]:
    if path.stat().st_size > MOST_BYTES:
        limit = MOST_BYTES // 1024**2
        raise UnreadableFile(
            f"A JSON array holds at most {limit} MB. Bring it as JSON lines, CSV or Parquet."
        )
    try:
        data = path.read_bytes()
        objects = json.loads(data)
        if HALF.search(data):
            json.dumps(objects, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise UnreadableFile("A text holds half a character. Write it whole.") from error
    except json.JSONDecodeError as error:
        raise UnreadableFile(
            f"The file cannot be read as JSON from line {error.lineno:,}, letter {error.colno:,}"
            f" on: {error.msg.lower()}. It may stop in the middle: get the whole file anew."
        ) from error
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(f"The file cannot be read as JSON: {error}.") from error
    for place, one in enumerate(objects, start=1):
        if not isinstance(one, dict):
            raise UnreadableFile(f"Row {place} is no object with the names of its columns.")
    found: list[dict[str, Any]] = objects
    return found
