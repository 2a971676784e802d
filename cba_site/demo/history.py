"""The grocer's own coupon campaigns: who got them and who redeemed; targeted, not randomised."""

import polars as pl


def campaigns(members: pl.DataFrame, descriptions: pl.DataFrame) -> pl.DataFrame:
    """One row per campaign and household that got it: the past_campaigns kind's columns."""
    told = members.join(descriptions, on="campaign_id").sort("campaign_id", "household_id")
    kind = pl.col("campaign_type").str.strip_prefix("Type ")
    return told.select(
        _short_name().alias("campaign"),
        pl.col("household_id").cast(pl.String).alias("customer_id"),
        pl.col("start_date").dt.strftime("%Y-%m-%d").alias("starts_at"),
        pl.col("end_date").dt.strftime("%Y-%m-%d").alias("ends_at"),
        pl.format("Coupons {}, type {}", "campaign_id", kind).alias("name"),
        pl.lit("Coupons by post").alias("goal"),
        pl.lit("post").alias("channel"),
    )


def redemptions(redeemed: pl.DataFrame) -> pl.DataFrame:
    """One row per redeemed coupon: the outcomes kind's columns.

    The source knows the day alone. A household's coupons of one day are a second apart, so that
    each stays an outcome of its own.
    """
    key = ("campaign_id", "household_id", "redemption_date")
    ordered = redeemed.sort(*key, "coupon_upc")
    place = pl.int_range(pl.len()).over(key)
    moment = pl.col("redemption_date") + pl.duration(seconds=place)
    return ordered.select(
        _short_name().alias("campaign"),
        pl.col("household_id").cast(pl.String).alias("customer_id"),
        pl.lit("redeemed").alias("kind"),
        moment.dt.strftime("%Y-%m-%dT%H:%M:%S").alias("at"),
    )


def _short_name() -> pl.Expr:
    return pl.format("coupons-{}", "campaign_id")
