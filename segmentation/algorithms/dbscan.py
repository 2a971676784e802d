from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from analytics.centroids import Floats, Scaling
from analytics.cluster_evidence import (
    NAN,
    EvidenceForK,
    Labels,
    Looking,
    Partition,
    distinct,
    placed,
    sampled,
    separation,
    stability,
    within,
)
from core.contracts.algorithm import Algorithm, Clustering, scale
from core.contracts.options import option

NOISE = -1


@dataclass(frozen=True)
class DBSCAN(Algorithm):
    """Clusters are where customers lie densely; who lies alone is noise, with a label of its own.

    Dense is a customer with ``min_samples`` customers (default: twice the number of features, at
    least 4) within ``eps``; without ``eps`` it is read off the knee of the k-distance curve. The
    fit looks at a sample; then everybody belongs to the nearest dense customer within ``eps``.
    Noise is the last label, after the clusters, and ``k`` does not count it. Customers who are all
    alike are one cluster. Stability draws the customers again and keeps ``eps``.
    """

    key: ClassVar[str] = "dbscan"
    scaling: Scaling = "standard"
    eps: float | None = option(None, least=1e-9, most=1e6)
    min_samples: int | None = option(None, least=1, most=10_000)
    seed: int = option(0, least=0, most=2**31 - 1)
    bootstraps: int = option(10, least=1, most=200)
    sample: int = option(5_000, least=100, most=10_000)

    def cluster(self, table: pd.DataFrame) -> Clustering:
        scaled = scale(table, self.scaling)
        least = self.min_samples or max(4, 2 * table.shape[1])
        rows = sampled(scaled.ordered, self.sample, self.seed)
        alike = distinct(scaled.ordered) == 1
        least = 1 if alike else least
        eps = self.eps or knee(rows, least)
        found = dense(rows, eps, least)
        everybody = found.assign(scaled.ordered)
        entry = self._evidence(rows, found.assign(rows), eps, least, len(everybody))
        labels = scaled.labels(placed(scaled.ordered, everybody, NOISE), table.index)
        noisy = int((everybody == NOISE).sum())
        return Clustering(
            labels=labels,
            model=None,
            evidence=(entry,),
            chosen=entry,
            details={"eps": eps, "min_samples": least, "noise_customers": noisy},
            noise=int(labels.max()) if noisy else None,
        )

    def _evidence(
        self, rows: Floats, labels: Labels, eps: float, least: int, customers: int
    ) -> EvidenceForK:
        inside = labels != NOISE
        k = len(np.unique(labels[inside]))
        if k == 0:
            return EvidenceForK(0, NAN, NAN, NAN, NAN)

        def fit(rows: Floats, k: int, *, seed: int, again: bool) -> Partition:
            return dense(rows, eps, least)

        looking = Looking(self.seed, self.bootstraps, self.sample)
        silhouette, davies_bouldin = separation(rows[inside], labels[inside])
        return EvidenceForK(
            k=k,
            stability=stability(rows, labels, fit, looking, 1),
            silhouette=silhouette,
            davies_bouldin=davies_bouldin,
            wcss=within(rows[inside], labels[inside]) * customers / len(rows),
        )


def dense(rows: Floats, eps: float, least: int) -> Partition:
    """Each row belongs to the nearest dense one within ``eps``, so that no order decides."""
    from sklearn import cluster
    from sklearn.neighbors import NearestNeighbors

    # Equal customers once, with their number: a crowd at one point would fill the memory.
    points, counts = np.unique(rows, axis=0, return_counts=True)
    found = cluster.DBSCAN(eps=eps, min_samples=least).fit(points, sample_weight=counts)
    core = found.core_sample_indices_
    if len(core) == 0:
        return Partition(lambda asked: np.full(len(asked), NOISE, dtype=np.int64))
    near, label = NearestNeighbors(n_neighbors=1).fit(points[core]), found.labels_[core]

    def assign(asked: Floats) -> Labels:
        far, which = near.kneighbors(asked)
        return np.where(far[:, 0] <= eps, label[which[:, 0]], NOISE).astype(np.int64)

    return Partition(assign)


def knee(rows: Floats, least: int) -> float:
    """Where the sorted distances to the ``least``-th neighbour lie furthest below their chord."""
    from sklearn.neighbors import NearestNeighbors

    near = NearestNeighbors(n_neighbors=min(least, len(rows))).fit(rows)
    curve = np.sort(near.kneighbors(rows)[0][:, -1])
    apart = curve[curve > 0]
    if len(apart) == 0:
        return 1.0
    height = (curve - curve[0]) / max(curve[-1] - curve[0], np.finfo(float).tiny)
    at = int((np.linspace(0, 1, len(curve)) - height).argmax())
    # Where most customers have a twin the knee may lie at 0, which is no distance.
    return float(max(curve[at], apart[0]))
