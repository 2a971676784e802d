"""What the filters of a page leave of the purchases: totals of everybody where they answer.

What other products or customers take is worked out from all lines once and kept, over all days:
a page with other days reads the same file.
"""

from hashlib import sha256

import polars as pl

from core.money import minor_per_major
from core.selectors import organisation
from personas.insights.filters import Filters
from segmentation.selectors import member_frame
from transactions.frames import mirror_lines, mirror_products
from transactions.kept import kept_table
from transactions.mirror import COUNTS
from transactions.totals import COLUMNS, Grain, daily_totals

REVENUE = pl.col("revenue_minor")


def totals(filters: Filters, grain: Grain) -> pl.DataFrame:
    """The grain's columns, orders and revenue (major units), of these days.

    For grains whose columns an order has one value of: orders add up over all of them.
    """
    by = COLUMNS[grain]
    everything = filters.of_everything
    found = daily_totals(grain) if everything else _kept(filters, str(grain), by).lazy()
    return found.filter(within(filters)).select(*by, "orders", _major()).collect()


def spent(filters: Filters) -> pl.DataFrame:
    """customer_pk, orders and revenue (major units) of who bought in these days."""
    found = _kept(filters, "customer-days", ("customer_pk", "local_day")).lazy()
    sums = found.filter(within(filters)).group_by("customer_pk")
    told = sums.agg(pl.col("orders").sum(), REVENUE.sum())
    return told.select("customer_pk", "orders", _major()).sort("customer_pk").collect()


def within(filters: Filters) -> pl.Expr:
    return pl.col("local_day").is_between(filters.since, filters.until, closed="left")


def customers_of(filters: Filters) -> pl.Series:
    """customer_pk of who is in the segment now; there is one."""
    assert filters.segment is not None
    return member_frame(filters.segment).select("customer_pk").collect()["customer_pk"]


def _kept(filters: Filters, name: str, by: tuple[str, ...]) -> pl.DataFrame:
    customers = customers_of(filters) if filters.segment else None
    told = f"{filters.department}\n{filters.category}\n".encode()
    told += customers.to_numpy().tobytes() if customers is not None else b"everybody"
    key = sha256(told).hexdigest()[:16]
    return kept_table(f"{name}.{key}", lambda: _worked_out(filters, by, customers))


def _worked_out(filters: Filters, by: tuple[str, ...], customers: pl.Series | None) -> pl.DataFrame:
    lines = mirror_lines().filter(COUNTS)
    if filters.of_products:
        lines = lines.filter(pl.col("product_pk").is_in(_products(filters).implode()))
    if customers is not None:
        lines = lines.filter(pl.col("customer_pk").is_in(customers.implode()))
    sums = lines.group_by(by).agg(
        pl.col("order_pk").n_unique().alias("orders"),
        pl.col("amount_minor").sum().alias("revenue_minor"),
    )
    return sums.sort(by).collect()


def _products(filters: Filters) -> pl.Series:
    found = mirror_products()
    for name in ("department", "category"):
        if value := getattr(filters, name):
            found = found.filter(pl.col(name) == value)
    return found.select("product_pk").collect()["product_pk"]


def _major() -> pl.Expr:
    return (REVENUE / minor_per_major(organisation().currency)).alias("revenue")
