"""The campaigns of a simulated shop as files: what the shop knows, and apart from it the truth."""

from dataclasses import asdict
from typing import Any

import polars as pl

from analytics.simulation import Campaign, Difference, Shop
from analytics.simulation.campaigns import OUTCOME_KINDS

MINOR_PER_MAJOR = 100
OUTCOMES_SCHEMA = {
    "campaign": pl.String(),
    "customer_id": pl.String(),
    "kind": pl.String(),
    "at": pl.Datetime("us"),
    "value": pl.Float64(),
}


def campaign_frames(shop: Shop, customer_ids: pl.Series) -> dict[str, pl.DataFrame]:
    """The kinds past_campaigns (who was treated) and outcomes; no file without a campaign."""
    if not shop.campaigns:
        return {}
    treated = [
        pl.DataFrame({"customer_id": customer_ids.gather(each.members[each.treated])}).select(
            pl.lit(each.plan.name).alias("campaign"),
            "customer_id",
            pl.lit(each.launched_at.astype("datetime64[us]")).alias("starts_at"),
            pl.lit(each.ends_at.astype("datetime64[us]")).alias("ends_at"),
            pl.lit("email").alias("channel"),
        )
        for each in shop.campaigns
    ]
    done = [_outcomes(each, customer_ids) for each in shop.campaigns]
    return {"past_campaigns": pl.concat(treated), "outcomes": pl.concat(done)}


def _outcomes(campaign: Campaign, customer_ids: pl.Series) -> pl.DataFrame:
    rows = campaign.outcomes
    if rows is None:
        return pl.DataFrame(schema=OUTCOMES_SCHEMA)
    worth = pl.Series(rows.value_minor / MINOR_PER_MAJOR)
    return pl.DataFrame(
        {
            "campaign": pl.Series([campaign.plan.name]).new_from_index(0, len(rows)),
            "customer_id": customer_ids.gather(rows.customer),
            "kind": pl.Series(OUTCOME_KINDS, dtype=pl.String).gather(rows.kind),
            "at": pl.Series(rows.at.astype("datetime64[us]")),
            "value": worth.set(worth == 0, None),
        },
        schema=OUTCOMES_SCHEMA,
    )


def group_frames(shop: Shop, customer_ids: pl.Series) -> dict[str, pl.DataFrame]:
    """Who was treated and who was control: no kind of import has a column for it."""
    if not shop.campaigns:
        return {}
    parts = [
        pl.DataFrame(
            {
                "campaign": pl.Series([each.plan.name]).new_from_index(0, each.members.size),
                "customer_id": customer_ids.gather(each.members),
                "group": pl.Series(["control", "treated"]).gather(each.treated.astype(int)),
            }
        )
        for each in shop.campaigns
    ]
    return {"campaign_groups": pl.concat(parts)}


def campaigns_in_words(shop: Shop) -> list[dict[str, Any]]:
    """The true effect of each, in all and by latent segment, per treated customer."""
    return [
        {
            "campaign": each.plan.name,
            "starts_at": str(each.launched_at),
            "ends_at": str(each.ends_at),
            "horizon_days": each.plan.horizon_days,
            "treated_share": each.plan.treated_share,
            "control": int((~each.treated).sum()),
            **_in_major(truth.overall),
            "segments": [
                {
                    "segment": one.segment,
                    "rate_factor": one.rate,
                    "value_factor": one.value,
                    **_in_major(one.difference),
                }
                for one in truth.segments
            ],
        }
        for each, truth in zip(shop.campaigns, shop.truth.campaigns, strict=True)
    ]


def _in_major(difference: Difference) -> dict[str, Any]:
    return {
        name.replace("_minor", ""): value / MINOR_PER_MAJOR if "_minor" in name else value
        for name, value in asdict(difference).items()
    }
