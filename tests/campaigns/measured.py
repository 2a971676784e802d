"""Simulated campaigns as the product measures them: from assigned groups and purchases alone."""

from typing import Any

import numpy as np
import polars as pl

from analytics.experiments.running import nobody, running
from analytics.simulation import Campaign, Shop
from campaigns.comparing import CONTROL, TREATED, metrics_of

DAY_SECONDS = 86_400


def measured(
    shop: Shop, campaign: Campaign, among: np.ndarray | None = None
) -> dict[str, dict[str, Any]]:
    """{metric: its estimate} at the horizon, money in major units.

    ``among``: a mask of the shop's customers, of whom alone it is asked.
    """
    days, members = campaign.plan.horizon_days, campaign.members
    chosen = np.ones(members.size, dtype=bool) if among is None else among[members]
    orders = shop.history.orders
    length = campaign.ends_at - campaign.launched_at
    bought = orders.take((orders.returns_order < 0) & np.isin(orders.customer, members[chosen]))
    earlier = (bought.at >= campaign.launched_at - length) & (bought.at < campaign.launched_at)
    number = len(shop.customers)
    before = np.bincount(
        bought.customer[earlier], weights=bought.value_minor[earlier] / 100, minlength=number
    )
    people = pl.DataFrame(
        {
            "customer_pk": members[chosen],
            "group": np.where(campaign.treated[chosen], TREATED, CONTROL),
            "before": before[members[chosen]],
        }
    )
    later = bought.take((bought.at >= campaign.launched_at) & (bought.at < campaign.ends_at))
    purchases = (
        pl.DataFrame(
            {
                "customer_pk": later.customer,
                "day": (later.at - campaign.launched_at).astype(np.int64) // DAY_SECONDS,
                "revenue": later.value_minor / 100,
            }
        )
        .group_by("customer_pk", "day")
        .agg(pl.col("revenue").sum(), pl.len().cast(pl.Int64).alias("orders"))
    )
    groups = running(people, purchases, days)
    treated, control = (groups.get(name) or nobody(days) for name in (TREATED, CONTROL))
    return {metric["name"]: metric for metric in metrics_of(treated, control)}
