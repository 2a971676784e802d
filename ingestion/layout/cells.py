"""Cells with types of their own, as a spreadsheet holds them, as columns of one type each."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl

# Spreadsheets keep 15 digits of a number; whatever is longer may have been cut already.
TOO_LONG = 1e15


def is_cut(cell: Any) -> bool:
    """A whole number of so many digits that its last ones may be lost."""
    return isinstance(cell, float) and abs(cell) >= TOO_LONG and cell.is_integer()


def column_types(rows: Iterable[Sequence[Any]], width: int) -> list[pl.DataType]:
    """The type of each column where all its cells share one, else text."""
    held: list[set[str]] = [set() for _ in range(width)]
    for cells in rows:
        for kinds, cell in zip(held, cells, strict=False):
            if cell != "" and not is_cut(cell):
                kinds.add(_kind(cell))
    return [_type(kinds) for kinds in held]


def typed_column(
    name: str, cells: Iterable[Any], dtype: pl.DataType, written: "Written"
) -> pl.Series:
    if dtype == pl.String:
        return pl.Series(name, [written.text(cell) for cell in cells], dtype=dtype)
    values = [None if cell == "" or is_cut(cell) else cell for cell in cells]
    if dtype == pl.Int64:
        values = [None if value is None else int(value) for value in values]
    return pl.Series(name, values, dtype=dtype, strict=False)


class Written:
    """How numbers and days are written where a column holds texts too: as those texts are."""

    def __init__(self, decimal: str, date_format: str | None) -> None:
        self.decimal, self.date_format = decimal, date_format

    def text(self, cell: Any) -> str | None:
        if cell == "":
            return None
        if isinstance(cell, bool):
            return "true" if cell else "false"
        if isinstance(cell, float):
            return str(int(cell)) if cell.is_integer() else str(cell).replace(".", self.decimal)
        if isinstance(cell, date) and self.date_format:
            return cell.strftime(self.date_format)
        return str(cell)


def _kind(cell: Any) -> str:
    if isinstance(cell, float):
        return "whole" if cell.is_integer() else "number"
    if isinstance(cell, date):
        return "moment" if isinstance(cell, datetime) else "day"
    return {bool: "truth", time: "clock", timedelta: "span"}.get(type(cell), "text")


def _type(kinds: set[str]) -> pl.DataType:
    if kinds == {"whole"}:
        return pl.Int64()
    if kinds and kinds <= {"whole", "number"}:
        return pl.Float64()
    if kinds and kinds <= {"moment", "day"}:
        return pl.Datetime("us")
    return pl.Boolean() if kinds == {"truth"} else pl.String()
