"""JSON objects as a table: one row an object, a column a field that any of them has."""

import json
import re
from collections.abc import Iterable
from types import NoneType
from typing import Any

import polars as pl

from ingestion.encodings import UnreadableFile

MOST_FIELDS = 200
# An escape that may write half a character, which no table keeps.
HALF = re.compile(rb"\\u[dD][89a-fA-F]")
# Whole numbers up to here are exact in a float.
LARGEST_WHOLE = 2**53


class Fields:
    """Which fields objects have, and what each holds: collected over a whole file."""

    def __init__(self) -> None:
        self.types: dict[str, set[type]] = {}

    def add(self, one: dict[str, Any]) -> None:
        for name, value in one.items():
            kind = type(value)
            if kind is int and not -LARGEST_WHOLE <= value <= LARGEST_WHOLE:
                kind = _Exact
            try:
                self.types[name].add(kind)
            except KeyError:
                self.types[name] = {kind}
        if len(self.types) > MOST_FIELDS:
            raise UnreadableFile(f"The rows have more than {MOST_FIELDS} different fields.")

    @property
    def schema(self) -> dict[str, pl.DataType]:
        return {name: _column_type(held) for name, held in self.types.items()}


def columns_of(
    objects: Iterable[dict[str, Any]], schema: dict[str, pl.DataType], decimal: str
) -> pl.DataFrame:
    """Numbers and truth values keep their type where all of a column have it, else all are text,
    numbers among them with the decimal sign that the texts are said to have.
    """
    rows = list(objects)

    def values(name: str, dtype: pl.DataType) -> list[Any]:
        said = [one.get(name) for one in rows]
        return [_text(value, decimal) for value in said] if dtype == pl.String else said

    return pl.DataFrame(
        [pl.Series(name, values(name, t), dtype=t, strict=False) for name, t in schema.items()]
    )


class _Exact:
    """Stands for whole numbers that a float cannot hold, or no column of numbers at all."""


def _column_type(kinds: set[type]) -> pl.DataType:
    held = kinds - {NoneType}
    if held and held <= {int, float}:
        return pl.Float64() if float in held else pl.Int64()
    return pl.Boolean() if held == {bool} else pl.String()


def _text(value: Any, decimal: str) -> str | None:
    if isinstance(value, float):
        return json.dumps(value).replace(".", decimal)
    return value if value is None or isinstance(value, str) else json.dumps(value)
