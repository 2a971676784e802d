"""Ids that a spreadsheet has cut short (1.23457E+15): many long numbers have become one of them."""

import polars as pl

from core.contracts.import_kind import no_problems, problems

IDS = ("customer_id", "order_id")
CUT = r"^\s*\d([.,]\d+)?[eE]\+\d{2,}\s*$"
REASON = "a long number that a spreadsheet has cut short"
REMEDY = "export the file anew, with this column as text"


def without_cut_short(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows whose ids are whole, and a problem for each of the others."""
    texts = [name for name in IDS if rows.schema.get(name) == pl.String]
    cut = {name: rows[name].str.contains(CUT).fill_null(value=False) for name in texts}
    found = [problems(rows.filter(cells), name, REASON, REMEDY) for name, cells in cut.items()]
    told = pl.concat([no_problems(), *found])
    if told.is_empty():
        return rows, told
    return rows.filter(~pl.col("row").is_in(told["row"].implode())), told
