"""JSON objects as a table: one row an object, a column a field that any of them has."""

import json
from collections.abc import Iterable
from typing import Any

import polars as pl

from ingestion.encodings import UnreadableFile

MOST_FIELDS = 200
LARGEST_INTEGER = 2**63
# Whole numbers up to here are exact in a float.
LARGEST_WHOLE = 2**53


class Fields:
    """Which fields objects have, and what each holds: collected over a whole file."""

    def __init__(self) -> None:
        self.types: dict[str, set[type]] = {}

    def add(self, one: dict[str, Any]) -> None:
        for name, value in one.items():
            held = self.types.setdefault(name, set())
            if value is not None:
                held.add(_type_of(value))
        if len(self.types) > MOST_FIELDS:
            raise UnreadableFile(f"The rows have more than {MOST_FIELDS} different fields.")

    @property
    def schema(self) -> dict[str, pl.DataType]:
        return {name: _column_type(held) for name, held in self.types.items()}


def columns_of(objects: Iterable[dict[str, Any]], schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """Numbers and truth values keep their type where all of a column have it, else all are text."""
    rows = list(objects)
    return pl.DataFrame(
        [
            pl.Series(
                name,
                [one.get(name) if dtype != pl.String else _text(one.get(name)) for one in rows],
                dtype=dtype,
                strict=False,
            )
            for name, dtype in schema.items()
        ],
    )


class _Exact:
    """Stands for whole numbers that a float cannot hold, or no column of numbers at all."""


def _type_of(value: Any) -> type:
    too_large = type(value) is int and not -LARGEST_WHOLE <= value <= LARGEST_WHOLE
    return _Exact if too_large else type(value)


def _column_type(held: set[type]) -> pl.DataType:
    if held and held <= {int, float}:
        return pl.Float64() if float in held else pl.Int64()
    return pl.Boolean() if held == {bool} else pl.String()


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)
