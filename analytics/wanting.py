"""Who would want a product that they never bought: whoever buys what goes with it."""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from analytics.affinity import BEYOND_CHANCE

WINDOW_DAYS, HORIZON_DAYS = 182, 28
# With fewer orders of the product nothing can be said to go with it; nor in fewer orders of both.
LEAST_ORDERS, LEAST_BOTH = 20, 10
# Below it lies what everybody buys: a reason that says nothing about anybody.
LEAST_LIFT = 2.0
COMPANIONS = 10
LISTED = 200
# How many lists of the past are checked against what came.
PAST_LISTS = 3


@dataclass(frozen=True)
class Told:
    """What came of a list as it would have been written at ``at``, in the days after it.

    ``busiest``: of as many customers who had most orders and never bought it either; ``everybody``:
    of all who never had.
    """

    at: date
    listed: int
    buyers: int
    busiest: int
    never: int
    everybody: int


def companions(bought: pl.DataFrame, target: str, at: date) -> pl.DataFrame:
    """What goes with it in the WINDOW_DAYS before ``at``: item, both, lift; the strongest first.

    ``bought``: customer_pk, order_pk, local_day and item, once each. Items are kept that lie with
    it in LEAST_BOTH orders and more often than by chance, ordered by count × log lift.
    """
    inside = _window(bought, at)
    with_it = inside.filter(pl.col("item") == target).select("order_pk").unique()
    orders, n = inside["order_pk"].n_unique(), with_it.height
    if n < LEAST_ORDERS:
        return pl.DataFrame(schema={"item": pl.String, "both": pl.UInt32, "lift": pl.Float64})
    every = inside.group_by("item").agg(pl.len().alias("every"))
    both = (
        inside.join(with_it, on="order_pk", how="semi").group_by("item").agg(pl.len().alias("both"))
    )
    expected = pl.col("every") * n / orders
    return (
        both.filter((pl.col("item") != target) & (pl.col("both") >= LEAST_BOTH))
        .join(every, on="item")
        .filter(pl.col("both") - expected > BEYOND_CHANCE * pl.col("both").sqrt())
        .with_columns((pl.col("both") / expected).alias("lift"))
        .filter(pl.col("lift") >= LEAST_LIFT)
        .sort([pl.col("both") * pl.col("lift").log(), "item"], descending=[True, False])
        .head(COMPANIONS)
        .select("item", "both", "lift")
    )


def ranked(bought: pl.DataFrame, first: pl.DataFrame, target: str, at: date) -> pl.DataFrame:
    """Everybody with an order in the window who had not bought it before ``at``.

    The likeliest first: customer_pk, score, orders. ``first``: customer_pk and ``first_day``, that
    of their first purchase of it.
    score = Σ over companions of log lift × log(1 + orders with it in the window).
    """
    inside = _window(bought, at)
    known = first.filter(pl.col("first_day") < at)
    never = inside.join(known, on="customer_pk", how="anti")
    busy = never.group_by("customer_pk").agg(pl.col("order_pk").n_unique().alias("orders"))
    goes_with = companions(bought, target, at).select("item", pl.col("lift").log().alias("weight"))
    taken = (
        never.join(goes_with, on="item")
        .group_by("customer_pk", "item")
        .agg(pl.len().alias("times"), pl.col("weight").first())
    )
    score = (pl.col("weight") * pl.col("times").log1p()).sum().alias("score")
    scores = taken.group_by("customer_pk").agg(score)
    return (
        busy.join(scores, on="customer_pk", how="left")
        .with_columns(pl.col("score").fill_null(0.0))
        .select("customer_pk", "score", "orders")
        .sort(["score", "orders", "customer_pk"], descending=[True, True, False])
    )


def told_of_lists(
    bought: pl.DataFrame, first: pl.DataFrame, target: str, at: date, *, listed: int = LISTED
) -> list[Told]:
    """The last lists before ``at`` whose HORIZON_DAYS are over, the newest first.

    A list is written from what lay before it alone.
    """
    begin = bought.select(pl.col("local_day").min()).item()
    found = []
    for number in range(1, PAST_LISTS + 1):
        cut = at - timedelta(days=number * HORIZON_DAYS)
        if begin is None or cut - timedelta(days=WINDOW_DAYS) < begin:
            break
        people = ranked(bought, first, target, cut)
        if people.is_empty() or people["score"][0] <= 0:
            continue
        came = first.filter(
            pl.col("first_day").is_between(cut, cut + timedelta(days=HORIZON_DAYS), closed="left")
        )["customer_pk"].implode()
        busiest = people.sort(["orders", "customer_pk"], descending=[True, False])
        hits = [
            int(rows["customer_pk"].is_in(came).sum())
            for rows in (people.head(listed), busiest.head(listed), people)
        ]
        found.append(
            Told(cut, min(listed, people.height), hits[0], hits[1], people.height, hits[2])
        )
    return found


def _window(bought: pl.DataFrame, at: date) -> pl.DataFrame:
    begin = at - timedelta(days=WINDOW_DAYS)
    return bought.filter(pl.col("local_day").is_between(begin, at, closed="left"))
