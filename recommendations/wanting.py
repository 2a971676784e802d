"""Who would want a product that they never bought, why, and how well such lists did."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

import polars as pl

from analytics.wanting import (
    HORIZON_DAYS,
    LISTED,
    PAST_LISTS,
    WINDOW_DAYS,
    Told,
    companions,
    ranked,
    told_of_lists,
)
from core.errors import NotFound
from core.formats import readable
from customers.models import Customer
from transactions.frames import mirror_lines, mirror_products, mirror_purchases
from transactions.kept import kept_table
from transactions.mirror import COUNTS
from transactions.models import Product
from transactions.totals import data_span

# How many of the companions a reason names.
NAMED = 3


@dataclass(frozen=True)
class Wanted:
    """``customers``: customer_pk, score, orders, the likeliest first; at most LISTED.

    ``why``: for each of them what they bought of what goes with it. ``never``: how many customers
    with an order in the window never bought it.
    """

    customers: pl.DataFrame
    goes_with: list[str]
    never: int
    past: list[Told]


@dataclass(frozen=True)
class Likely:
    """Somebody on the list; ``reason``: 4 × Frosting, 3 × Layer cake mix."""

    rank: int
    customer_id: str
    score: float
    reason: str


def who_would_want(product: Product) -> Wanted:
    """Products of one name and category are one thing: another size is nothing new to anybody."""
    span = data_span()
    if span is None:
        return Wanted(_nobody(), [], 0, [])
    until = span[1] + timedelta(days=1)
    digest = sha256(f"{product.sku}\n{product.name}\n{product.category}".encode()).hexdigest()[:16]
    table = kept_table(f"wanted.{digest}", lambda: _worked_out(product, span[0], until))
    told = [Told(**row) for row in table["past"].drop_nulls().to_list() if row["at"]]
    people = table.filter(pl.col("customer_pk").is_not_null())
    return Wanted(
        people.select("customer_pk", "score", "orders", "why"),
        table["goes_with"][0].to_list(),
        int(table["never"][0]),
        told,
    )


def likeliest(product: Product, *, k: int) -> list[Likely]:
    """The first k of the list; ranks are the page's, also where somebody was erased since."""
    rows = who_would_want(product).customers.head(k).rows(named=True)
    asked = [row["customer_pk"] for row in rows]
    ids = dict(Customer.objects.filter(pk__in=asked).values_list("pk", "customer_id"))
    return [
        Likely(rank, ids[row["customer_pk"]], round(row["score"], 6), row["why"])
        for rank, row in enumerate(rows, start=1)
        if row["customer_pk"] in ids
    ]


def product_with_sku(sku: str) -> Product:
    found = Product.objects.filter(sku=sku).first()
    if found is None:
        raise NotFound(f"There is no product {sku!r}.")
    return found


def same_products(product: Product) -> pl.Series:
    """product_pk of the product and of all that have its name and category."""
    known = mirror_products()
    if not product.name:
        return pl.Series([product.pk], dtype=pl.Int64)
    alike = (pl.col("name") == product.name) & pl.col("category").eq_missing(
        pl.lit(product.category, pl.String)
    )
    found = known.filter(alike | (pl.col("product_pk") == product.pk)).select("product_pk")
    return found.collect()["product_pk"]


def _worked_out(product: Product, begin: date, until: date) -> pl.DataFrame:
    """One row a listed customer; the first row also holds what the list as a whole says."""
    target = _item(product)
    bought = _bought(until)
    midnight = datetime.min.time()
    ever = mirror_purchases(
        same_products(product), datetime.combine(begin, midnight), datetime.combine(until, midnight)
    )
    first = ever.group_by("customer_pk").agg(pl.col("local_at").min().dt.date().alias("first_day"))
    people = ranked(bought, first, target, until)
    goes_with = companions(bought, target, until)
    listed = people.filter(pl.col("score") > 0).head(LISTED)
    whys = _whys(bought, listed["customer_pk"], goes_with, until)
    past = told_of_lists(bought, first, target, until)
    rows = max(listed.height, len(past), 1)
    empty = [None] * rows
    return pl.DataFrame(
        {
            "customer_pk": (listed["customer_pk"].to_list() + empty)[:rows],
            "score": (listed["score"].to_list() + empty)[:rows],
            "orders": (listed["orders"].to_list() + empty)[:rows],
            "why": ([whys.get(pk, "") for pk in listed["customer_pk"]] + empty)[:rows],
            "goes_with": [goes_with["item"].to_list()] * rows,
            "never": [people.height] * rows,
            "past": ([told.__dict__ for told in past] + empty)[:rows],
        },
        schema=SCHEMA,
    )


TOLD = pl.Struct(
    {
        "at": pl.Date, "listed": pl.Int64, "buyers": pl.Int64, "busiest": pl.Int64,
        "never": pl.Int64, "everybody": pl.Int64,
    }
)  # fmt: skip
SCHEMA = {
    "customer_pk": pl.Int64, "score": pl.Float64, "orders": pl.Int64, "why": pl.String,
    "goes_with": pl.List(pl.String), "never": pl.Int64, "past": TOLD,
}  # fmt: skip


def _nobody() -> pl.DataFrame:
    return pl.DataFrame(schema={k: SCHEMA[k] for k in ("customer_pk", "score", "orders", "why")})


def _bought(until: date) -> pl.DataFrame:
    """customer_pk, order_pk, local_day, item, once each, of the days that lists are made of."""
    item = _name().alias("item")
    named = mirror_products().select("product_pk", item)
    begin = until - timedelta(days=WINDOW_DAYS + PAST_LISTS * HORIZON_DAYS)
    inside = pl.col("local_day").is_between(begin, until, closed="left")
    lines = mirror_lines().filter(COUNTS & inside)
    wanted = lines.select("customer_pk", "order_pk", "local_day", "product_pk")
    return wanted.join(named, on="product_pk").drop("product_pk").unique().collect()


def _name() -> pl.Expr:
    """What a product is called; its number where it has no name."""
    return pl.when(pl.col("name") != "").then(pl.col("name")).otherwise(pl.col("sku"))


def _item(product: Product) -> str:
    return product.name or product.sku


def _whys(
    bought: pl.DataFrame, customers: pl.Series, goes_with: pl.DataFrame, until: date
) -> dict[int, str]:
    """{customer_pk: 4 × Frosting, 3 × Layer cake mix}, what speaks most for it first."""
    begin = until - timedelta(days=WINDOW_DAYS)
    speaks = (pl.col("len").log1p() * pl.col("lift").log()).alias("speaks")
    taken = (
        bought.filter(
            pl.col("customer_pk").is_in(customers.implode()) & (pl.col("local_day") >= begin)
        )
        .join(goes_with.select("item", "lift"), on="item")
        .group_by("customer_pk", "item", "lift")
        .len()
        .sort(["customer_pk", speaks, "item"], descending=[False, True, False])
    )
    found: dict[int, list[str]] = {}
    for pk, item, _, times in taken.iter_rows():
        found.setdefault(pk, []).append(f"{times} × {readable(item)}")
    return {pk: ", ".join(words[:NAMED]) for pk, words in found.items()}
