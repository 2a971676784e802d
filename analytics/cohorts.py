"""Who came back: customers by the month of their first order and the months after it."""

from datetime import date, timedelta

import polars as pl

SCHEMA = {
    "cohort": pl.Date(), "after": pl.Int32(), "customers": pl.Int64(), "size": pl.Int64(),
    "complete": pl.Boolean(),
}  # fmt: skip


def retention(active: pl.DataFrame, first_months: pl.DataFrame, *, last_day: date) -> pl.DataFrame:
    """One row per cohort and month after, up to the month of ``last_day``; columns of SCHEMA.

    ``active``: customer and ``month`` (first of the month), once each, of what counts as coming
    back; ``first_months``: customer and ``cohort``. ``after`` 0 is the cohort's own month. A month
    is complete when ``last_day`` is its last.
    """
    now = last_day.replace(day=1)
    whole = (last_day + timedelta(days=1)).day == 1
    sizes = first_months.group_by("cohort").agg(pl.len().cast(pl.Int64).alias("size"))
    came = (
        active.join(first_months, on="customer_pk")
        .with_columns(_months("month", "cohort").alias("after"))
        .group_by("cohort", "after")
        .agg(pl.len().cast(pl.Int64).alias("customers"))
    )
    grid = (
        sizes.with_columns(pl.int_ranges(_months(pl.lit(now), "cohort") + 1).alias("after"))
        .explode("after")
        .with_columns(pl.col("after").cast(pl.Int32))
    )
    month = pl.col("cohort").dt.offset_by(pl.format("{}mo", "after"))
    return (
        grid.join(came, on=["cohort", "after"], how="left")
        .with_columns(
            pl.col("customers").fill_null(0), ((month < now) | pl.lit(whole)).alias("complete")
        )
        .select(list(SCHEMA))
        .cast(pl.Schema(SCHEMA))
        .sort("cohort", "after")
    )


def _months(later: str | pl.Expr, earlier: str) -> pl.Expr:
    """Whole months from one first of a month to another."""
    end = pl.col(later) if isinstance(later, str) else later
    start = pl.col(earlier)
    years = end.dt.year() - start.dt.year()
    return (years * 12 + end.dt.month().cast(pl.Int32) - start.dt.month().cast(pl.Int32)).cast(
        pl.Int32
    )
