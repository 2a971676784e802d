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

# Whole numbers up to here are exact in a float.
LARGEST_WHOLE = 2**53
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
YES, NO = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")
TIME_FORMATS = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d")
# Date and time, then nothing, Z or an offset. A date's own hyphens stand before the time.
OFFSET = r"^(.*T.*?)(Z|[+-]\d{2}:?\d{2})$"

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
    values = [value for c in present for value in _values(c, rows.schema[c.name], context)]
    converted = rows.with_columns(values)
    found = [problem for c in present for problem in _problems(c, rows, converted, context)]
    problems = pl.concat(found) if found else pl.DataFrame(schema=PROBLEM_SCHEMA)
    good = converted.join(problems.select("row"), on="row", how="anti") if found else converted
    return Typed(good, problems)


def infer_further(rows: pl.DataFrame, names: Iterable[str], context: LoadContext) -> pl.DataFrame:
    """Columns that no kind declares: numbers where every value is one, else text."""
    for name in names:
        if rows.schema[name] == pl.String:
            text = _text(pl.col(name))
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


def _values(column: Column, dtype: pl.DataType, context: LoadContext) -> list[pl.Expr]:
    cell = pl.col(column.name)
    if column.dtype == "timestamp":
        moment, source = _timestamp(cell, dtype, context)
        return [moment.alias(column.name), source.alias(f"{column.name}__source")]
    if column.dtype == "text":
        return [_text(cell.cast(pl.String)).alias(column.name)]
    if column.dtype == "boolean":
        return [_boolean(cell, dtype).alias(column.name)]
    if column.dtype == "object":
        text = _text(cell.cast(pl.String))
        return [text.map_elements(_object, return_dtype=pl.String).alias(column.name)]
    if column.dtype == "date":
        return [_date(cell, dtype, context).alias(column.name)]
    number = _number(cell, dtype, context)
    if column.dtype == "money":
        number = minor_units(number, context.minor_per_major)
    if column.dtype == "integer":
        whole = (number == number.floor()) & (number.abs() < LARGEST_WHOLE)
        number = pl.when(whole).then(number).cast(pl.Int64, strict=False)
    return [number.alias(column.name)]


def _problems(
    column: Column, before: pl.DataFrame, after: pl.DataFrame, context: LoadContext
) -> list[pl.DataFrame]:
    raw = before.select("row", _text(pl.col(column.name).cast(pl.String)).alias("value"))
    value = after[column.name]
    found = []
    if column.needed:
        found.append((raw.filter(raw["value"].is_null()), "empty", f"give the {column.name}"))
    if column.dtype in REASONS:
        wrong = raw.filter(raw["value"].is_not_null() & value.is_null())
        found.append((wrong, REASONS[column.dtype], REMEDIES[column.dtype]))
    if column.dtype == "timestamp":
        latest = context.now + timedelta(days=1)
        found.append((raw.filter((value > latest).fill_null(value=False)), "lies in the future",
                      "give the true time"))  # fmt: skip
        found.append((raw.filter((value < EARLIEST).fill_null(value=False)), "lies before 1970",
                      "give the true time"))  # fmt: skip
    return [_as_problems(rows, column.name, reason, remedy) for rows, reason, remedy in found]


def _as_problems(rows: pl.DataFrame, name: str, reason: str, remedy: str) -> pl.DataFrame:
    return rows.select(
        pl.col("row"),
        pl.lit(name).alias("column"),
        pl.col("value").fill_null("").str.slice(0, 200),
        pl.lit(reason).alias("reason"),
        pl.lit(remedy).alias("remedy"),
    ).cast(PROBLEM_SCHEMA)


def _text(cell: pl.Expr) -> pl.Expr:
    stripped = cell.str.strip_chars()
    return pl.when(stripped != "").then(stripped)


def _number(cell: pl.Expr, dtype: pl.DataType, context: LoadContext) -> pl.Expr:
    if dtype.is_numeric():
        number = cell.cast(pl.Float64)
    else:
        text = _text(cell.cast(pl.String))
        if context.options.get("decimal") == ",":
            text = text.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
        number = text.cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number)


