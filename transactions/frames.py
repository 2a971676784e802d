"""The one door from the mirror's files to a dataframe."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl

from core.bulk import read_query
from core.once import asked_once
from core.selectors import organisation_zone
from transactions.mirror import (
    DERIVED_SCHEMA,
    LINE_ROWS,
    LINE_SCHEMA,
    PRODUCT_SCHEMA,
    PURCHASE_SCHEMA,
    read_purchases,
)
from transactions.models import MirrorFile


def mirror_lines() -> pl.LazyFrame:
    """All order lines of the mirror; columns and types of LINE_SCHEMA and DERIVED_SCHEMA."""
    return _scan("lines", {**LINE_SCHEMA, **DERIVED_SCHEMA})


OF_CUSTOMER = (
    f"{LINE_ROWS} WHERE o.customer_id = %s AND (%s::timestamptz IS NULL OR o.occurred_at < %s)"
)


def customer_lines(customer_pk: int, *, before: datetime | None) -> pl.DataFrame:
    """One customer's order lines before a moment, from the record: LINE_SCHEMA and ``local_day``.

    The record finds them by an index; the mirror would be read as a whole.
    """
    values = (organisation_zone().key, customer_pk, before, before)
    rows = read_query(OF_CUSTOMER, LINE_SCHEMA, values)
    return rows.with_columns(pl.col("local_at").dt.date().alias("local_day")).sort("line_pk")


def mirror_products() -> pl.LazyFrame:
    return _scan("products", PRODUCT_SCHEMA)


def products_like(text: str, *, most: int) -> list[dict[str, Any]]:
    """Products whose number, name, category and brand together hold every word of a text.

    The one with that number first, then names that begin with the text. Of those that are named
    alike the longest known stands for ``alike`` many.
    """
    wanted = text.lower().strip()
    words = [pl.col("said").str.contains(word, literal=True) for word in wanted.split()]
    begins = pl.col("lower").str.starts_with(wanted).cast(pl.Int8)
    place = pl.when(pl.col("sku").str.to_lowercase() == wanted).then(0).otherwise(2 - begins)
    # Who has no name is named alike with nobody.
    alike = pl.when(pl.col("lower") == "").then(pl.col("sku")).otherwise(pl.col("lower"))
    found = (
        _said_of_products(tuple(mirror_paths()["products"]))
        .filter(*words)
        .with_columns(place.alias("place"), alike.alias("named"))
        .sort("place", "product_pk")
        .group_by("named", maintain_order=True)
        .agg(pl.first("sku", "name", "category", "place"), pl.len().alias("alike"))
        .sort("place", "named")
    )
    return found.select("sku", "name", "category", "alike").head(most).to_dicts()


@lru_cache(maxsize=1)
def _said_of_products(paths: tuple[str, ...]) -> pl.DataFrame:
    """Small letters made once for each file: every press of a key asks for them."""
    rows = pl.scan_parquet(paths) if paths else pl.LazyFrame(schema=PRODUCT_SCHEMA)
    said = pl.concat_str(["sku", "name", "category", "brand"], separator=" ", ignore_nulls=True)
    return rows.select(
        "product_pk",
        "sku",
        "name",
        "category",
        said.str.to_lowercase().alias("said"),
        pl.col("name").str.to_lowercase().alias("lower"),
    ).collect()


def mirror_purchases(products: pl.Series | None, since: datetime, until: datetime) -> pl.DataFrame:
    """Each product of each order of [since, until), wall clock; None are all products."""
    files = mirror_paths()["lines"]
    parts = [_between(read_purchases(path), products, since, until) for path in files]
    return pl.concat(parts) if parts else pl.DataFrame(schema=PURCHASE_SCHEMA)


def days_without_lines(since: date, until: date) -> list[date]:
    """The local days of [since, until) on which the record has no line."""
    inside = mirror_lines().filter(pl.col("local_day").is_between(since, until, closed="left"))
    sold = set(inside.select(pl.col("local_day").unique()).collect()["local_day"])
    days = (since + timedelta(days=n) for n in range((until - since).days))
    return [day for day in days if day not in sold]


def _between(
    rows: pl.DataFrame, products: pl.Series | None, since: datetime, until: datetime
) -> pl.DataFrame:
    """The rows are sorted by product: a product's are found by bisection."""
    if products is None:
        return rows.filter(pl.col("local_at").is_between(since, until, closed="left"))
    wanted = products.unique().sort()
    starts, ends = (
        rows["product_pk"].search_sorted(wanted, side=side).to_numpy().astype(np.int64)
        for side in ("left", "right")
    )
    lengths = ends - starts
    at = np.repeat(starts - (np.cumsum(lengths) - lengths), lengths) + np.arange(lengths.sum())
    times = rows["local_at"].to_numpy()[at]
    return rows[at[(times >= np.datetime64(since)) & (times < np.datetime64(until))]]


@asked_once
def mirror_paths() -> dict[str, list[str]]:
    """{kind: files} of the mirror that hold what is true now."""
    named = MirrorFile.objects.exclude(path=None).order_by("load_id")
    found: dict[str, list[str]] = {"lines": [], "products": []}
    for kind, path in named.values_list("kind", "path"):
        if path:
            found[kind].append(path)
    return found


def _scan(kind: str, schema: dict[str, pl.DataType]) -> pl.LazyFrame:
    paths = mirror_paths()[kind]
    return pl.scan_parquet(paths) if paths else pl.LazyFrame(schema=schema)


EVENT_SCHEMA = {
    "customer_pk": pl.Int64(),
    "local_at": pl.Datetime("us"),
    "is_synthetic": pl.Boolean(),
    "kind": pl.String(),
    # Of a response to a campaign.
    "campaign": pl.String(),
    "channel": pl.String(),
}
EVENTS = """
    SELECT customer_id, at AT TIME ZONE %(zone)s, is_synthetic, kind,
           properties ->> 'campaign', properties ->> 'channel'
    FROM transactions_event
    WHERE customer_id IS NOT NULL AND kind = ANY(%(kinds)s)
    AND (%(pks)s::bigint[] IS NULL OR customer_id = ANY(%(pks)s::bigint[]))
"""


def event_frame(kinds: list[str], customer_pks: list[int] | None = None) -> pl.DataFrame:
    """Events of these kinds whose customer is known, of everybody or of some; EVENT_SCHEMA."""
    zone = organisation_zone().key
    return read_query(EVENTS, EVENT_SCHEMA, {"kinds": kinds, "pks": customer_pks, "zone": zone})
