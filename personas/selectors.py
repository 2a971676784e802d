"""Questions that gather from several apps, for pages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

import features.frames
from core.money import minor_per_major
from core.selectors import organisation
from customers.aliases import somebodies
from transactions.frames import customer_lines, mirror_lines
from transactions.mirror import COUNTS
from transactions.models import Order, Product
from transactions.totals import Grain, daily_totals

FAVOURITES = 5
SHOWN = 6
LISTED = ("rfm_group", "recency_days", "purchase_frequency", "purchase_monetary_value")
# With fewer orders than this nobody has a rhythm to break.
REGULAR = 5
BARS, LEAST_FOR_A_PICTURE = 24, 30
NAMED = {"product_pk": pl.Int64, "sku": pl.String, "name": pl.String, "category": pl.String}


@dataclass(frozen=True)
class Day:
    """One local day of the shop: money in major units."""

    day: date
    revenue: float
    orders: int


@dataclass(frozen=True)
class Category:
    name: str
    orders: int
    share: float
    revenue: float


@dataclass(frozen=True)
class Silent:
    """Somebody who has never been silent for so long."""

    customer_pk: int
    group: str | None
    silent: int
    longest: int
    spent: float


@dataclass(frozen=True)
class Favourite:
    sku: str
    name: str
    category: str
    lines: int
    orders: int
    spent: float
    last: date


@dataclass(frozen=True)
class Standing:
    """All customers in bars of equal width from 0 to ``end``, and where one of them stands."""

    counts: list[int]
    here: int
    below: float
    end: float


def shop_days() -> list[Day]:
    """Every day from the first order to the newest, days without an order included."""
    frame = (
        daily_totals(Grain.DAY)
        .select("local_day", (pl.col("revenue_minor") / _per_major()).alias("revenue"), "orders")
        .collect()
    )
    if frame.is_empty():
        return []
    filled = frame.upsample("local_day", every="1d").with_columns(
        pl.col("revenue", "orders").fill_null(0)
    )
    return [Day(*row) for row in filled.select("local_day", "revenue", "orders").rows()]


def buyers(days: Iterable[date]) -> int:
    """How many customers bought on these days."""
    inside = _purchases().filter(pl.col("local_day").is_in(list(days)))
    return int(inside.select(pl.col("customer_pk").n_unique()).collect().item())


def bought_categories(*, since: date) -> list[Category]:
    """The categories that are in most orders since a day, the commonest first."""
    days, categories = (
        daily_totals(grain).filter(pl.col("local_day") >= since)
        for grain in (Grain.DAY, Grain.CATEGORY)
    )
    revenue = (pl.col("revenue_minor").sum() / _per_major()).alias("revenue")
    ordered, total = pl.collect_all(
        [
            categories.filter(pl.col("category").is_not_null())
            .group_by("category")
            .agg(pl.col("orders").sum(), revenue)
            .sort(["orders", "category"], descending=[True, False])
            .head(SHOWN),
            days.select(pl.col("orders").sum()),
        ]
    )
    every = max(total.item(), 1)
    return [
        Category(r["category"], r["orders"], r["orders"] / every, r["revenue"])
        for r in ordered.iter_rows(named=True)
    ]


def longest_silences() -> tuple[int, list[Silent]]:
    """How many regular customers are silent longer than ever before, and who of them spent most."""
    frame = features.frames.snapshot()
    needed = ("recency_days", "gap_days_longest", "purchase_frequency", "purchase_monetary_value")
    known = frame.collect_schema().names()
    if not set(needed).issubset(known):
        return 0, []
    silent = frame.filter(
        (pl.col("recency_days") > pl.col("gap_days_longest"))
        & (pl.col("purchase_frequency") >= REGULAR)
    ).collect()
    group = pl.col("rfm_group").cast(pl.String) if "rfm_group" in known else pl.lit(None)
    top = silent.sort(["purchase_monetary_value", "customer_pk"], descending=[True, False])
    rows = top.head(SHOWN).select(
        "customer_pk", group.alias("group"), "recency_days", "gap_days_longest", needed[-1]
    )
    return silent.height, [
        Silent(pk, name, int(now), int(before), spent)
        for pk, name, now, before, spent in rows.rows()
    ]


def bought_by(customer_pk: int, *, before: datetime | None) -> pl.DataFrame:
    """A customer's purchases before a moment: product_pk, order_pk, local_day, amount_minor."""
    mine = customer_lines(customer_pk, before=before).filter(COUNTS)
    return mine.select("product_pk", "order_pk", "local_day", "amount_minor")


def shopping_days(bought: pl.DataFrame) -> list[tuple[date, float]]:
    """[(day, spent)] of the days on which a customer bought, in order."""
    days = bought.group_by("local_day").agg(_spent())
    return [(day, round(spent, 2)) for day, spent in days.sort("local_day").rows()]


def standing(name: str, value: float) -> Standing | None:
    """Where a value stands among all customers; None where nobody else has one."""
    frame = features.frames.snapshot()
    if name not in frame.collect_schema().names():
        return None
    column = frame.select(pl.col(name).cast(pl.Float64)).collect()[name].drop_nulls()
    if len(column) < LEAST_FOR_A_PICTURE:
        return None
    end = float(column.quantile(0.98) or 0) or float(column.max() or 1)
    counts = [0] * BARS
    bars = (column.clip(0, end) / end * BARS).cast(pl.Int64).clip(0, BARS - 1).value_counts()
    for bar, size in bars.rows():
        counts[bar] = size
    below = float((column < value).sum()) / len(column)
    return Standing(counts, min(BARS - 1, int(max(value, 0) / end * BARS)), below, end)


def favourites(bought: pl.DataFrame) -> list[Favourite]:
    """The products with most order lines, then most money, then sku."""
    counted = (
        bought.filter(pl.col("product_pk").is_not_null())
        .group_by("product_pk")
        .agg(
            pl.len().alias("lines"),
            pl.col("order_pk").n_unique().alias("orders"),
            _spent(),
            pl.col("local_day").max().alias("last"),
        )
    )
    known = Product.objects.filter(pk__in=counted["product_pk"].to_list())
    named = pl.DataFrame(
        list(known.values_list("pk", "sku", "name", "category")), NAMED, orient="row"
    )
    top = (
        counted.join(named, on="product_pk")
        .sort(["lines", "spent", "sku"], descending=[True, True, False])
        .head(FAVOURITES)
    )
    return [
        Favourite(
            sku=r["sku"],
            name=r["name"] or r["sku"],
            category=r["category"] or "–",
            lines=r["lines"],
            orders=r["orders"],
            spent=r["spent"],
            last=r["last"],
        )
        for r in top.iter_rows(named=True)
    ]


def _purchases() -> pl.LazyFrame:
    """Lines that count: neither returned nor of quantity 0 or less."""
    return mirror_lines().filter(COUNTS)


def _spent() -> pl.Expr:
    return (pl.col("amount_minor").sum() / _per_major()).alias("spent")


def _per_major() -> int:
    return minor_per_major(organisation().currency)


def shop_size() -> tuple[int, int]:
    """(orders, customers) in the record."""
    return Order.objects.count(), somebodies().count()


def list_figures(customer_pks: list[int]) -> dict[int, dict[str, Any]]:
    """{customer_pk: group, silence, orders and spend} of those whom the snapshot knows."""
    frame = features.frames.snapshot()
    known = frame.collect_schema().names()
    shown = [name for name in LISTED if name in known]
    rows = frame.filter(pl.col("customer_pk").is_in(customer_pks)).select("customer_pk", *shown)
    return {row["customer_pk"]: row for row in rows.collect().iter_rows(named=True)}
