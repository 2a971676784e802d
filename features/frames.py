"""The one door from features to a dataframe: the current snapshot with its delta."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import polars as pl

import customers.frames
import transactions.frames
from core.bulk import read_query
from core.localtime import local_wall
from core.once import asked_once
from core.selectors import organisation_zone
from features.building import (
    POLARS_DTYPES,
    build_families,
    build_some,
    builders,
    join_families,
    record_shop,
)
from features.models import FeatureFile, FeatureSnapshot
from features.store import read_snapshot

# Ends the family of a file that holds a few rows made anew since the family's whole file.
DELTA = "__delta"
FIRST_IMPORTED = """
    SELECT customer_id, min(as_of) AT TIME ZONE %s FROM features_importedfeatures
    GROUP BY customer_id ORDER BY customer_id
"""


@asked_once
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


def for_learners() -> pl.LazyFrame:
    """The snapshot as whatever learns from it may see it: without columns that were made up."""
    published = current()
    if published is None:
        return snapshot()
    made_up = [entry["name"] for entry in published.catalogue if entry.get("synthetic")]
    return frame_of(published).drop(made_up)


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
    row = _row_of(customer_pk)
    values = row.row(0, named=True) if row.height else {}
    values.pop("customer_pk", None)
    return values


def customer_row(customer_pk: int) -> pl.DataFrame:
    """One customer's row of the snapshot; everything is missing in that of a customer it lacks."""
    row = _row_of(customer_pk)
    if row.height:
        return row
    return row.clear(1).with_columns(pl.lit(customer_pk, pl.Int64).alias("customer_pk"))


def _row_of(customer_pk: int) -> pl.DataFrame:
    """Their row, or none. Bisected, so that a page's answer does not wait for half a million."""
    published = current()
    if published is None:
        return snapshot().collect()
    same = pl.col("customer_pk") == customer_pk
    delta = delta_of(published)
    if delta is not None and (changed := delta.filter(same)).height:
        return changed
    base = base_of(published)
    at = int(base["customer_pk"].search_sorted(customer_pk))
    return base.slice(at, 1).filter(same)


def kept_row(family: str, customer_pk: int) -> tuple[FeatureFile, dict[str, Any]] | None:
    """One customer's newest row of a family, with its file; None where there is none."""
    for file in kept_files(family):
        rows = _of_file(file).filter(pl.col("customer_pk") == customer_pk).collect()
        if rows.height:
            return file, rows.drop("customer_pk").row(0, named=True)
    return None


def kept_rows(family: str, customer_pks: Collection[int]) -> pl.DataFrame:
    """The newest rows of a family of these customers, with their customer_pk."""
    asked, found = list(customer_pks), []
    for file in kept_files(family):
        rows = _of_file(file).filter(pl.col("customer_pk").is_in(asked)).collect()
        known = set(rows["customer_pk"].to_list())
        asked = [pk for pk in asked if pk not in known]
        found.append(rows)
    return pl.concat(found, how="diagonal_relaxed") if found else pl.DataFrame()


def kept_files(family: str) -> list[FeatureFile]:
    """The newest file of a family, and before it the rows that were made anew since."""
    files = FeatureFile.objects.order_by("-id")
    whole = files.filter(family=family).first()
    if whole is None:
        return []
    since = files.filter(family=f"{family}{DELTA}", pk__gt=whole.pk).first()
    return [since, whole] if since else [whole]


def _of_file(file: FeatureFile) -> pl.LazyFrame:
    try:
        pl.read_parquet_schema(file.path)
    except FileNotFoundError:
        # Its rows went on into a newer file since the name was looked up.
        file = FeatureFile.objects.filter(family=file.family).order_by("-id")[0]
    return pl.scan_parquet(file.path)


def features_as_of(as_of: datetime) -> pl.DataFrame:
    """Every builder's features as of a moment, with the shop's customer_id and no surrogate."""
    people = customers.frames.profile_frame(as_of)
    families = build_families(as_of)
    joined = join_families(families, people)
    ids = people.select("customer_pk", "customer_id")
    return ids.join(joined, on="customer_pk", how="left").drop("customer_pk").sort("customer_id")


def some_features_as_of(keys: Collection[str], as_of: datetime) -> pl.DataFrame:
    """The columns of some builders as a refresh at that moment would have joined them.

    What the shop's own files said by then fills the rest. One row for everybody in the record now,
    sorted by customer_pk.
    """
    return join_families(build_some(keys, as_of), customers.frames.ids_frame())


def known_since() -> pl.DataFrame:
    """customer_pk and ``since``, wall clock: the first line, file of features or day of joining.

    Null for somebody of whom nothing says when they came.
    """
    zone = organisation_zone()
    schema = {"customer_pk": pl.Int64(), "imported": pl.Datetime("us")}
    imported = read_query(FIRST_IMPORTED, schema, [zone.key])
    lines = transactions.frames.mirror_lines().group_by("customer_pk").agg(pl.col("local_at").min())
    everybody = customers.frames.joined_frame()
    known = everybody.join(lines.collect(), on="customer_pk", how="left").join(
        imported, on="customer_pk", how="left"
    )
    since = pl.min_horizontal("local_at", "imported", pl.col("joined_at").cast(pl.Datetime("us")))
    return known.select("customer_pk", since.alias("since"))


def spent_before(moment: datetime, *, days: int) -> pl.DataFrame:
    """customer_pk and ``spent``: the money of the lines that count in the ``days`` local days
    before a moment, for whoever spent anything."""
    end = local_wall(moment, organisation_zone())
    shop = record_shop(pl.DataFrame(schema={"customer_pk": pl.Int64}))
    lines = shop.purchases(since=end - timedelta(days=days), until=end)
    money = (pl.col("amount_minor").sum() / shop.minor_per_major).alias("spent")
    return lines.group_by("customer_pk").agg(money).sort("customer_pk").collect()
