from dataclasses import dataclass
from typing import ClassVar, Literal

from analytics.centroids import Floats
from analytics.cluster_evidence import Partition, one_thread, sampled_with
from core.contracts.algorithm import PartitionAlgorithm
from core.contracts.options import option


@dataclass(frozen=True)
class GaussianMixture(PartitionAlgorithm):
    """Clusters of any size and slant: a mixture of normal distributions, the likeliest wins.

    It has no centroids: who is likeliest hangs on each cluster's spread too. A component that is
    the likeliest of nobody gives no cluster, so fewer than k may be found.
    """

    key: ClassVar[str] = "gaussian_mixture"
    covariance: Literal["full", "tied", "diag", "spherical"] = "full"
    n_init: int = option(3, least=1, most=50)
    # Added to each variance: many customers with one and the same value would make a spike.
    least_variance: float = option(1e-3, least=1e-9, most=1.0)
    sample: int = option(20_000, least=100, most=1_000_000)

    def fit(self, rows: Floats, k: int, *, seed: int, again: bool) -> Partition:
        from sklearn.mixture import GaussianMixture as SklearnGaussianMixture

        mixture = SklearnGaussianMixture(
            n_components=k,
            covariance_type=self.covariance,
            n_init=1 if again else self.n_init,
            reg_covar=self.least_variance,
            max_iter=300,
            random_state=seed,
        )
        with one_thread():
            found = mixture.fit(sampled_with(rows, self.sample, self.seed, k))
        return Partition(found.predict)
