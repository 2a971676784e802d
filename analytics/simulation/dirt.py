"""Dirt in a table of texts, with a key that says what was done to which row and what follows."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from analytics.simulation.tables import Ints

REJECTED, DUPLICATE, ACCEPTED = "rejected", "duplicate", "accepted"
KEY = pl.Schema(
    {
        "row": pl.Int64,
        "column": pl.String,
        "kind": pl.String,
        "outcome": pl.String,
        "original": pl.String,
    }
)


@dataclass(frozen=True)
class Stain:
    """One kind of dirt in one column. ``becomes`` makes the dirty text of the clean one.

    ``again``: the clean row stays, and a second one with the dirty text follows it.
    """

    kind: str
    column: str
    outcome: str
    becomes: pl.Expr
    again: bool = False


def becomes(text: str) -> pl.Expr:
    return pl.lit(text, pl.String)


REJECTED_STAINS = (
    Stain("no_such_day", "occurred_at", REJECTED, becomes("31.02.2025 10:00")),
    Stain("future", "occurred_at", REJECTED, becomes("2999-01-01T00:00:00")),
    Stain("no_number", "amount", REJECTED, becomes("twelve")),
    Stain("too_large", "amount", REJECTED, becomes("99999999999999")),
    Stain("nobody", "customer_id", REJECTED, becomes("")),
    Stain("foreign_currency", "currency", REJECTED, becomes("XTS")),
    # The last column, and one cell too many.
    Stain("ragged", "returned", REJECTED, becomes("true,further")),
    Stain("same_key", "amount", REJECTED, pl.concat_str(pl.lit("9"), pl.col("amount")), again=True),
)
REPEATED = Stain("repeated", "order_id", DUPLICATE, pl.col("order_id"), again=True)
ODD_STAINS = (
    Stain("formula", "store", ACCEPTED, becomes("=1+1")),
    Stain("spaces", "customer_id", ACCEPTED, pl.concat_str(pl.lit("  "), pl.col("customer_id"))),
    Stain("capitals", "returned", ACCEPTED, pl.col("returned").str.to_uppercase()),
)
STAINS = (*REJECTED_STAINS, REPEATED, *ODD_STAINS)


def stained_rows(rng: np.random.Generator, rows: int, share: float) -> Ints:
    """Which stain each row gets, a position in STAINS, -1 for none: (rows,).

    ``share`` of the rows are spread evenly over what is rejected; half as many are repeated, and
    half as many are odd and yet in order.
    """
    wanted = [
        *(share / len(REJECTED_STAINS) for _ in REJECTED_STAINS),
        share / 2,
        *(share / 2 / len(ODD_STAINS) for _ in ODD_STAINS),
    ]
    counts = np.array([round(rows * part) for part in wanted])
    chosen = rng.choice(rows, size=counts.sum(), replace=False, shuffle=True)
    stains = np.full(rows, -1)
    stains[chosen] = np.repeat(np.arange(len(STAINS)), counts)
    return stains


def stain(
    clean: pl.DataFrame, stains: Ints, *, first_row: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows as a dirty file has them, and the key of those that were changed.

    ``clean`` has texts only; ``first_row`` is the number that the file gives to its first row.
    """
    again = np.array([each.again for each in STAINS] + [False])
    twice = again[stains]
    source = np.repeat(np.arange(clean.height), 1 + twice)
    second = np.concatenate([[False], source[1:] == source[:-1]]) if source.size else twice
    code = np.where(second | ~twice[source], stains[source], -1)
    rows = clean[source].with_columns(pl.Series("stain", code))
    key = [_key_of(rows, place, first_row) for place in range(len(STAINS))]
    dirty = rows.with_columns(_stained(name) for name in {each.column for each in STAINS})
    return dirty.drop("stain"), pl.concat(key).sort("row")


def _stained(column: str) -> pl.Expr:
    cell = pl.col(column)
    for place, each in enumerate(STAINS):
        if each.column == column:
            cell = pl.when(pl.col("stain") == place).then(each.becomes).otherwise(cell)
    return cell.alias(column)


def _key_of(rows: pl.DataFrame, place: int, first_row: int) -> pl.DataFrame:
    each = STAINS[place]
    numbered = rows.with_row_index("row", offset=first_row).filter(pl.col("stain") == place)
    return numbered.select(
        pl.col("row"),
        pl.lit(each.column).alias("column"),
        pl.lit(each.kind).alias("kind"),
        pl.lit(each.outcome).alias("outcome"),
        pl.col(each.column).alias("original"),
    ).cast(KEY)
