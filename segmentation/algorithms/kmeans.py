from dataclasses import dataclass
from typing import ClassVar

from analytics.centroids import Floats
from analytics.cluster_evidence import Partition, around, choose, sampled_with
from core.contracts.algorithm import PartitionAlgorithm
from core.contracts.options import option

__all__ = ["KMeans", "choose"]


@dataclass(frozen=True)
class KMeans(PartitionAlgorithm):
    """K-Means with k given, or chosen by how stably bootstrap samples find the same clusters."""

    key: ClassVar[str] = "kmeans"
    n_init: int = option(10, least=1, most=100)
    # A large table's fit starts from the result on this many rows.
    sample: int = option(50_000, least=100, most=1_000_000)

    def fit(self, rows: Floats, k: int, *, seed: int, again: bool) -> Partition:
        from sklearn.cluster import KMeans as SklearnKMeans

        start = sampled_with(rows, self.sample, self.seed, k)
        options = {"n_clusters": k, "random_state": seed}
        found = SklearnKMeans(**options, n_init=3 if again else self.n_init).fit(start)
        if len(start) < len(rows):
            found = SklearnKMeans(**options, init=found.cluster_centers_, n_init=1).fit(rows)
        return around(found.cluster_centers_)
