"""The one door from features to a dataframe: the current snapshot with its delta."""

from datetime import datetime
from functools import lru_cache
from typing import Any

import polars as pl
import pyarrow as pa

import customers.frames
from features.building import build_families, join_families
from features.models import FeatureSnapshot


def current() -> FeatureSnapshot | None:
    """The published snapshot; None before the first refresh."""
    return FeatureSnapshot.objects.first()


def snapshot() -> pl.LazyFrame:
    """customer_pk and every catalogued feature, newest values; empty before the first refresh."""
    published = current()
    if published is None:
        return pl.LazyFrame(schema={"customer_pk": pl.Int64})
    return frame_of(published)


def frame_of(published: FeatureSnapshot) -> pl.LazyFrame:
    """The rows that one published pair stands for, its delta in place of the base's rows."""
    base = _mapped(published.path).lazy()
    if not published.delta_path:
        return base
    delta = _mapped(published.delta_path)
    kept = base.filter(~pl.col("customer_pk").is_in(delta["customer_pk"].implode()))
    return pl.concat([kept, delta.lazy()]).sort("customer_pk")


def delta_of(published: FeatureSnapshot) -> pl.DataFrame | None:
    return _mapped(published.delta_path) if published.delta_path else None


def base_of(published: FeatureSnapshot) -> pl.DataFrame:
    return _mapped(published.path)


def customer_features(customer_pk: int) -> dict[str, Any]:
    """{feature: value} of one customer; empty when the snapshot does not know them."""
    row = snapshot().filter(pl.col("customer_pk") == customer_pk).collect()
    values = row.row(0, named=True) if row.height else {}
    values.pop("customer_pk", None)
    return values


def features_as_of(as_of: datetime) -> pl.DataFrame:
    """Every builder's features as of a moment, with the shop's customer_id and no surrogate."""
    people = customers.frames.profile_frame(as_of)
    families = build_families(as_of)
    joined = join_families(families, people)
    ids = people.select("customer_pk", "customer_id")
    return ids.join(joined, on="customer_pk", how="left").drop("customer_pk").sort("customer_id")


@lru_cache(maxsize=4)
def _mapped(path: str) -> pl.DataFrame:
    """A file never changes, so its path is its content; the mapping is shared by all readers."""
    with pa.memory_map(path) as file:
        return pl.DataFrame(pl.from_arrow(pa.ipc.open_file(file).read_all()))
