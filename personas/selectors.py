"""Questions that gather from several apps, for pages."""

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from core.money import minor_per_major
from core.selectors import organisation
from transactions.frames import mirror_lines, mirror_products

FAVOURITES = 5


@dataclass(frozen=True)
class Week:
    """Seven days of data: money in major units."""

    revenue: float
    customers: int
    orders: int


@dataclass(frozen=True)
class Favourite:
    sku: str
    name: str
    category: str
    lines: int
    spent: float


def last_weeks(count: int = 2) -> list[Week]:
    """The last seven days of data first, then the seven before; none without orders."""
    lines = _purchases()
    newest = lines.select(pl.col("local_day").max()).collect().item()
    if newest is None:
        return []
    weeks = []
    for back in range(count):
        until = newest - timedelta(days=7 * back)
        week = lines.filter(pl.col("local_day").is_between(until - timedelta(days=6), until))
        weeks.append(_week(week))
    return weeks


def purchases_by_month(customer_pk: int) -> list[tuple[str, float]]:
    """[(month, spent)] from a customer's first to last month, months without orders included."""
    mine = _purchases().filter(pl.col("customer_pk") == customer_pk)
    months = mine.group_by(pl.col("local_day").dt.truncate("1mo").alias("month")).agg(
        (pl.col("amount_minor").sum() / _per_major()).alias("spent")
    )
    frame = months.sort("month").collect()
    if frame.is_empty():
        return []
    filled = frame.upsample("month", every="1mo").with_columns(pl.col("spent").fill_null(0.0))
    return [(month.strftime("%b %Y"), round(spent, 2)) for month, spent in filled.rows()]


def favourites(customer_pk: int) -> list[Favourite]:
    """The products with most order lines, then most money, then sku."""
    mine = _purchases().filter(pl.col("customer_pk") == customer_pk)
    counted = mine.group_by("product_pk").agg(
        pl.len().alias("lines"), (pl.col("amount_minor").sum() / _per_major()).alias("spent")
    )
    known = mirror_products().select("product_pk", "sku", "name", "category")
    top = (
        counted.filter(pl.col("product_pk").is_not_null())
        .join(known, on="product_pk", how="left")
        .sort(["lines", "spent", "sku"], descending=[True, True, False])
        .head(FAVOURITES)
        .collect()
    )
    return [
        Favourite(r["sku"], r["name"] or r["sku"], r["category"] or "–", r["lines"], r["spent"])
        for r in top.iter_rows(named=True)
    ]


def _purchases() -> pl.LazyFrame:
    """Lines that count: neither returned nor of quantity 0 or less."""
    bought = pl.col("quantity").is_null() | (pl.col("quantity") > 0)
    return mirror_lines().filter(bought & ~pl.col("returned"))


def _week(lines: pl.LazyFrame) -> Week:
    row = lines.select(
        (pl.col("amount_minor").sum() / _per_major()).alias("revenue"),
        pl.col("customer_pk").n_unique().alias("customers"),
        pl.col("order_pk").n_unique().alias("orders"),
    ).collect()
    return Week(*row.row(0))


def _per_major() -> int:
    return minor_per_major(organisation().currency)
