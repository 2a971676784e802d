"""What every feature family keeps to, whoever wrote it."""

from datetime import date, datetime

import narwhals as nw
import polars as pl
import pytest

from core.contracts.builder import NARWHALS_DTYPES, Builder, Inputs
from core.registry import plugins

AS_OF = datetime(2026, 3, 1)  # noqa: DTZ001  (the shop's wall clock, as the mirror stores it)
FOUND = plugins(packages=["features.builders"], contract=Builder)
CHANNELS = ("shop", "web")

LINE_SCHEMA = {
    "line_pk": pl.Int64, "order_pk": pl.Int64, "customer_pk": pl.Int64, "product_pk": pl.Int64,
    "local_at": pl.Datetime("us"), "quantity": pl.Float64, "amount_minor": pl.Int64,
    "discount_minor": pl.Int64, "returned": pl.Boolean, "channel": pl.String, "store": pl.String,
}  # fmt: skip
PROFILE = {
    "customer_pk": pl.Int64, "age_band": pl.String, "region": pl.String,
    "acquisition_channel": pl.String,
    **{f"{w}_{c}": pl.Boolean for w in ("consent", "reachable") for c in
       ("email", "sms", "phone", "post")},
}  # fmt: skip


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


LINES = [
    (1, 1, 1, 1, at("2026-02-01T10:00"), 1.0, 1000, 0, False, "web", "s"),
    (2, 1, 1, 2, at("2026-02-01T10:00"), 2.0, 500, 100, False, "web", "s"),
    (3, 2, 1, 1, at("2026-02-11T11:00"), 1.0, 333, 0, False, "shop", "s"),
    (4, 3, 1, 1, at("2026-02-20T11:00"), -1.0, -333, 0, True, "shop", "s"),
    (5, 4, 2, 2, at("2026-02-28T23:59"), None, 700, 0, False, None, None),
    (6, 5, 3, 3, at("2026-02-10T09:00"), 0.0, 0, 0, False, "web", "s"),
    (7, 6, 4, None, at("2026-01-01T00:00"), 1.0, 50, 50, False, "web", "s"),
]
LATER = [(8, 7, 1, 3, at("2026-03-01T00:00"), 9.0, 99999, 9, False, "web", "s")]
PRODUCTS = pl.DataFrame(
    {"product_pk": [1, 2, 3], "sku": ["a", "b", "c"], "category": ["x", "y", "x"]}
)


def inputs(rows: list, as_of: datetime = AS_OF) -> Inputs:
    lines = pl.DataFrame(rows, schema=LINE_SCHEMA, orient="row").with_columns(
        pl.col("local_at").dt.date().alias("local_day"),
        pl.col("local_at").dt.hour().cast(pl.Int8).alias("local_hour"),
    )
    people = pl.DataFrame(
        [{"customer_pk": pk, "region": "West"} for pk in (1, 2, 3, 4)] if rows else [],
        schema=PROFILE,
    )
    frames = (nw.from_native(frame.lazy()) for frame in (lines, PRODUCTS, people))
    return Inputs(*frames, as_of=as_of)


def built(key: str, rows: list) -> pl.DataFrame:
    frame = FOUND[key].for_shop(CHANNELS).build(inputs(rows))
    return nw.to_native(frame).collect().sort("customer_pk")


def test_every_family_of_the_house_is_found():
    assert list(FOUND) == [
        "calendar", "channels", "gaps", "habits", "profile", "purchases", "variety", "windows",
    ]  # fmt: skip


@pytest.mark.parametrize("key", FOUND)
def test_it_gives_the_declared_columns_in_their_types(key):
    for rows in (LINES, []):
        frame = built(key, rows)
        features = FOUND[key].for_shop(CHANNELS).features
        assert frame.columns == ["customer_pk", *(f.name for f in features)]
        declared = {f.name: NARWHALS_DTYPES[f.dtype] for f in features}
        found = nw.from_native(frame).schema
        assert {name: found[name] for name in declared} == declared


@pytest.mark.parametrize("key", FOUND)
def test_it_has_one_row_a_customer(key):
    frame = built(key, LINES)
    assert frame["customer_pk"].is_unique().all()


@pytest.mark.parametrize("key", FOUND)
def test_it_is_blind_to_what_comes_at_as_of_or_later(key):
    assert built(key, LINES + LATER).equals(built(key, LINES))


@pytest.mark.parametrize("key", FOUND)
def test_it_does_not_depend_on_the_order_of_rows(key):
    assert built(key, LINES[::-1]).equals(built(key, LINES))


def row_of(key: str, customer: int) -> dict:
    return built(key, LINES).filter(pl.col("customer_pk") == customer).row(0, named=True)


def test_returned_lines_count_only_in_the_return_rate():
    bought = row_of("purchases", 1)
    assert (bought["purchase_frequency"], bought["line_count"]) == (2, 3)
    assert bought["purchase_monetary_value"] == 18.33, "money is exact to the minor unit"
    assert row_of("habits", 1)["return_rate"] == 0.25
    assert row_of("habits", 1)["discount_share"] == pytest.approx(1 / 3)


def test_a_line_of_quantity_zero_makes_no_customer():
    assert 3 not in built("purchases", LINES)["customer_pk"].to_list()


def test_a_line_without_a_quantity_counts():
    assert row_of("purchases", 2)["recency_days"] == 0
    assert row_of("purchases", 2)["purchase_monetary_value"] == 7.0


def test_channels_share_the_orders():
    found = row_of("channels", 1)
    assert (found["channel_share_web"], found["channel_share_shop"]) == (0.5, 0.5)
    assert row_of("channels", 2)["channel_share_web"] == 0.0


def test_the_favourite_has_most_lines_then_the_first_name():
    found = row_of("variety", 1)
    assert (found["top_product"], found["distinct_products"]) == ("a", 2)
    assert (found["top_category"], found["distinct_categories"]) == ("x", 2)


def test_a_single_order_day_has_no_gap():
    assert built("gaps", LINES)["customer_pk"].to_list() == [1]
    assert row_of("gaps", 1)["gap_days_mean"] == 10.0
    assert row_of("gaps", 1)["gap_days_std"] is None


def test_the_day_is_the_shops():
    assert date(2026, 2, 28) == inputs(LINES).lines.collect()["local_day"].to_list()[4]