def _boolean(cell: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.Boolean:
        return cell
    word = _text(cell.cast(pl.String)).str.to_lowercase()
    return (
        pl.when(word.is_in(YES))
        .then(pl.lit(value=True))
        .when(word.is_in(NO))
        .then(pl.lit(value=False))
    )


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
    text = _text(cell.cast(pl.String)).str.slice(0, 10 if form == "%Y-%m-%d" else None)
    return _in_calendar(text.str.to_date(form, strict=False))


def _in_calendar(day: pl.Expr) -> pl.Expr:
    """Years of one to four digits: what a database and a calendar both know."""
    return pl.when(day.dt.year().is_between(1, 9999)).then(day)


def _timestamp(cell: pl.Expr, dtype: pl.DataType, context: LoadContext) -> tuple[pl.Expr, pl.Expr]:
    """The moment in UTC, and the source's own wall time as text."""
    zone = context.source_zone
    if isinstance(dtype, pl.Datetime) and dtype.time_zone:
        moment = cell.dt.convert_time_zone("UTC").cast(pl.Datetime("us", "UTC"))
        return moment, moment.dt.replace_time_zone(None).dt.strftime("%Y-%m-%dT%H:%M:%S%.6f")
    if isinstance(dtype, pl.Datetime) or dtype == pl.Date:
        wall, offset = cell.cast(pl.Datetime("us")), pl.lit(None, pl.String)
    else:
        text = _text(cell.cast(pl.String)).str.replace(" ", "T", literal=True)
        offset = text.str.extract(OFFSET, 2)
        wall = _wall(pl.coalesce(text.str.extract(OFFSET, 1), text), context)
    at_offset = (wall - _minutes(offset)).dt.replace_time_zone("UTC")
    moment = pl.when(offset.is_not_null()).then(at_offset).otherwise(_in_zone(wall, zone))
    written = wall.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f")
    return moment, pl.concat_str(written, offset.fill_null(""))


def _wall(text: pl.Expr, context: LoadContext) -> pl.Expr:
    form = context.options.get("date_format")
    forms = (form.replace(" ", "T", 1),) if form else TIME_FORMATS
    return pl.coalesce(
        text.str.to_datetime(f, time_unit="us", strict=False, exact=True) for f in forms
    )


def _minutes(offset: pl.Expr) -> pl.Expr:
    """An offset like +05:30 as a duration; Z is none."""
    hours = offset.str.slice(1, 2).cast(pl.Int64, strict=False)
    minutes = offset.str.slice(-2, 2).cast(pl.Int64, strict=False)
    sign = pl.when(offset.str.starts_with("-")).then(-1).otherwise(1)
    total = pl.when(offset == "Z").then(0).otherwise(sign * (hours * 60 + minutes))
    return pl.duration(minutes=total)


def _in_zone(wall: pl.Expr, zone: str) -> pl.Expr:
    """A wall time that does not exist is an hour later; of two equal ones, the earlier."""

    def placed(local: pl.Expr) -> pl.Expr:
        return local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")

    later = placed(wall + pl.duration(hours=1))
    return pl.coalesce(placed(wall), later).dt.convert_time_zone("UTC")


def _is_amount(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and abs(value) < LARGEST_MONEY


def check_options(options: dict[str, Any]) -> None:
    """Refuse options that no file can have, before anything is read."""
    delimiter, decimal = options.get("delimiter"), options.get("decimal")
    if delimiter is not None and (not isinstance(delimiter, str) or len(delimiter) != 1):
        raise BadOption(f"The delimiter is one character, not {delimiter!r}.")
    rows, total = options.get("expected_rows"), options.get("expected_sum")
    if rows is not None and (not isinstance(rows, int) or isinstance(rows, bool) or rows < 0):
        raise BadOption(f"expected_rows is how many rows the file should have, not {rows!r}.")
    if total is not None and not _is_amount(total):
        raise BadOption(f"expected_sum is the sum of the file's amounts, not {total!r}.")
    if decimal not in (None, ".", ","):
        raise BadOption(f"The decimal sign is . or , and not {decimal!r}.")
