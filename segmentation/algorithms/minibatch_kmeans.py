from dataclasses import dataclass
from typing import ClassVar

from analytics.centroids import Floats
from analytics.cluster_evidence import Partition, around_occupied, one_thread
from core.contracts.algorithm import PartitionAlgorithm
from core.contracts.options import option


@dataclass(frozen=True)
class MiniBatchKMeans(PartitionAlgorithm):
    """K-Means that looks at a few rows at a time: for tables of many millions of customers.

    A centroid that ends as the nearest of nobody is left out, so fewer than k may be found.
    """

    key: ClassVar[str] = "minibatch_kmeans"
    n_init: int = option(10, least=1, most=100)
    batch: int = option(2_048, least=10, most=1_000_000)

    def fit(self, rows: Floats, k: int, *, seed: int, again: bool) -> Partition:
        from sklearn.cluster import MiniBatchKMeans as SklearnMiniBatchKMeans

        batches = SklearnMiniBatchKMeans(
            n_clusters=k,
            batch_size=self.batch,
            n_init=3 if again else self.n_init,
            random_state=seed,
        )
        with one_thread():
            found = batches.fit(rows)
        return around_occupied(found.cluster_centers_, rows)
