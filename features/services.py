"""Verbs of features: refresh them all, update a few customers, publish a label or score."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
from django.db import transaction

import customers.frames
from core.contracts.builder import Feature
from core.errors import Refused
from core.once import ask_again
from features import store
from features.building import (
    IMPORTED,
    Family,
    build_families,
    entries,
    join_families,
    typed,
    without_names,
)
from features.frames import DELTA, base_of, current, delta_of, frame_of, kept_files
from features.models import FeatureFile, FeatureSnapshot
from runs.models import Run
from runs.work import Step

KEPT_SNAPSHOTS = 3


class NoSnapshot(Refused):
    code = "no_snapshot"
    status = 409


def refresh_features(*, step: Step, as_of: datetime, run: Run) -> FeatureSnapshot:
    """Build every family as of a moment and publish the snapshot that joins them.

    Labels and scores that learners published stay with their newest values.
    """
    people = customers.frames.profile_frame(as_of)
    families = build_families(as_of)
    published = _published_families({family.name for family in families})
    total = sum(family.frame.height for family in families) + people.height
    done = 0
    for family in families:
        _keep(family, as_of=as_of, run=run)
        done += family.frame.height
        step.wrote(done, of=total)
    learned = {feature.name for family in published for feature in family.features}
    own = [f if f.name != IMPORTED else without_names(f, learned) for f in families]
    everything = [*own, *published]
    snapshot = _publish_snapshot(
        frame=join_families(everything, people), catalogue=entries(everything), as_of=as_of, run=run
    )
    step.wrote(total, of=total)
    return snapshot


def publish(
    *, family: str, frame: pl.DataFrame, as_of: datetime, source: Run, features: Iterable[Feature]
) -> FeatureSnapshot:
    """Put a learner's columns, one row per customer_pk, into the snapshot under their names."""
    snapshot = _current_or_refuse()
    published = Family(family, tuple(features), frame.sort("customer_pk"))
    _keep(published, as_of=as_of, run=source)
    # A learner's name is its own, even where a file of the shop had brought a column of that name.
    learned = {feature.name for feature in published.features}
    others = [e for e in snapshot.catalogue if e["family"] != family and e["name"] not in learned]
    catalogue = others + entries([published])
    kept = frame_of(snapshot).collect().select("customer_pk", *(e["name"] for e in others))
    joined = kept.join(published.frame, on="customer_pk", how="left")
    return _publish_snapshot(
        frame=typed(joined, catalogue), catalogue=catalogue, as_of=snapshot.as_of, run=source
    )


def keep(
    *, family: str, frame: pl.DataFrame, as_of: datetime, source: Run, features: Iterable[Feature]
) -> FeatureFile:
    """Keep a learner's columns as a family's file only: they are no features for rules."""
    kept = Family(family, tuple(features), frame.sort("customer_pk"))
    return _keep(kept, as_of=as_of, run=source)


def keep_delta(
    *, family: str, frame: pl.DataFrame, as_of: datetime, source: Run, features: Iterable[Feature]
) -> FeatureFile | None:
    """Rows of a few customers in place of those in a kept family's file, until it is made anew."""
    files = kept_files(family)
    if not files:
        return None
    before = files[0] if len(files) > 1 else None
    if before is not None:
        others = pl.read_parquet(before.path).filter(
            ~pl.col("customer_pk").is_in(frame["customer_pk"].implode())
        )
        frame = pl.concat([frame, others.select(frame.columns)], how="vertical_relaxed")
    kept = keep(
        family=f"{family}{DELTA}", frame=frame, as_of=as_of, source=source, features=features
    )
    if before is not None:
        before.delete()
        Path(before.path).unlink(missing_ok=True)
    return kept


@transaction.atomic
def take_back(*, run: Run) -> FeatureSnapshot | None:
    """Publish again what was published before a run that failed.

    None where there is nothing to do: another run has published since, or nothing was before.
    """
    now, before = current(), FeatureSnapshot.objects.exclude(run=run).first()
    if now is None or before is None or now.run_id != run.pk:
        return None
    FeatureSnapshot.objects.filter(run=run).delete()
    ask_again(current)
    # The next refresh would take a learner's newest file for what the snapshot holds.
    FeatureFile.objects.filter(run=run).delete()
    return before


@transaction.atomic
def withdraw() -> None:
    """Publish nothing, as before the first refresh: nobody is left whom a snapshot could be of."""
    FeatureSnapshot.objects.all().delete()
    FeatureFile.objects.all().delete()
    ask_again(current)


