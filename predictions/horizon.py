"""How far ahead to look where the shop has not said: until most who return have returned."""

import numpy as np
import polars as pl

from features.shop import Shop

SHARE, SHORTEST, LONGEST, WITHOUT_RETURNS = 0.8, 7, 182, 28


def default_horizon(shop: Shop) -> int:
    """Whole days after an order by which 80 % of returning customers have bought again.

    Each customer weighs the same, however many gaps they have. Between a week and half a year, and
    at most a quarter of the shop's history, so that windows remain to judge by.
    """
    days = (
        shop.purchases()
        .select("customer_pk", "local_day")
        .unique()
        .sort("customer_pk", "local_day")
    )
    gap = pl.col("local_day").diff().over("customer_pk").dt.total_days()
    gaps = days.with_columns(gap.alias("gap")).filter(pl.col("gap") > 0)
    weighed = gaps.with_columns((1.0 / pl.len().over("customer_pk")).alias("weight"))
    found = weighed.select("gap", "weight").sort("gap").collect()
    span = shop.span()
    if found.is_empty() or span is None:
        return WITHOUT_RETURNS
    reached = np.cumsum(found["weight"].to_numpy())
    place = int(np.searchsorted(reached, SHARE * reached[-1] - 1e-9))
    longest = min(LONGEST, (span[1] - span[0]).days // 4)
    return max(SHORTEST, min(int(found["gap"][place]), longest))
