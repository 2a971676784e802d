"""Labels for a few changed customers: stored thresholds and centroids, no new fit."""

import polars as pl

import features.frames
import features.services
from analytics import rfm
from segmentation.frames import numbers_of
from segmentation.models import Grouping
from segmentation.rankings import group_cells, promoted_rfm, rfm_values, stored_thresholds
from segmentation.services.clusters import centroid_model, promoted_clusters
from segmentation.services.rfm import labels_frame


def has_labels() -> bool:
    """True once a refresh has published groups, so that a delta has something to continue."""
    return Grouping.objects.filter(promoted=True).exists()


def label_customers(*, customer_pks: list[int]) -> None:
    """Put the groups of changed customers into the delta, beside their new features."""
    wanted = pl.col("customer_pk").is_in(customer_pks)
    frame = features.frames.for_learners().filter(wanted).collect()
    ranking, clustering = promoted_rfm(), promoted_clusters()
    if frame.is_empty() or ranking is None or clustering is None:
        return
    labels = _rfm_labels(frame, ranking).join(_cluster_labels(frame, clustering), on="customer_pk")
    features.services.publish_delta(frame=labels)


def _rfm_labels(frame: pl.DataFrame, grouping: Grouping) -> pl.DataFrame:
    values = rfm_values(frame, grouping.options["frequency_unit"])
    assert grouping.group_table is not None
    cells = group_cells(grouping.group_table)
    scored = rfm.score(*values, stored_thresholds(grouping), cells)
    return labels_frame(frame["customer_pk"], scored)


def _cluster_labels(frame: pl.DataFrame, grouping: Grouping) -> pl.DataFrame:
    model = centroid_model(grouping)
    values = numbers_of(model.features, frame)
    names = {group["label"]: group["name"] for group in grouping.groups}
    table = pl.DataFrame(values)
    nearest = model.assign(table.to_numpy()).tolist()
    known = (table[model.features[0]].is_not_nan()).to_list()
    clusters = [names.get(label) if ok else None for label, ok in zip(nearest, known, strict=True)]
    return pl.DataFrame(
        {"customer_pk": frame["customer_pk"], "cluster": pl.Series(clusters, dtype=pl.String)}
    )
