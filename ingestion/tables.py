"""Rows of another system as a table: a type for each column where all its values have one."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl

LARGEST_INTEGER = 2**63
NUMBERS = {int, float}
# The column of messages that are no rows.
UNREADABLE = "unreadable_message"


def table_of(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> pl.DataFrame:
    """Numbers, truth values, days and moments keep their type; all else becomes text."""
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pl.DataFrame(
        [_column(name, values) for name, values in zip(names, columns, strict=True)]
    )


def _column(name: str, values: Sequence[Any]) -> pl.Series:
    types = {type(value) for value in values if value is not None}
    whole = all(-LARGEST_INTEGER <= v < LARGEST_INTEGER for v in values if type(v) is int)
    if types and types <= NUMBERS and whole:
        return pl.Series(name, values, dtype=pl.Float64 if float in types else pl.Int64)
    if types == {bool}:
        return pl.Series(name, values, dtype=pl.Boolean)
    if types == {datetime}:
        zones = {value.tzinfo is not None for value in values if value is not None}
        if zones == {False}:
            return pl.Series(name, values, dtype=pl.Datetime("us"))
        if zones == {True}:
            moved = [value and value.astimezone(UTC) for value in values]
            return pl.Series(name, moved, dtype=pl.Datetime("us", "UTC"))
    if types == {date}:
        return pl.Series(name, values, dtype=pl.Date)
    return pl.Series(name, [_text(value) for value in values], dtype=pl.String)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode(errors="replace")
    if isinstance(value, bool | dict | list):
        return json.dumps(value, default=str)
    return str(value)


def object_of(text: bytes | str) -> dict[str, Any]:
    """A message as a row. One that is no JSON object becomes a row that is rejected, and told."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return found
    if isinstance(text, bytes):
        text = text.decode(errors="replace")
    return {UNREADABLE: text[:200].replace("\x00", "")}
