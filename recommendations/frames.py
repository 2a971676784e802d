"""The one door from a shop's purchases to the arrays that recommenders read."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from core.contracts.recommender import Interactions, ProductFacts
from features.shop import Shop

Keys = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Purchases:
    """Interactions, and which customer and product stands at each position; both ascend."""

    interactions: Interactions
    customer_pks: Keys
    product_pks: Keys

    @cached_property
    def rows(self) -> dict[int, int]:
        return {pk: row for row, pk in enumerate(self.customer_pks.tolist())}


def day_number(moment: datetime) -> int:
    return moment.toordinal()


def purchases(shop: Shop, until: datetime, *, catalogue: bool = False) -> Purchases:
    """Everything bought before ``until`` (wall clock) by customers with a purchase.

    Products are those sold before ``until``; with ``catalogue`` those never sold too, so that a
    product can be recommended by its description before anybody has bought it.
    """
    lines = (
        shop.purchases(until=until)
        .filter(pl.col("product_pk").is_not_null() & pl.col("customer_pk").is_not_null())
        .select("customer_pk", "product_pk", "local_day")
        .unique()
        .sort("customer_pk", "product_pk", "local_day")
        .collect()
    )
    facts, product_pks = _facts(shop, lines["product_pk"], catalogue=catalogue)
    customer_pks = lines["customer_pk"].unique().sort().to_numpy()
    interactions = Interactions.of(
        np.searchsorted(customer_pks, lines["customer_pk"].to_numpy()),
        np.searchsorted(product_pks, lines["product_pk"].to_numpy()),
        ordinals(lines["local_day"]),
        customers=len(customer_pks),
        facts=facts,
        as_of=day_number(until),
    )
    return Purchases(interactions, customer_pks, product_pks)


def bought_between(shop: Shop, since: datetime, until: datetime) -> tuple[Keys, Keys]:
    """(customer_pk, product_pk), once each, of what was bought in the window, in their order."""
    window = (
        shop.purchases(since, until)
        .filter(pl.col("product_pk").is_not_null() & pl.col("customer_pk").is_not_null())
        .select("customer_pk", "product_pk")
        .unique()
        .sort("customer_pk", "product_pk")
        .collect()
    )
    return window["customer_pk"].to_numpy(), window["product_pk"].to_numpy()


def last_day(shop: Shop) -> datetime | None:
    """The midnight after the last order; None for a shop without one."""
    span = shop.span()
    if span is None:
        return None
    return datetime.combine(span[1].date(), datetime.min.time()) + timedelta(days=1)


def ordinals(days: pl.Series) -> npt.NDArray[np.int64]:
    """Ordinals of dates, as ``date.toordinal`` counts them."""
    epoch = 719_163
    return days.to_physical().cast(pl.Int64).to_numpy() + epoch


def _facts(shop: Shop, sold: pl.Series, *, catalogue: bool) -> tuple[ProductFacts, Keys]:
    known = shop.products.select("product_pk", "name", "category", "brand").collect()
    pks = sold.unique()
    if catalogue:
        pks = pl.concat([pks, known["product_pk"]]).unique()
    named = pks.sort().to_frame("product_pk").join(known, on="product_pk", how="left")
    named = named.unique("product_pk", keep="first").sort("product_pk")
    texts: list[Any] = [tuple(named[c].fill_null("")) for c in ("name", "category", "brand")]
    return ProductFacts(*texts), named["product_pk"].to_numpy()
