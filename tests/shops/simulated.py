"""A simulated shop as the frames that learners read, without files and without a database."""

from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

import polars as pl

from analytics.simulation import ShopOptions, simulate
from features.shop import Shop
from transactions.mirror import DERIVED_SCHEMA, LINE_SCHEMA, PRODUCT_SCHEMA


@lru_cache(maxsize=4)
def simulated_shop(customers: int = 500, days: int = 240, seed: int = 3) -> Shop:
    """Numbered as in the simulation, from 1 on; its last day is 31 December 2025."""
    made = simulate(ShopOptions(customers=customers, days=days, seed=seed))
    orders, lines = made.history.orders, made.history.lines
    of = lines.order
    at = pl.Series(orders.at[of].astype("datetime64[us]"))
    frame = pl.DataFrame(
        {
            "line_pk": range(1, len(of) + 1),
            "order_pk": orders.number[of] + 1,
            "customer_pk": orders.customer[of] + 1,
            "product_pk": lines.product + 1,
            "local_at": at,
            "quantity": lines.quantity.astype(float),
            "amount_minor": lines.amount_minor,
            "discount_minor": lines.discount_minor,
            "returned": lines.returned,
        }
    ).with_columns(
        pl.col("local_at").dt.date().alias("local_day"),
        pl.col("local_at").dt.hour().alias("local_hour"),
    )
    schema = {**LINE_SCHEMA, **DERIVED_SCHEMA}
    missing = [pl.lit(None).alias(name) for name in schema if name not in frame.columns]
    full = frame.with_columns(missing).select(pl.col(n).cast(t) for n, t in schema.items())
    products = pl.DataFrame(
        {
            "product_pk": range(1, len(made.products.name) + 1),
            "sku": [f"s{number}" for number in range(1, len(made.products.name) + 1)],
            "category": made.products.category,
        }
    )
    more = [pl.lit(None).alias(name) for name in PRODUCT_SCHEMA if name not in products.columns]
    products = products.with_columns(more).select(
        pl.col(n).cast(t) for n, t in PRODUCT_SCHEMA.items()
    )
    people = pl.DataFrame({"customer_pk": range(1, customers + 1)}).with_columns(
        pl.col("customer_pk").cast(pl.String).alias("customer_id")
    )
    return Shop("simulated", full.lazy(), products.lazy(), people.lazy(), ZoneInfo("UTC"))


LAST_DAY = date(2025, 12, 31)


def order_lines(customers: int = 250, last_day: date = LAST_DAY) -> str:
    """The purchases of the first customers as a file of order lines, up to ``last_day``."""
    lines = simulated_shop().lines.filter(
        (pl.col("customer_pk") <= customers) & ~pl.col("returned") & (pl.col("quantity") > 0)
    )
    return (
        lines.select(
            customer_id=pl.format("c{}", "customer_pk"),
            order_id=pl.format("o{}", "order_pk"),
            occurred_at=(pl.col("local_at") + (last_day - LAST_DAY)).dt.strftime(
                "%Y-%m-%dT%H:%M:%S"
            ),
            sku=pl.format("p{}", "product_pk"),
            amount=pl.col("amount_minor") / 100,
        )
        .collect()
        .write_csv()
    )
