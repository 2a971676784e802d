"""Given values that the record cannot hold become problems before they reach a table."""

import re

import polars as pl

from core.contracts.import_kind import ImportKind, no_problems, problems

NUMERIC = re.compile(r"numeric\((\d+),(\d+)\)")
WHOLE_BITS = {"smallint": 15, "integer": 31}


def within_limits(
    typed: pl.DataFrame, raw: pl.DataFrame, kind: ImportKind
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows whose values fit the staging table and their columns' length, and the others.

    ``raw`` has the cells as the file gives them.
    """
    found = [no_problems()]
    for column in kind.columns:
        if column.name not in typed.columns:
            continue
        cell = pl.col(column.name)
        limit = number_limit(kind.staging_columns().get(column.name, ""))
        if limit is not None:
            places, largest = limit
            found.append(
                _problems(
                    typed.filter(cell.round(places).abs() >= largest), raw, column.name,
                    f"beyond what can be kept: {largest:,} and more", "give the true number",
                )
            )  # fmt: skip
        if column.dtype == "text":
            found.append(
                _problems(
                    typed.filter(cell.str.len_chars() > column.longest), raw, column.name,
                    f"longer than {column.longest:,} characters", "shorten the text",
                )
            )  # fmt: skip
    beyond = pl.concat(found)
    held = typed.join(beyond.select("row"), on="row", how="anti") if beyond.height else typed
    return held, beyond


def number_limit(sql_type: str) -> tuple[int, int] | None:
    """Decimal places and the first whole number that is too large for a column of this type."""
    if sql_type in WHOLE_BITS:
        return 0, 2 ** WHOLE_BITS[sql_type]
    exact = NUMERIC.fullmatch(sql_type)
    if exact is None:
        return None
    digits, places = int(exact[1]), int(exact[2])
    return places, 10 ** (digits - places)


def _problems(
    rows: pl.DataFrame, raw: pl.DataFrame, column: str, reason: str, remedy: str
) -> pl.DataFrame:
    if rows.is_empty():
        return no_problems()
    cells = raw.select("row", pl.col(column).cast(pl.String).str.slice(0, 200))
    return problems(cells.join(rows.select("row"), on="row", how="semi"), column, reason, remedy)
