"""What each of the algorithms by k does that the others do not."""

import numpy as np
import pandas as pd

from segmentation.algorithms.gaussian_mixture import GaussianMixture
from segmentation.algorithms.hierarchical import Hierarchical
from segmentation.algorithms.kmeans import KMeans
from segmentation.algorithms.minibatch_kmeans import MiniBatchKMeans


def test_a_mixture_keeps_a_wide_group_together_that_centroids_cut():
    dice = np.random.default_rng(0)
    tight, wide = dice.normal(0, 0.2, (200, 2)), dice.normal([2.5, 0], 1, (200, 2))
    table = pd.DataFrame(np.vstack([tight, wide]), columns=["a", "b"])
    truth = np.repeat([0, 1], 200)

    mixture = GaussianMixture(k=2, bootstraps=1).cluster(table)
    centroids = KMeans(k=2, bootstraps=1).cluster(table)

    def right(labels):
        return max((labels == truth).mean(), (labels != truth).mean())

    assert right(mixture.labels) >= 0.99
    assert right(centroids.labels) <= 0.91
    assert mixture.model is None


def test_wards_tree_by_hand():
    # Joined by Ward: 1 2, then 10 11 and 30; cut at three.
    table = pd.DataFrame({"a": [1.0, 2.0, 10.0, 11.0, 30.0]})
    found = Hierarchical(k=3).cluster(table)
    assert found.labels.tolist() == [2, 2, 1, 1, 0]
    assert (found.model.centroids * found.model.spread + found.model.shift).round(9).tolist() == [
        [30.0],
        [10.5],
        [1.5],
    ]


def test_ward_joins_the_one_beyond_the_widest_gap_where_it_costs_least():
    # The widest gap is before 15.5; to join it to the second four costs 33.5, the fours 112.5.
    table = pd.DataFrame({"a": [0.0, 1.0, 2.0, 3.1, 7.5, 8.5, 9.5, 10.6, 15.5]})
    assert Hierarchical(k=2).cluster(table).labels.tolist() == [1] * 4 + [0] * 5


def test_everybody_outside_the_tree_goes_to_the_nearest_mean():
    dice = np.random.default_rng(2)
    sides = dice.integers(0, 2, 1_000)
    table = pd.DataFrame({"a": sides * 10 + dice.normal(0, 0.5, 1_000)})
    found = Hierarchical(k=2, sample=100, evidence_sample=100).cluster(table)
    assert (found.labels == 1 - sides).all()


def test_a_tree_of_customers_nearly_all_alike_takes_each_kind_once(monkeypatch):
    from sklearn.cluster import AgglomerativeClustering

    seen, grow = [], AgglomerativeClustering.fit_predict
    monkeypatch.setattr(
        AgglomerativeClustering,
        "fit_predict",
        lambda tree, rows: seen.append(len(rows)) or grow(tree, rows),
    )
    table = pd.DataFrame({"a": [1.0] * 500 + [2.0, 3.0, 4.0]})
    found = Hierarchical(k=4, sample=100, evidence_sample=100).cluster(table)
    assert found.labels.tolist() == [3] * 500 + [2, 1, 0]
    assert max(seen) <= 100


def test_mini_batches_fit_nearly_as_closely_as_the_whole():
    dice = np.random.default_rng(4)
    table = pd.DataFrame(dice.normal(0, 1, (3_000, 2)), columns=["a", "b"])
    ours = MiniBatchKMeans(k=4, bootstraps=1, batch=256).cluster(table).chosen.wcss
    full = KMeans(k=4, bootstraps=1).cluster(table).chosen.wcss
    assert full <= ours <= 1.05 * full
