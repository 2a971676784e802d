"""Ids that stand for nobody (0, null, anonymous): all who have one are not one customer."""

import polars as pl

from core.contracts.import_kind import ImportKind, no_problems, problems
from customers.matching import matching

ID = "customer_id"
REASON = "stands for nobody"
REMEDY = "give the customer’s own id, or leave the row out"


def without_nobodies(rows: pl.DataFrame, kind: ImportKind) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that may enter, and a problem for each that names nobody where somebody is needed.

    Where nobody needs to be named, the id is empty.
    """
    if ID not in rows.columns:
        return rows, no_problems()
    said = rows[ID].cast(pl.String).str.strip_chars().str.to_lowercase()
    nobodies = said.is_in(matching().blocked).fill_null(value=False)
    if not nobodies.any():
        return rows, no_problems()
    if any(column.name == ID and column.needed for column in kind.columns):
        return rows.filter(~nobodies), problems(rows.filter(nobodies), ID, REASON, REMEDY)
    empty = pl.when(nobodies).then(None).otherwise(pl.col(ID)).alias(ID)
    return rows.with_columns(empty), no_problems()
