"""A JSON array of objects as a table: one row an object, a column a field that any of them has."""

import json
import re
from pathlib import Path
from typing import Any

import polars as pl

from ingestion.encodings import UnreadableFile

# An array of objects; a CSV header may begin with a bracket too, and then names a column.
ARRAY = re.compile(rb"\s*\[\s*\{")
MOST_FIELDS = 200
MOST_BYTES = 64 * 1024**2
LARGEST_INTEGER = 2**63


def is_json(head: bytes) -> bool:
    return ARRAY.match(head) is not None


def json_table(path: Path) -> pl.DataFrame:
    """Numbers and truth values keep their type where all of a column have it, else all are text."""
    if path.stat().st_size > MOST_BYTES:
        limit = MOST_BYTES // 1024**2
        raise UnreadableFile(f"A JSON file holds at most {limit} MB. Bring it as CSV or Parquet.")
    try:
        objects = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(f"The file cannot be read as JSON: {error}.") from error
    for place, one in enumerate(objects, start=1):
        if not isinstance(one, dict):
            raise UnreadableFile(f"Row {place} is no object with the names of its columns.")
    names = list(dict.fromkeys(name for one in objects for name in one))
    if len(names) > MOST_FIELDS:
        raise UnreadableFile(f"The rows have more than {MOST_FIELDS} different fields.")
    return pl.DataFrame([_column(name, [one.get(name) for one in objects]) for name in names])


def _column(name: str, values: list[Any]) -> pl.Series:
    types = {type(value) for value in values if value is not None}
    whole = all(-LARGEST_INTEGER <= v < LARGEST_INTEGER for v in values if type(v) is int)
    if types and types <= {int, float} and whole:
        return pl.Series(name, values, dtype=pl.Float64 if float in types else pl.Int64)
    if types == {bool}:
        return pl.Series(name, values, dtype=pl.Boolean)
    return pl.Series(name, [_text(value) for value in values], dtype=pl.String)


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)
