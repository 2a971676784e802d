from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import pandas as pd
import polars as pl
from django.db import transaction

import features.frames
import features.services
from accounts.models import User
from analytics.centroids import CentroidModel
from analytics.cluster_names import ClusterWords, describe
from core.contracts.algorithm import Clustering, EvidenceForK
from core.contracts.builder import Feature
from core.errors import Refused
from core.formats import money
from features.selectors import catalogue
from runs.models import ModelVersion, Run
from runs.services import request
from runs.stored import load_arrays, store_arrays
from runs.versions import Fitted, promote, register
from runs.work import Step, Work
from segmentation.algorithms.kmeans import KMeans
from segmentation.models import Grouping, SegmentKind
from segmentation.services.cluster_options import (
    STANDARD_FEATURES,
    BadClusterOptions,
    ClusterOptions,
    checked_algorithm,
)
from segmentation.services.rfm import NobodyToRank
from segmentation.services.segments import Group, sync_group_segments

__all__ = ["BadClusterOptions", "ClusterOptions"]

FAMILY = "cluster"
ENOUGH_STABILITY = 0.6
WEAK_K = 3
OUTLIERS = "Outliers"


class UnstableClusters(Refused):
    code = "unstable_clusters"


class NoCentroids(Refused):
    """A run whose labels no centroid explains cannot take in a customer it has not seen."""

    code = "no_centroids"
    status = 409


def standard_clustering(table: pd.DataFrame) -> tuple[Clustering, bool]:
    """The clusters of the standard run, and whether they are weak.

    Where no k is stable enough it takes k = min(3, customers), marked weak.
    """
    found = KMeans(scaling="log").cluster(table)
    if found.chosen.stability >= ENOUGH_STABILITY:
        return found, False
    three = KMeans(scaling="log", k=min(WEAK_K, len(table))).cluster(table)
    return replace(three, evidence=found.evidence), True


def run_clusters(*, step: Step, as_of: datetime, run: Run) -> Grouping:
    """The standard run: on log1p of recency, frequency and money; always published as ``cluster``.

    It answers ``assign``.
    """
    table = cluster_table(features.frames.for_learners().collect(), STANDARD_FEATURES)
    if table.empty:
        raise NobodyToRank("Nobody has a recency yet: bring in orders or customer features first.")
    found, weak = standard_clustering(table)
    return _publish(
        found, table, ClusterOptions(), step=step, as_of=as_of, run=run, weak=weak, standard=True
    )


def cluster_customers(
    *, step: Step, as_of: datetime, run: Run, options: ClusterOptions
) -> Grouping:
    """A run on chosen features, kept beside the standard one as ``cluster__<run>``.

    Refused where its clusters are not stable, unless ``force``.
    """
    algorithm = checked_algorithm(options)
    table = cluster_table(features.frames.for_learners().collect(), options.features)
    if table.empty:
        raise NobodyToRank("No customer has a value in these features.")
    found = algorithm.cluster(table)
    weak = not found.chosen.stability >= ENOUGH_STABILITY
    if weak and not options.force:
        raise UnstableClusters(_why_unstable(found.chosen))
    return _publish(
        found, table, options, step=step, as_of=as_of, run=run, weak=weak, standard=False
    )


def _why_unstable(chosen: EvidenceForK) -> str:
    if chosen.k == 0:
        return (
            "No cluster was found: every customer lies alone. Take a larger eps, a smaller"
            " min_samples or other features, or publish them all as outliers with force."
        )
    return (
        f"The clusters change when the customers are drawn again (stability"
        f" {chosen.stability:.2f}, needed {ENOUGH_STABILITY}). Take fewer clusters or"
        " other features, or publish them all the same with force."
    )


def request_clusters(
    *, options: ClusterOptions, as_of: datetime, actor: User | None = None, send: bool = True
) -> Run:
    """Queue a cluster run on chosen features; what can be known to be wrong is refused now."""
    checked_algorithm(options)
    return request(
        name="clusters",
        task="segmentation.tasks.cluster",
        arguments={"as_of": as_of.isoformat(), "options": asdict(options)},
        lane="refresh",
        actor=actor,
        send=send,
    )


def cluster(work: Work) -> dict[str, Any]:
    """The job of a cluster run that somebody asked for."""
    arguments = work.run.arguments
    chosen = {**arguments["options"], "features": tuple(arguments["options"]["features"])}
    with work.step("clusters") as step:
        grouping = cluster_customers(
            step=step,
            as_of=datetime.fromisoformat(arguments["as_of"]),
            run=work.run,
            options=ClusterOptions(**chosen),
        )
    return {
        "feature": f"{FAMILY}__{work.run.pk}",
        "groups": grouping.groups,
        "metrics": grouping.metrics,
        "weak": grouping.is_weak,
    }


