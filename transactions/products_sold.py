"""How each product sells: what the list of products shows, and one product's days."""

from datetime import date, timedelta

import polars as pl

from transactions.frames import mirror_lines, mirror_products
from transactions.kept import kept_table
from transactions.mirror import COUNTS, PRODUCT_SCHEMA

# The days that "lately" means.
LATELY = 182


def products_sold(last: date) -> pl.DataFrame:
    """Every product with orders, customers and revenue_minor of the LATELY days to ``last``.

    Columns of PRODUCT_SCHEMA and ``last_sold``, null for what has never been sold.
    """
    return kept_table(f"products.{last:%Y%m%d}", lambda: _worked_out(last))


def days_of(product_pk: int, since: date) -> pl.DataFrame:
    """local_day, orders, revenue_minor of a product."""
    every = kept_table("product-days", _days_worked_out)
    rows = every["product_pk"]
    start, end = (int(rows.search_sorted(product_pk, side=side)) for side in ("left", "right"))
    mine = every.slice(start, end - start).filter(pl.col("local_day") >= since)
    return mine.select("local_day", "orders", "revenue_minor")


def _days_worked_out() -> pl.DataFrame:
    """Sorted by product, so that a product's days are found by bisection."""
    by = ("product_pk", "local_day")
    return (
        mirror_lines()
        .filter(COUNTS & pl.col("product_pk").is_not_null())
        .group_by(by)
        .agg(
            pl.col("order_pk").n_unique().alias("orders"),
            pl.col("amount_minor").sum().alias("revenue_minor"),
        )
        .sort(by)
        .collect()
    )


def _worked_out(last: date) -> pl.DataFrame:
    lately = pl.col("local_day") > last - timedelta(days=LATELY)
    sold = (
        mirror_lines()
        .filter(COUNTS & pl.col("product_pk").is_not_null())
        .group_by("product_pk")
        .agg(
            pl.col("order_pk").filter(lately).n_unique().alias("orders"),
            pl.col("customer_pk").filter(lately).n_unique().alias("customers"),
            pl.col("amount_minor").filter(lately).sum().alias("revenue_minor"),
            pl.col("local_day").max().alias("last_sold"),
        )
    )
    counts = pl.col("orders", "customers", "revenue_minor").fill_null(0)
    found = mirror_products().join(sold, on="product_pk", how="left").with_columns(counts)
    return (
        found.select(*PRODUCT_SCHEMA, "orders", "customers", "revenue_minor", "last_sold")
        .sort("product_pk")
        .collect()
    )
