from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from analytics.centroids import Floats, Scaling, fitted_scaler
from core.contracts.algorithm import Algorithm, Clustering, EvidenceForK

SURE = 0.9
# Groups that lie as the corners of a square are found surely by 4 and not by 3: a larger number
# that is nearly always found again, and separates better, is taken all the same.
UNMISTAKABLE = 0.98


@dataclass(frozen=True)
class KMeans(Algorithm):
    """K-Means with k given, or chosen by how stably bootstrap samples find the same clusters.

    Stability of k: mean adjusted Rand index between the labels of a fit on everything and of fits
    on bootstrap samples. Chosen is the largest k up to which every k reaches .9, else the most
    stable; a larger k that is found nearly always and separates better goes before it. Silhouette
    alone, which is shown beside it, almost always says 2.
    """

    key: ClassVar[str] = "kmeans"
    scaling: Scaling = "standard"
    k: int | None = None
    k_max: int = 8
    seed: int = 0
    n_init: int = 10
    bootstraps: int = 10
    # Stability and silhouette are estimated on at most this many rows; the fit starts there too.
    sample: int = 50_000
    evidence_sample: int = 5_000

    def cluster(self, table: pd.DataFrame) -> Clustering:
        values = table.to_numpy(dtype=float, na_value=np.nan)
        if len(values) == 0:
            raise ValueError("there is no row to cluster")
        scaler = fitted_scaler(values, tuple(map(str, table.columns)), self.scaling)
        scaled = scaler.scaled(values)
        # In an order of their own, so that the labels do not hang on the order of the rows.
        ordered = scaled[np.lexsort(scaled.T)]
        evidence = self._evidence(ordered, _distinct(ordered))
        chosen = choose(evidence)
        model = replace(scaler, centroids=self._fit(ordered, chosen.k))
        labels = pd.Series(model.assign(values), index=table.index, name="cluster")
        return Clustering(labels=labels, model=model, evidence=evidence, chosen=chosen)

    def _evidence(self, scaled: Floats, distinct: int) -> tuple[EvidenceForK, ...]:
        if self.k is not None:
            return (self._evidence_for(scaled, min(self.k, distinct)),)
        largest = min(self.k_max, distinct, len(scaled) - 1)
        return tuple(self._evidence_for(scaled, k) for k in range(2, largest + 1)) or (
            self._evidence_for(scaled, 1),
        )

    def _evidence_for(self, scaled: Floats, k: int) -> EvidenceForK:
        from sklearn.metrics import davies_bouldin_score, silhouette_score

        rows = self._sampled(scaled, self.evidence_sample)
        centroids = self._fit(rows, min(k, _distinct(rows)))
        labels = _nearest(rows, centroids)
        measurable = 1 < len(np.unique(labels)) < len(rows)
        return EvidenceForK(
            k=k,
            stability=self._stability(rows, labels, k),
            silhouette=float(silhouette_score(rows, labels)) if measurable else float("nan"),
            davies_bouldin=float(davies_bouldin_score(rows, labels))
            if measurable
            else float("nan"),
            wcss=float(((rows - centroids[labels]) ** 2).sum() * len(scaled) / len(rows)),
        )

    def _stability(self, rows: Floats, labels: Any, k: int) -> float:
        from sklearn.metrics import adjusted_rand_score

        dice = np.random.default_rng(self.seed)
        agreements = []
        for number in range(self.bootstraps):
            drawn = rows[np.sort(dice.integers(0, len(rows), len(rows)))]
            if _distinct(drawn) < k:
                agreements.append(0.0)
                continue
            # A seed of its own: equal starts would agree, or fail, all together.
            fit = self._fit(drawn, k, n_init=3, seed=self.seed + 1 + number)
            again = _nearest(rows, fit)
            agreements.append(float(adjusted_rand_score(labels, again)))
        return float(np.mean(agreements))

    def _fit(
        self, scaled: Floats, k: int, n_init: int | None = None, seed: int | None = None
    ) -> Floats:
        """Centroids, the highest last feature first. Large tables start from a sample's result."""
        from sklearn.cluster import KMeans as SklearnKMeans

        start = self._sampled(scaled, self.sample)
        if len(start) < len(scaled) and _distinct(start) < k:
            start = scaled
        options = {"n_clusters": k, "random_state": self.seed if seed is None else seed}
        fit = SklearnKMeans(**options, n_init=n_init or self.n_init).fit(start)
        if len(start) < len(scaled):
            fit = SklearnKMeans(**options, init=fit.cluster_centers_, n_init=1).fit(scaled)
        centroids = fit.cluster_centers_
        return centroids[np.lexsort(centroids.T)[::-1]]

    def _sampled(self, scaled: Floats, rows: int) -> Floats:
        if len(scaled) <= rows:
            return scaled
        chosen = np.random.default_rng(self.seed).choice(len(scaled), rows, replace=False)
        return scaled[np.sort(chosen)]


def choose(evidence: tuple[EvidenceForK, ...]) -> EvidenceForK:
    """The largest k up to which every k is sure; where even the first is not, the most stable."""
    chosen = None
    for entry in evidence:
        if entry.stability < SURE:
            break
        chosen = entry
    chosen = chosen or max(evidence, key=lambda entry: entry.stability)
    better = [
        entry
        for entry in evidence
        if entry.k > chosen.k
        and entry.stability >= UNMISTAKABLE
        and entry.silhouette > chosen.silhouette
    ]
    return max(better, key=lambda entry: entry.silhouette) if better else chosen


def _distinct(ordered: Floats) -> int:
    """Number of different rows; equal rows lie beside each other."""
    return 1 + int((ordered[1:] != ordered[:-1]).any(axis=1).sum())


def _nearest(rows: Floats, centroids: Floats) -> Any:
    squares = (centroids**2).sum(axis=1) - 2 * rows @ centroids.T
    return squares.argmin(axis=1)
