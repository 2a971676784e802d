"""The smallest effect that an audience of this size can show, from its own past."""

import math
from datetime import timedelta
from typing import Any

import polars as pl

from analytics.experiments import (
    ALPHA,
    POWER,
    Detectable,
    minimum_detectable_effect,
    minimum_detectable_share,
)
from campaigns.models import Decision
from core.formats import money, whole
from core.localtime import local_wall
from features.building import record_shop
from features.selectors import snapshot_as_of


def detectable_effect(frame: pl.DataFrame, horizon_days: int) -> dict[str, Any]:
    """Revenue per customer and the share who buy, by what the audience did in as many days before.

    ``frame`` as campaigns.audience decides it. ``revenue`` and ``conversion`` say ``absolute`` (in
    money; as a share) and ``relative`` (of what is usual); None is no statement at any size.
    """
    inside = frame.filter(pl.col("decision") != Decision.EXCLUDED)
    treated = inside.filter(pl.col("decision") == Decision.TREATED).height
    control = inside.height - treated
    past = _past(inside, horizon_days)
    mean, sd, share = (float(value or 0.0) for value in past)
    revenue = minimum_detectable_effect(treated, control, mean, sd)
    conversion = minimum_detectable_share(treated, control, share)
    told = {
        "days": horizon_days,
        "treated": treated,
        "control": control,
        "alpha": ALPHA,
        "power": POWER,
        "revenue": {"mean": round(mean, 4), "sd": round(sd, 4), **_told(revenue)},
        "conversion": {"share": round(share, 6), **_told(conversion)},
    }
    return told | {"words": words(told)}


def words(told: dict[str, Any]) -> str:
    """The same for people."""
    revenue, conversion = told["revenue"], told["conversion"]
    if revenue["absolute"] is None:
        return "Too few customers, or too little of a past, to tell any effect from chance."
    buyers = (
        f", or under {conversion['absolute'] * 100:.1f} in 100 more or fewer who buy,"
        if conversion["absolute"] is not None
        else ""
    )
    return (
        f"With {whole(told['treated'])} treated and {whole(told['control'])} held out, differences"
        f" under {money(revenue['absolute'], 2)} per customer ({revenue['relative'] * 100:.0f} % of"
        f" what they usually spend in {told['days']} days){buyers} will mostly look like chance."
    )


def _told(found: Detectable) -> dict[str, float | None]:
    """Without variance in the past there is nothing to reckon with, so there is no statement."""
    if not math.isfinite(found.absolute) or found.absolute == 0:
        return {"absolute": None, "relative": None}
    relative = found.relative
    return {
        "absolute": round(found.absolute, 6),
        "relative": None if relative is None else round(relative, 6),
    }


def _past(inside: pl.DataFrame, days: int) -> tuple[float | None, float | None, float | None]:
    """Mean and deviation of one customer's revenue, and the share who bought."""
    as_of = snapshot_as_of()
    if as_of is None:
        return None, None, None
    shop = record_shop(inside.select("customer_pk", "customer_id"))
    until = local_wall(as_of, shop.zone)
    spent = (
        shop.purchases(until - timedelta(days=days), until)
        .group_by("customer_pk")
        .agg((pl.col("amount_minor").sum() / shop.minor_per_major).alias("revenue"))
    )
    joined = shop.customers.join(spent, on="customer_pk", how="left")
    revenue = joined.select("revenue").collect()["revenue"]
    filled = revenue.fill_null(0.0)
    return filled.mean(), filled.std(), revenue.is_not_null().mean()  # type: ignore[return-value]  # of numbers
