"""Tables of everybody's orders that pages read: who bought in which month, what goes together."""

from datetime import date
from enum import StrEnum

import numpy as np
import polars as pl

from analytics.affinity import pairs_beyond_chance
from transactions.frames import mirror_lines, mirror_products
from transactions.kept import kept_table
from transactions.mirror import COUNTS

# Items by orders: rarer ones have too few orders to say anything about.
MOST_ITEMS = 1_500
# A pair in fewer orders says nothing, and neither does one in a smaller share of them.
LEAST_ORDERS, LEAST_SHARE = 20, 0.0005
# Items by name; orders with both, with each, and all of the days; and the lift.
PAIRS = ("first", "second", "both", "with_first", "with_second", "orders", "lift")


class Item(StrEnum):
    """What goes together: products by their name, or categories."""

    NAME = "name"
    CATEGORY = "category"


def customer_months() -> pl.DataFrame:
    """customer_pk, month (its first day), orders, revenue_minor: a row a month with a purchase."""
    return kept_table("customer-months", _months)


def pairs(item: Item, since: date, until: date) -> pl.DataFrame:
    """Pairs of items in orders of [since, until), as PAIRS names them.

    Only pairs that are together more often than by chance (analytics.affinity).
    """
    name = f"pairs.{item}.{since:%Y%m%d}.{until:%Y%m%d}"
    return kept_table(name, lambda: _pairs(item, since, until))


def _months() -> pl.DataFrame:
    return (
        mirror_lines()
        .filter(COUNTS)
        .group_by("customer_pk", pl.col("local_day").dt.truncate("1mo").alias("month"))
        .agg(
            pl.col("order_pk").n_unique().alias("orders"),
            pl.col("amount_minor").sum().alias("revenue_minor"),
        )
        .sort("customer_pk", "month")
        .collect()
    )


def _pairs(item: Item, since: date, until: date) -> pl.DataFrame:
    named = mirror_products().select(
        "product_pk", pl.when(pl.col(item) != "").then(pl.col(item)).alias("item")
    )
    bought = (
        mirror_lines()
        .filter(COUNTS & pl.col("local_day").is_between(since, until, closed="left"))
        .select("order_pk", "product_pk")
        .join(named, on="product_pk", how="left")
        .select("order_pk", "item")
        .unique()
        .collect()
    )
    orders = bought["order_pk"].n_unique()
    known = bought.drop_nulls("item")
    counted = known.group_by("item").len().sort(["len", "item"], descending=[True, False])
    items = counted.filter(pl.col("len") >= LEAST_ORDERS).head(MOST_ITEMS)["item"].sort()
    places = pl.DataFrame(
        {"item": items, "at": np.arange(len(items))}, schema_overrides={"item": pl.String}
    )
    rows = known.join(places, on="item").sort("order_pk", "at")
    found = pairs_beyond_chance(
        rows["order_pk"].to_numpy(),
        rows["at"].to_numpy(),
        items=len(items),
        orders=orders,
        least=max(LEAST_ORDERS, int(np.ceil(LEAST_SHARE * orders))),
    )
    return pl.DataFrame(
        {
            "first": items.gather(found.first),
            "second": items.gather(found.second),
            "both": found.both,
            "with_first": found.with_first,
            "with_second": found.with_second,
            "orders": np.full(len(found.both), orders, np.int64),
            "lift": found.lift(orders),
        },
        schema_overrides={"first": pl.String, "second": pl.String},
    ).select(PAIRS)
