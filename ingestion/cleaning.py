"""Cells become values of the declared type; what cannot, becomes a problem with a remedy."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from core.contracts.columns import Column
from core.contracts.import_kind import LARGEST_MONEY, PROBLEM_SCHEMA, LoadContext, minor_units
from core.errors import Refused
from ingestion.moments import filled, moments
from ingestion.named_by_address import BY_ADDRESS

# Whole numbers up to here are exact in a float.
LARGEST_WHOLE = 2**53
SAMPLE = datetime(2026, 1, 31, 18, 30, tzinfo=UTC)
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
YES, NO = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")

REMEDIES = {
    "integer": "write a whole number, like 3",
    "decimal": "write a number like 12.5",
    "money": "write an amount like 12.40",
    "timestamp": "write it like 2026-01-31 18:30",
    "date": "write it like 2026-01-31",
    "boolean": "write true or false",
    "object": 'write it like {"page": 2}',
}
REASONS = {
    "integer": "not a whole number",
    "decimal": "not a number",
    "money": "not an amount",
    "timestamp": "not a time that exists",
    "date": "not a day that exists",
    "boolean": "neither true nor false",
    "object": "not a JSON object that can be kept",
}


class BadOption(Refused):
    code = "bad_option"
    remedy = "Correct the option in the mapping, and bring the file in again."


@dataclass(frozen=True)
class Typed:
    """``rows`` that can be used, typed; ``problems`` one per cell that could not be."""

    rows: pl.DataFrame
    problems: pl.DataFrame


def typed_rows(rows: pl.DataFrame, columns: Iterable[Column], context: LoadContext) -> Typed:
    """Convert each declared column that is there. Money becomes integer minor units.

    A timestamp brings a second column, NAME__source: its own wall time as text, before any zone.
    """
    present = [column for column in columns if column.name in rows.columns]
    values = [value for c in present for value in _values(c, rows, context)]
    converted = rows.with_columns(values)
    found = [problem for c in present for problem in _problems(c, rows, converted, context)]
    problems = pl.concat(found) if found else pl.DataFrame(schema=PROBLEM_SCHEMA)
    if problems.is_empty():
        return Typed(converted, problems)
    return Typed(converted.filter(~pl.col("row").is_in(problems["row"].implode())), problems)


def infer_further(rows: pl.DataFrame, names: Iterable[str], context: LoadContext) -> pl.DataFrame:
    """Columns that no kind declares: numbers where every value is one, else text."""
    for name in names:
        if rows.schema[name] == pl.String:
            text = filled(pl.col(name))
            number = _number(pl.col(name), pl.String(), context)
            both = rows.select(number.alias("number"), text.alias("text"))
            all_numbers = (both["number"].is_not_null() | both["text"].is_null()).all()
            rows = rows.with_columns(both["number" if all_numbers else "text"].alias(name))
        elif rows.schema[name].is_float() or rows.schema[name].is_decimal():
            number = pl.col(name).cast(pl.Float64)
            rows = rows.with_columns(pl.when(number.is_finite()).then(number).alias(name))
        elif rows.schema[name].is_temporal():
            rows = rows.with_columns(pl.col(name).cast(pl.String))
    return rows


def _values(
    column: Column, rows: pl.DataFrame, context: LoadContext
) -> list[pl.Expr] | list[pl.Series]:
    cell, dtype = pl.col(column.name), rows.schema[column.name]
    if column.dtype == "timestamp":
        return moments(rows[column.name], context)
    if column.dtype == "text":
        return [filled(cell.cast(pl.String)).alias(column.name)]
    if column.dtype == "boolean":
        return [_booleans(rows[column.name])]
    if column.dtype == "object":
        text = filled(cell.cast(pl.String))
        return [text.map_elements(_object, return_dtype=pl.String).alias(column.name)]
    if column.dtype == "date":
        return [_date(cell, dtype, context).alias(column.name)]
    if column.dtype == "integer" and (read := _all_whole(rows[column.name])) is not None:
        return [read]
    return [_numbers(rows[column.name], column, context)]


def _numbers(cells: pl.Series, column: Column, context: LoadContext) -> pl.Series:
    """Step by step: an expression would work out a part of itself as often as it names it."""
    value = pl.col(cells.name)
    carefully = _number(value, cells.dtype, context)
    if cells.dtype == pl.String and context.options.get("decimal") != ",":
        read = cells.cast(pl.Float64, strict=False)
        odd = (read.is_null() & cells.is_not_null()).arg_true()
        if len(odd):
            again = cells.gather(odd).to_frame().select(carefully)
            read = read.scatter(odd, again.to_series())
    else:
        read = cells.to_frame().select(carefully).to_series()
    number = read.to_frame().select(pl.when(value.is_finite()).then(value))
    if column.dtype == "money":
        number = number.select(minor_units(value, context.minor_per_major))
    if column.dtype == "integer":
        whole = (value == value.floor()) & (value.abs() < LARGEST_WHOLE)
        number = number.select(pl.when(whole).then(value).cast(pl.Int64, strict=False))
    return number.to_series().alias(cells.name)


def _all_whole(cells: pl.Series) -> pl.Series | None:
    """The numbers where nothing but plain whole numbers is there: the quick way."""
    read = cells.cast(pl.Int64, strict=False) if cells.dtype == pl.String else None
    plain = read is not None and read.null_count() == cells.null_count()
    return read if plain and (read.abs() < LARGEST_WHOLE).all() else None


def _problems(
    column: Column, before: pl.DataFrame, after: pl.DataFrame, context: LoadContext
) -> list[pl.DataFrame]:
    said = filled(pl.col(column.name).cast(pl.String)).alias("value")
    value = after[column.name]
    found = []
    cells = before.select("row", column.name)
    unread = cells.filter(value.is_null()).select("row", said)
    if column.needed:
        found.append((unread.filter(pl.col("value").is_null()), "empty", f"give the {column.name}"))
    if column.dtype in REASONS:
        wrong = unread.filter(pl.col("value").is_not_null())
        found.append((wrong, REASONS[column.dtype], _remedy(column.dtype, context)))
    if column.dtype == "timestamp":
        latest = context.now + timedelta(days=1)
        for outside, reason in ((value > latest, "lies in the future"),
                                (value < EARLIEST, "lies before 1970")):  # fmt: skip
            rows = cells.filter(outside.fill_null(value=False)).select("row", said)
            found.append((rows, reason, "give the true time"))
    return [_as_problems(rows, column.name, reason, remedy) for rows, reason, remedy in found]


def _remedy(dtype: str, context: LoadContext) -> str:
    """How the value would be read as the file is written: its decimal sign, its form of dates."""
    form = context.options.get("date_format")
    if dtype in ("timestamp", "date") and form:
        return f"write it like {SAMPLE.strftime(form)}"
    comma = dtype in ("money", "decimal") and context.options.get("decimal") == ","
    return REMEDIES[dtype].replace("12.", "12,") if comma else REMEDIES[dtype]


def _as_problems(rows: pl.DataFrame, name: str, reason: str, remedy: str) -> pl.DataFrame:
    return rows.select(
        pl.col("row"),
        pl.lit(name).alias("column"),
        pl.col("value").fill_null("").str.slice(0, 200),
        pl.lit(reason).alias("reason"),
        pl.lit(remedy).alias("remedy"),
    ).cast(PROBLEM_SCHEMA)


def _number(cell: pl.Expr, dtype: pl.DataType, context: LoadContext) -> pl.Expr:
    if dtype.is_numeric():
        number = cell.cast(pl.Float64)
    else:
        text = filled(cell.cast(pl.String))
        if context.options.get("decimal") == ",":
            text = text.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
        number = text.cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number)


def _booleans(cells: pl.Series) -> pl.Series:
    """Each word that is there is looked at once."""
    if cells.dtype == pl.Boolean:
        return cells
    said = cells.alias("said").unique()
    word = pl.select(filled(pl.lit(said.cast(pl.String))).str.to_lowercase()).to_series()
    read = pl.DataFrame([said, word.alias("word")]).with_columns(
        pl.when(pl.col("word").is_in(YES))
        .then(pl.lit(value=True))
        .when(pl.col("word").is_in(NO))
        .then(pl.lit(value=False))
        .alias("read")
    )
    every = cells.alias("said").to_frame()
    return every.join(read, on="said", how="left", nulls_equal=True, maintain_order="left")[
        "read"
    ].alias(cells.name)


def _object(text: str) -> str | None:
    """The same object as a database keeps it; None where it keeps none such."""
    try:
        found = json.loads(text)
        written = json.dumps(found, ensure_ascii=False, allow_nan=False)
        written.encode()
    except (ValueError, RecursionError):
        return None
    return written if isinstance(found, dict) and "\\u0000" not in written else None


def _date(cell: pl.Expr, dtype: pl.DataType, context: LoadContext) -> pl.Expr:
    if dtype == pl.Date or isinstance(dtype, pl.Datetime):
        return _in_calendar(cell.cast(pl.Date))
    form = context.options.get("date_format", "%Y-%m-%d")
    text = filled(cell.cast(pl.String)).str.slice(0, 10 if form == "%Y-%m-%d" else None)
    return _in_calendar(text.str.to_date(form, strict=False))


def _in_calendar(day: pl.Expr) -> pl.Expr:
    """Years of one to four digits: what a database and a calendar both know."""
    return pl.when(day.dt.year().is_between(1, 9999)).then(day)


def _is_amount(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and abs(value) < LARGEST_MONEY


def check_options(options: dict[str, Any]) -> None:
    """Refuse options that no file can have, before anything is read."""
    delimiter, decimal = options.get("delimiter"), options.get("decimal")
    if delimiter is not None and (not isinstance(delimiter, str) or len(delimiter) != 1):
        raise BadOption(f"The delimiter is one character, not {delimiter!r}.")
    rows, total = options.get("expected_rows"), options.get("expected_sum")
    if not isinstance(options.get(BY_ADDRESS, False), bool):
        raise BadOption(f"{BY_ADDRESS} is true or false.")
    if rows is not None and (not isinstance(rows, int) or isinstance(rows, bool) or rows < 0):
        raise BadOption(f"expected_rows is how many rows the file should have, not {rows!r}.")
    if total is not None and not _is_amount(total):
        raise BadOption(f"expected_sum is the sum of the file's amounts, not {total!r}.")
    if decimal not in (None, ".", ","):
        raise BadOption(f"The decimal sign is . or , and not {decimal!r}.")
