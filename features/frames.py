"""The one door from features to a dataframe: the current snapshot with its delta."""

from datetime import datetime
from typing import Any

import polars as pl

import customers.frames
from features.building import POLARS_DTYPES, build_families, builders, join_families
from features.models import FeatureFile, FeatureSnapshot
from features.store import read_snapshot


def current() -> FeatureSnapshot | None:
    """The published snapshot; None before the first refresh."""
    return FeatureSnapshot.objects.first()


def snapshot() -> pl.LazyFrame:
    """customer_pk and every catalogued feature, newest values; empty before the first refresh."""
    published = current()
    if published is None:
        named = {f.name: POLARS_DTYPES[f.dtype] for builder in builders() for f in builder.features}
        return pl.LazyFrame(schema={"customer_pk": pl.Int64, **named})
    return frame_of(published)


def frame_of(published: FeatureSnapshot) -> pl.LazyFrame:
    """The rows that one published pair stands for, its delta in place of the base's rows."""
    base = read_snapshot(published.path).lazy()
    if not published.delta_path:
        return base
    delta = read_snapshot(published.delta_path)
    kept = base.filter(~pl.col("customer_pk").is_in(delta["customer_pk"].implode()))
    return pl.concat([kept, delta.lazy()]).sort("customer_pk")


def delta_of(published: FeatureSnapshot) -> pl.DataFrame | None:
    return read_snapshot(published.delta_path) if published.delta_path else None


def base_of(published: FeatureSnapshot) -> pl.DataFrame:
    return read_snapshot(published.path)


def customer_features(customer_pk: int) -> dict[str, Any]:
    """{feature: value} of one customer; empty when the snapshot does not know them."""
    row = snapshot().filter(pl.col("customer_pk") == customer_pk).collect()
    values = row.row(0, named=True) if row.height else {}
    values.pop("customer_pk", None)
    return values


def kept_row(family: str, customer_pk: int) -> tuple[FeatureFile, dict[str, Any]] | None:
    """One customer's row of the newest file of a family, with the file; None without either."""
    file = FeatureFile.objects.filter(family=family).order_by("-id").first()
    if file is None:
        return None
    row = pl.scan_parquet(file.path).filter(pl.col("customer_pk") == customer_pk).collect()
    return (file, row.drop("customer_pk").row(0, named=True)) if row.height else None


def features_as_of(as_of: datetime) -> pl.DataFrame:
    """Every builder's features as of a moment, with the shop's customer_id and no surrogate."""
    people = customers.frames.profile_frame(as_of)
    families = build_families(as_of)
    joined = join_families(families, people)
    ids = people.select("customer_pk", "customer_id")
    return ids.join(joined, on="customer_pk", how="left").drop("customer_pk").sort("customer_id")