def promoted_clusters() -> Grouping | None:
    return Grouping.objects.filter(kind=SegmentKind.CLUSTER, promoted=True).first()


def centroid_model(grouping: Grouping) -> CentroidModel:
    """The fitted centroids of a cluster run, from its checked file; refused where it has none."""
    if grouping.model is None:
        raise NoCentroids(
            f"Cluster run {grouping.run_id} was made by {grouping.algorithm}, which keeps no"
            " centroids: it labels the customers it saw and can assign no other. Assign by a run"
            " of kmeans, minibatch_kmeans or hierarchical, or make this one again."
        )
    arrays = load_arrays(grouping.model)
    return CentroidModel(
        features=tuple(grouping.features), scaling=grouping.options["scaling"], **arrays
    )


def cluster_table(frame: pl.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Features of everyone who has a value in the first, by customer_pk; float64."""
    if not set(names) <= set(frame.columns):
        return pd.DataFrame(columns=list(names), dtype=float)
    chosen = frame.filter(pl.col(names[0]).is_not_null()).select(
        "customer_pk", *(pl.col(name).cast(pl.Float64) for name in names)
    )
    return chosen.to_pandas().set_index("customer_pk")


def _publish(
    found: Clustering, table: pd.DataFrame, options: ClusterOptions, *, step: Step,
    as_of: datetime, run: Run, weak: bool, standard: bool,
) -> Grouping:  # fmt: skip
    column = FAMILY if standard else f"{FAMILY}__{run.pk}"
    words = _words(found, table)
    name_of = {word.label: word.name for word in words}
    names = [name_of[label] for label in found.labels.tolist()]
    features.services.publish(
        family=column,
        frame=pl.DataFrame({"customer_pk": table.index.to_numpy(), column: names}),
        as_of=as_of,
        source=run,
        features=[
            Feature(column, "text", "the customer's cluster", source=f"cluster run {run.pk}")
        ],
    )
    # The labels are written; the grouping with its segments follows in one transaction.
    step.wrote(len(table), of=len(table) + 1)
    grouping = _record(
        found, table, options, words, as_of=as_of, run=run, weak=weak, standard=standard
    )
    step.wrote(len(table) + 1, of=len(table) + 1)
    return grouping


def _words(found: Clustering, table: pd.DataFrame) -> tuple[ClusterWords, ...]:
    formats = {name: money for name in table.columns if _is_money(str(name))}
    words = describe(table, found.labels.to_numpy(), formats)
    return tuple(replace(w, name=OUTLIERS) if w.label == found.noise else w for w in words)


@transaction.atomic
def _record(
    found: Clustering, table: pd.DataFrame, options: ClusterOptions,
    words: tuple[ClusterWords, ...], *, as_of: datetime, run: Run, weak: bool, standard: bool,
) -> Grouping:  # fmt: skip
    if standard:
        Grouping.objects.filter(kind=SegmentKind.CLUSTER, promoted=True).update(promoted=False)
    grouping = Grouping.objects.create(
        kind=SegmentKind.CLUSTER,
        run=run,
        as_of=as_of,
        algorithm=options.algorithm,
        options=asdict(options),
        features=list(map(str, table.columns)),
        model=_store(found, options, as_of=as_of, run=run, promoted=standard),
        metrics={
            "chosen": found.chosen.numbers(),
            "evidence": [entry.numbers() for entry in found.evidence],
            **({"details": found.details} if found.details else {}),
        },
        groups=[_group(word) for word in words],
        is_weak=weak,
        is_standard=standard,
        promoted=standard,
    )
    if standard:
        sync_group_segments(
            kind=SegmentKind.CLUSTER,
            feature=FAMILY,
            groups=[Group(word.name, word.sentence) for word in words],
            as_of=as_of,
        )
    return grouping


def _store(
    found: Clustering, options: ClusterOptions, *, as_of: datetime, run: Run, promoted: bool
) -> ModelVersion | None:
    if found.model is None:
        return None
    path, sha256 = store_arrays(options.algorithm, found.model.arrays())
    version = register(
        name=FAMILY if promoted else f"{FAMILY}__{run.pk}",
        run=run,
        as_of=as_of,
        fitted=Fitted(
            path=path,
            sha256=sha256,
            libraries=("numpy", "scikit-learn", "safetensors"),
            feature_schema=list(found.model.features),
            parameters={"k": found.chosen.k},
            metrics=found.chosen.numbers(),
        ),
    )
    return promote(version=version, verdict="The newest clusters.") if promoted else version


def _group(word: ClusterWords) -> dict[str, Any]:
    medians = {name: list(pair) for name, pair in word.medians.items()}
    return {
        "label": word.label,
        "name": word.name,
        "sentence": word.sentence,
        "size": word.size,
        "medians": medians,
    }


def _is_money(name: str) -> bool:
    return any(entry.name == name and entry.unit == "money" for entry in catalogue())