def update_customers(*, customer_pks: list[int], as_of: datetime) -> FeatureSnapshot:
    """New values for a few customers in the snapshot's delta; labels stay until published anew.

    Who is nobody any more, since they were merged, leaves the snapshot.
    """
    snapshot = _current_or_refuse()
    people = customers.frames.profile_frame(as_of, customer_pks)
    snapshot = _without(snapshot, set(customer_pks) - set(people["customer_pk"].to_list()))
    families = build_families(as_of, customer_pks)
    fresh = join_families(families, people)
    built = {entry["name"] for entry in entries(families)}
    labels = [e["name"] for e in snapshot.catalogue if e["name"] not in built]
    before = frame_of(snapshot).select("customer_pk", *labels).collect()
    missing = [e["name"] for e in snapshot.catalogue if e["name"] in built - set(fresh.columns)]
    fresh = fresh.join(before, on="customer_pk", how="left").with_columns(
        *(pl.lit(None).alias(name) for name in missing)
    )
    made_up = frozenset[str]().union(*(family.made_up for family in families))
    for entry in snapshot.catalogue:
        # Once a made-up row is in it, the column is not learnt from until all is made anew.
        entry["synthetic"] = entry.get("synthetic", False) or entry["name"] in made_up
    return _publish_delta(snapshot, typed(fresh, snapshot.catalogue), gone=customer_pks)


def _without(snapshot: FeatureSnapshot, gone: set[int]) -> FeatureSnapshot:
    """The snapshot to go on from, whose base has no row of these; it is not published yet."""
    base = base_of(snapshot)
    kept = base.filter(~pl.col("customer_pk").is_in(gone)) if gone else base
    if kept.height < base.height:
        snapshot.path = str(store.write_snapshot(kept))
    return snapshot


def publish_delta(*, frame: pl.DataFrame) -> FeatureSnapshot:
    """Replace some columns for customers of the delta: their new labels or scores."""
    snapshot = _current_or_refuse()
    delta = delta_of(snapshot)
    if delta is None:
        return snapshot
    # Only theirs: the labels of those who changed earlier stay.
    theirs = delta.filter(pl.col("customer_pk").is_in(frame["customer_pk"].implode()))
    changed = [name for name in frame.columns if name != "customer_pk"]
    joined = theirs.drop(changed).join(frame, on="customer_pk", how="left")
    return _publish_delta(snapshot, typed(joined, snapshot.catalogue), gone=[])


def _publish_delta(
    snapshot: FeatureSnapshot, fresh: pl.DataFrame, *, gone: list[int]
) -> FeatureSnapshot:
    """Publish the same base with a delta in which ``fresh`` rows take the place of their own."""
    delta = delta_of(snapshot)
    if delta is not None:
        replaced = [*fresh["customer_pk"].to_list(), *gone]
        fresh = pl.concat([delta.filter(~pl.col("customer_pk").is_in(replaced)), fresh])
    path = store.write_snapshot(fresh.sort("customer_pk"))
    in_base = base_of(snapshot)["customer_pk"].is_in(fresh["customer_pk"].implode()).sum()
    return _commit(
        as_of=snapshot.as_of,
        run=snapshot.run,
        path=snapshot.path,
        delta_path=str(path),
        rows=base_of(snapshot).height + fresh.height - int(in_base),
        catalogue=snapshot.catalogue,
    )


def _publish_snapshot(
    *, frame: pl.DataFrame, catalogue: list[dict[str, Any]], as_of: datetime, run: Run
) -> FeatureSnapshot:
    rows = max(frame.height, 1)
    for entry in catalogue:
        entry["null_share"] = round(frame[entry["name"]].null_count() / rows, 4)
    return _commit(
        as_of=as_of,
        run=run,
        path=str(store.write_snapshot(frame)),
        delta_path="",
        rows=frame.height,
        catalogue=catalogue,
    )


@transaction.atomic
def _commit(**values: Any) -> FeatureSnapshot:
    """The publication; then forget what nobody reads any more."""
    snapshot = FeatureSnapshot.objects.create(**values)
    ask_again(current)
    pks = FeatureSnapshot.objects.values_list("pk", flat=True)
    # A run that fails puts back what was there before it: that one is kept too.
    kept = {*pks[:KEPT_SNAPSHOTS], *pks.exclude(run=snapshot.run)[:1]}
    FeatureSnapshot.objects.exclude(pk__in=kept).delete()
    named = FeatureSnapshot.objects.values_list("path", "delta_path")
    store.remove_unused_snapshots({path for pair in named for path in pair})
    return snapshot


def _keep(family: Family, *, as_of: datetime, run: Run) -> FeatureFile:
    """The family's own file: its history for back-tests."""
    return FeatureFile.objects.create(
        family=family.name,
        as_of=as_of,
        run=run,
        path=str(store.write_family(family.name, family.frame)),
        rows=family.frame.height,
        columns=[asdict(feature) for feature in family.features],
    )


def _published_families(built: set[str]) -> list[Family]:
    """The newest file of each family that learners published and the current catalogue knows."""
    snapshot = current()
    known = {entry["family"] for entry in snapshot.catalogue} if snapshot else set()
    newest = FeatureFile.objects.filter(family__in=known - built).order_by("family", "-id")
    return [
        Family(file.family, tuple(Feature(**c) for c in file.columns), pl.read_parquet(file.path))
        for file in newest.distinct("family")
        if file.family != IMPORTED
    ]


def _current_or_refuse() -> FeatureSnapshot:
    snapshot = current()
    if snapshot is None:
        raise NoSnapshot("There are no features yet. Run a refresh first.")
    return snapshot
