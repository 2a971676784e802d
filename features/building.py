"""Runs the builders over the mirror, and joins what they and the files of the shop say."""

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl

import customers.frames
import transactions.frames
from core.bulk import read_query
from core.contracts.builder import Builder, Feature
from core.localtime import local_wall
from core.money import minor_per_major
from core.selectors import organisation, organisation_zone
from features.builders.engagement import EVENT_KINDS
from features.shop import Said, Shop, build, builders_for

IMPORTED = "imported"

POLARS_DTYPES: dict[str, Any] = {
    "int16": pl.Int16,
    "int32": pl.Int32,
    "float32": pl.Float32,
    "float64": pl.Float64,
    "text": pl.Categorical,
    "boolean": pl.Boolean,
}

# The newest row of each customer, whatever file it came from.
IMPORTED_ROWS = """
    SELECT DISTINCT ON (customer_id) customer_id, values::text FROM features_importedfeatures
    WHERE as_of <= %(at)s AND (%(pks)s::bigint[] IS NULL OR customer_id = ANY(%(pks)s))
    ORDER BY customer_id, as_of DESC, id DESC
"""


@dataclass(frozen=True)
class Family:
    """What one family says: its columns' catalogue entries and one row per customer.

    ``made_up``: the columns that rest on rows that were made up, and are not learnt from.
    """

    name: str
    features: tuple[Feature, ...]
    frame: pl.DataFrame
    made_up: frozenset[str] = frozenset()


def record_shop(people: pl.DataFrame | None = None) -> Shop:
    """The shop of this installation, from the mirror; ``people`` instead of all customers' ids."""
    shop = organisation()
    people = customers.frames.ids_frame() if people is None else people
    return Shop(
        name=shop.name,
        lines=transactions.frames.mirror_lines(),
        products=transactions.frames.mirror_products(),
        customers=people.lazy(),
        zone=organisation_zone(),
        minor_per_major=minor_per_major(shop.currency),
    )


def record_said(customer_pks: list[int] | None = None) -> Said:
    """What everybody, or some, did and said outside of orders, from the record."""
    return Said(
        events=transactions.frames.event_frame(EVENT_KINDS, customer_pks).lazy(),
        contacts=customers.frames.contact_frame(customer_pks).lazy(),
        answers=customers.frames.answer_frame(customer_pks).lazy(),
    )


def resting_on(features: Iterable[Feature], frames: Collection[str]) -> frozenset[str]:
    """The names of those features that rest on these frames of Inputs."""
    return frozenset(feature.name for feature in features if feature.rests_on in frames)


def builders() -> list[Builder]:
    """The builders that have something to say about this shop, by name."""
    return builders_for(transactions.frames.mirror_lines())


def build_families(as_of: datetime, customer_pks: list[int] | None = None) -> list[Family]:
    """Every family as of a moment, for all customers or for some; sorted by customer_pk."""
    shop = record_shop(customers.frames.profile_frame(as_of, customer_pks))
    shop = replace(shop, said=record_said(customer_pks))
    if customer_pks is not None:
        shop = replace(shop, lines=shop.lines.filter(pl.col("customer_pk").is_in(customer_pks)))
    inputs = shop.inputs(local_wall(as_of, shop.zone))
    chosen, made_up = builders(), shop.said.made_up()
    families = [
        Family(builder.key, tuple(builder.features), frame, resting_on(builder.features, made_up))
        for builder, frame in zip(chosen, build(chosen, inputs), strict=True)
    ]
    imported = imported_family(as_of, customer_pks)
    return families + ([imported] if imported.features else [])


def build_some(keys: Collection[str], as_of: datetime) -> list[Family]:
    """The families of these builders and of the shop's own files as of a moment, for everybody.

    For builders that look at purchases alone: no profile is read.
    """
    shop = record_shop()
    chosen = [builder for builder in builders() if builder.key in keys]
    frames = build(chosen, shop.inputs(local_wall(as_of, shop.zone)))
    families = [
        Family(builder.key, tuple(builder.features), frame)
        for builder, frame in zip(chosen, frames, strict=True)
    ]
    imported = imported_family(as_of)
    return families + ([imported] if imported.features else [])


def imported_family(as_of: datetime, customer_pks: list[int] | None = None) -> Family:
    """What the shop's own one-row-per-customer files said last, a column for each name."""
    rows = read_query(
        IMPORTED_ROWS,
        {"customer_pk": pl.Int64(), "values": pl.String()},
        {"at": as_of, "pks": customer_pks},
    )
    if rows.is_empty():
        return Family(IMPORTED, (), pl.DataFrame(schema={"customer_pk": pl.Int64}))
    values = pl.DataFrame(
        [json.loads(text) for text in rows["values"]], infer_schema_length=None, strict=False
    )
    values = values.drop("customer_pk", strict=False)
    frame = pl.concat([rows.select("customer_pk"), values], how="horizontal").sort("customer_pk")
    features = tuple(
        Feature(name, _dtype_of(dtype), "as the shop's file gives it", source="customer_features")
        for name, dtype in values.schema.items()
    )
    return Family(IMPORTED, features, frame)


def join_families(families: Iterable[Family], customers_frame: pl.DataFrame) -> pl.DataFrame:
    """One row per customer, sorted; a name has one column, and the file's value fills the rest."""
    joined = customers_frame.select("customer_pk").sort("customer_pk")
    for family in families:
        joined = joined.join(family.frame, on="customer_pk", how="left", suffix="__other")
        twice = [name for name in joined.columns if name.endswith("__other")]
        for name in twice:
            kept = name.removesuffix("__other")
            other = pl.col(name).cast(joined.schema[kept], strict=False)
            joined = joined.with_columns(pl.coalesce(kept, other)).drop(name)
    return typed(joined, entries(families))


def without_names(family: Family, taken: Iterable[str]) -> Family:
    """The family without the columns that others own alone, such as a learner's labels."""
    owned = {*taken, "customer_pk"}
    features = tuple(feature for feature in family.features if feature.name not in owned)
    kept = family.frame.select("customer_pk", *(feature.name for feature in features))
    return Family(family.name, features, kept)


def typed(frame: pl.DataFrame, catalogue: Iterable[dict[str, Any]]) -> pl.DataFrame:
    """The snapshot's types: small numbers and dictionary strings."""
    return frame.select(
        "customer_pk",
        *(pl.col(e["name"]).cast(POLARS_DTYPES[e["dtype"]], strict=False) for e in catalogue),
    )


def entries(families: Iterable[Family]) -> list[dict[str, Any]]:
    """The catalogue: one entry a name; the first family that declares a name owns it."""
    found: dict[str, dict[str, Any]] = {}
    for family in families:
        for feature in family.features:
            synthetic = feature.name in family.made_up
            entry = {**asdict(feature), "family": family.name, "synthetic": synthetic}
            found.setdefault(feature.name, entry)
    return list(found.values())


def _dtype_of(dtype: pl.DataType) -> Any:
    if dtype == pl.Boolean:
        return "boolean"
    return "float64" if dtype.is_numeric() else "text"
