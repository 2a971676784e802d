"""A simulated shop as files: what a shop would hand over, and apart from it what is true."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from analytics.simulation import Activity, Shop, oracle_churn
from analytics.simulation.people import ACQUISITION_CHANNELS, CHANNELS, CONSENT_CHANNELS, REGIONS
from cba_site.simulated_campaigns import campaign_frames, campaigns_in_words, group_frames
from cba_site.simulated_columns import customer_ids, ids, moments, named, skus
from cba_site.simulated_dirt import with_same_people, write_dirty_lines
from cba_site.simulated_said import people_columns, said_frames

MINOR_PER_MAJOR = 100
TRUTH = "truth"
# What tells a folder that a simulation has written.
MARK = Path(TRUTH, "segments.json")
CAMPAIGNS = Path(TRUTH, "campaigns.json")
KINDS = (
    "products", "customers", "consents", "order_lines", "events", "interactions", "feedback",
    "past_campaigns", "outcomes",
)  # fmt: skip
TRUE_TABLES = ("customers", "products", "future_order_lines", "campaign_groups", "dirt")
FORMATS = ("csv", "parquet")
ORACLE_HORIZONS = (28, 90)


def write_shop(shop: Shop, out: Path, *, form: str, dirt: float = 0.0) -> None:
    """``<kind>.<form>`` in the generic columns, and a sub-folder that no import reads.

    ``dirt``: the share of order lines and customers that something is done to, told by a key.
    """
    for path in written_before(out):
        path.unlink()
    (out / TRUTH).mkdir(parents=True, exist_ok=True)
    frames = shop_frames(shop)
    if dirt:
        _write(_soiled(frames, out, shop.options.seed, dirt), out / TRUTH / "dirt.csv")
    for name, frame in frames.items():
        _write(frame, out / f"{name}.{form}")
    frames.clear()
    for name, made in said_frames(shop):
        _write(made(), out / f"{name}.{form}")
    for name, frame in truth_frames(shop).items():
        _write(frame, out / TRUTH / f"{name}.csv")
    if shop.future is not None:
        future = order_lines(shop, shop.future)
        _write(future, out / TRUTH / f"future_order_lines.{form}")
    if shop.campaigns:
        _write_words(campaigns_in_words(shop), out / CAMPAIGNS)
    _write_words(segments_in_words(shop), out / MARK)


def _soiled(frames: dict[str, pl.DataFrame], out: Path, seed: int, share: float) -> pl.DataFrame:
    """Write the dirty order lines, soil the customers, and answer the key of both."""
    key = write_dirty_lines(
        frames.pop("order_lines"), out / "order_lines.csv", seed=seed, share=share
    )
    frames["customers"], same = with_same_people(
        frames["customers"], "customers.csv", seed=seed, share=share / 2
    )
    return pl.concat([key, same])


def written_before(out: Path) -> list[Path]:
    """Files in this folder under the names that a simulation writes."""
    names = [Path(name) for name in KINDS] + [Path(TRUTH, name) for name in TRUE_TABLES]
    paths = [
        out / MARK,
        out / CAMPAIGNS,
        *(out / f"{name}.{form}" for name in names for form in FORMATS),
    ]
    return [path for path in paths if path.exists()]


def shop_frames(shop: Shop) -> dict[str, pl.DataFrame]:
    """The kinds' frames by name; money in major units, times by the shop's wall clock."""
    return {
        "products": _products(shop),
        "customers": _customers(shop),
        "consents": _consents(shop),
        "order_lines": order_lines(shop, shop.history),
        **campaign_frames(shop, customer_ids(shop)),
    }


def order_lines(shop: Shop, activity: Activity) -> pl.DataFrame:
    lines, orders = activity.lines, activity.orders
    stores = ["", *(f"Store {number:02}" for number in range(1, shop.options.stores + 1))]
    return pl.DataFrame(
        {
            "customer_id": customer_ids(shop).gather(orders.customer[lines.order]),
            "order_id": ids("O", orders.number + 1, width=8).gather(lines.order),
            "line_number": lines.line_number,
            "sku": skus(shop).gather(lines.product),
            "occurred_at": moments(orders.at).gather(lines.order),
            "quantity": lines.quantity,
            "amount": lines.amount_minor / MINOR_PER_MAJOR,
            "discount": lines.discount_minor / MINOR_PER_MAJOR,
            "channel": named(CHANNELS, orders.channel[lines.order]),
            "store": named(stores, orders.store[lines.order] + 1),
            "returned": lines.returned,
        }
    ).with_columns(pl.col("store").replace("", None))


def truth_frames(shop: Shop) -> dict[str, pl.DataFrame]:
    """What is true of each customer and each product; churn as an oracle would forecast it."""
    truth = shop.truth
    names = [each.segment.name for each in truth.segments]
    customers = pl.DataFrame(
        {
            "customer_id": customer_ids(shop),
            "segment": named(names, truth.segment),
            "rate_per_day": truth.rate,
            "dropout_probability": truth.dropout,
            "purchases": truth.purchases,
            "dropped_at": moments(truth.dropped_at),
            "alive_at_end": truth.alive,
            "home_block": truth.home_block,
            "price_sensitivity": truth.price_sensitivity,
            "mean_order_value": truth.mean_order_value_minor / MINOR_PER_MAJOR,
            **{f"oracle_churn_{days}d": oracle_churn(truth, days) for days in ORACLE_HORIZONS},
        }
    )
    products = pl.DataFrame(
        {
            "sku": skus(shop),
            "block": truth.product_block,
            "popularity_rank": truth.product_rank + 1,
            "base_price": truth.base_price_minor / MINOR_PER_MAJOR,
        }
    )
    groups = group_frames(shop, customer_ids(shop))
    return {"customers": customers, "products": products, **groups}


def segments_in_words(shop: Shop) -> dict[str, Any]:
    """The segments as simulated (rates scaled), the clock, and the options that made the shop."""
    told_elsewhere = ("segments", "campaigns")
    options = {
        name: value for name, value in asdict(shop.options).items() if name not in told_elsewhere
    }
    return {
        "options": options,
        "clock": asdict(shop.truth.clock),
        "segments": [
            {
                **asdict(each.segment),
                "rate_days": each.segment.rate_days / each.rate_scale,
                "value_scale_minor": each.value_scale,
                "customers": each.customers,
            }
            for each in shop.truth.segments
        ],
    }


def _products(shop: Shop) -> pl.DataFrame:
    products = shop.products
    return pl.DataFrame(
        {
            "sku": skus(shop),
            "name": products.name,
            "department": products.department,
            "category": products.category,
            "brand": products.brand,
            "price": products.price_minor / MINOR_PER_MAJOR,
        }
    )


def _customers(shop: Shop) -> pl.DataFrame:
    customers = shop.customers
    return pl.DataFrame(
        {
            "customer_id": customer_ids(shop),
            **people_columns(shop),
            "birth_date": pl.Series(customers.birth_date),
            "region": named(REGIONS, customers.region),
            "acquisition_channel": named(ACQUISITION_CHANNELS, customers.acquisition_channel),
            "joined_at": pl.Series(customers.joined_at),
        }
    )


def _consents(shop: Shop) -> pl.DataFrame:
    consents = shop.consents
    return pl.DataFrame(
        {
            "customer_id": customer_ids(shop).gather(consents.customer),
            "channel": named(CONSENT_CHANNELS, consents.channel),
            "purpose": pl.Series(["marketing"]).new_from_index(0, len(consents)),
            "granted": consents.granted,
            "at": moments(consents.at),
            "source": pl.Series(["simulation"]).new_from_index(0, len(consents)),
        }
    )


def _write_words(words: Any, path: Path) -> None:
    path.write_text(json.dumps(words, indent=2, default=str) + "\n")


def _write(frame: pl.DataFrame, path: Path) -> None:
    if path.suffix == ".csv":
        frame.write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%S")
    else:
        frame.write_parquet(path)
