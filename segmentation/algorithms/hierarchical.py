from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from analytics.centroids import Floats
from analytics.cluster_evidence import Partition, around_occupied, sampled_with
from core.contracts.algorithm import PartitionAlgorithm
from core.contracts.options import option


@dataclass(frozen=True)
class Hierarchical(PartitionAlgorithm):
    """Ward's tree of a sample, cut at k; everybody then goes to the nearest cluster mean.

    The means serve as centroids, so a run answers for new customers. A tree takes memory by the
    square of its rows: the sample has a limit.
    """

    key: ClassVar[str] = "hierarchical"
    evidence_sample: int = option(1_000, least=100, most=5_000)
    sample: int = option(4_000, least=100, most=10_000)

    def fit(self, rows: Floats, k: int, *, seed: int, again: bool) -> Partition:
        from sklearn.cluster import AgglomerativeClustering

        tree_of = sampled_with(rows, self.sample, self.seed, k)
        if len(tree_of) > self.sample:
            # So many customers are alike that a sample has fewer than k kinds: each kind once.
            tree_of = sampled_with(np.unique(rows, axis=0), self.sample, self.seed, k)
        found = AgglomerativeClustering(n_clusters=k, linkage="ward").fit_predict(tree_of)
        means = [tree_of[found == label].mean(axis=0) for label in range(k)]
        return around_occupied(np.array(means), rows)
