"""The contract of a segmentation algorithm: a table in, a label for each row out."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from analytics.centroids import CentroidModel


@dataclass(frozen=True)
class EvidenceForK:
    """What speaks for one number of clusters. NaN where a measure is not defined."""

    k: int
    stability: float
    silhouette: float
    davies_bouldin: float
    wcss: float


@dataclass(frozen=True)
class Clustering:
    """Labels 0 … k − 1 by the table's index; label 0 has the highest value of the last column."""

    labels: pd.Series
    model: CentroidModel | None
    evidence: tuple[EvidenceForK, ...]
    chosen: EvidenceForK
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Algorithm(ABC):
    """One way to cluster; options are fields. Index kept, input untouched, labels by the seed."""

    key: ClassVar[str]

    @abstractmethod
    def cluster(self, table: pd.DataFrame) -> Clustering:
        """Cluster a table of numbers, one row a customer. Missing values become the median."""
