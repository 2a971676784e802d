"""The contract of a segmentation algorithm: a table in, a label for each row out."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from analytics.centroids import CentroidModel, Floats, Scaling, fitted_scaler
from analytics.cluster_evidence import (
    EvidenceForK,
    Looking,
    Partition,
    around,
    choose,
    evidence_by_k,
    placed,
)
from core.contracts.options import option

__all__ = ["Algorithm", "Clustering", "EvidenceForK", "PartitionAlgorithm", "Scaled", "scale"]


@dataclass(frozen=True)
class Clustering:
    """Labels 0 … without a gap by the table's index; label 0 has the highest last column.

    ``model`` is there where the nearest centroid is the label, and None where no centroid speaks
    for it: such a run cannot assign a customer who was not in the table. ``noise`` is the label,
    always the last, of those who belong to no cluster; ``chosen.k`` does not count it.
    """

    labels: pd.Series
    model: CentroidModel | None
    evidence: tuple[EvidenceForK, ...]
    chosen: EvidenceForK
    details: dict[str, Any] = field(default_factory=dict)
    noise: int | None = None


@dataclass(frozen=True)
class Algorithm(ABC):
    """One way to cluster; options are fields. Index kept, input untouched, labels by the seed."""

    key: ClassVar[str]

    @abstractmethod
    def cluster(self, table: pd.DataFrame) -> Clustering:
        """Cluster a table of numbers, one row a customer. Missing values become the median."""


@dataclass(frozen=True)
class Scaled:
    """A table as an algorithm takes it: scaled, in an order that hangs on the values alone."""

    values: Floats
    scaler: CentroidModel
    ordered: Floats
    order: Any

    def labels(self, found: Any, index: pd.Index) -> pd.Series:
        """Labels of the ordered rows, back at the rows that they belong to."""
        back = np.empty(len(self.values), dtype=np.int64)
        back[self.order] = found
        return pd.Series(back, index=index, name="cluster")


def scale(table: pd.DataFrame, scaling: Scaling) -> Scaled:
    """Numbers without gaps in scaled units; a table without a row is refused."""
    values = table.to_numpy(dtype=float, na_value=np.nan)
    if len(values) == 0:
        raise ValueError("there is no row to cluster")
    scaler = fitted_scaler(values, tuple(map(str, table.columns)), scaling)
    scaled = scaler.scaled(values)
    order = np.lexsort(scaled.T)
    return Scaled(values, scaler, scaled[order], order)


@dataclass(frozen=True)
class PartitionAlgorithm(Algorithm):
    """An algorithm that is told the number of clusters, or looks for it by stability.

    Stability of k: mean adjusted Rand index between the labels of a fit on everything and of fits
    on bootstrap samples. Chosen is the largest k up to which every k reaches .9, else the most
    stable; a larger k that is found nearly always and separates better goes before it. Silhouette
    alone, which is shown beside it, almost always says 2.
    """

    scaling: Scaling = "standard"
    k: int | None = option(None, least=1, most=50)
    k_max: int = option(8, least=2, most=50)
    seed: int = option(0, least=0, most=2**31 - 1)
    bootstraps: int = option(10, least=1, most=200)
    # Stability and silhouette are estimated on at most this many rows.
    evidence_sample: int = option(5_000, least=100, most=20_000)

    @abstractmethod
    def fit(self, rows: Floats, k: int, *, seed: int, again: bool) -> Partition:
        """Clusters of scaled rows, 2 ≤ k ≤ different rows; ``again``: for a bootstrap sample."""

    def cluster(self, table: pd.DataFrame) -> Clustering:
        scaled = scale(table, self.scaling)
        looking = Looking(self.seed, self.bootstraps, self.evidence_sample)
        evidence = evidence_by_k(scaled.ordered, self._fit, looking, k=self.k, k_max=self.k_max)
        chosen = choose(evidence)
        found = self._fit(scaled.ordered, chosen.k, seed=self.seed, again=False)
        if found.centroids is None:
            model = None
            ordered = placed(scaled.ordered, found.assign(scaled.ordered))
            labels = scaled.labels(ordered, table.index)
        else:
            model = replace(scaled.scaler, centroids=found.centroids)
            nearest = model.assign(scaled.values)
            labels = pd.Series(nearest, index=table.index, name="cluster")
        chosen = replace(chosen, k=labels.nunique())
        return Clustering(labels=labels, model=model, evidence=evidence, chosen=chosen)

    def _fit(self, rows: Floats, k: int, *, seed: int, again: bool) -> Partition:
        if k == 1:
            return around(rows.mean(axis=0, keepdims=True))
        return self.fit(rows, k, seed=seed, again=again)
