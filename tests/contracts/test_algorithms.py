"""What every segmentation algorithm keeps to; and what is known of K-Means."""

import numpy as np
import pandas as pd
import pytest

from core.contracts.algorithm import Algorithm
from core.registry import plugins
from segmentation.algorithms.kmeans import KMeans

FOUND = plugins(packages=["segmentation.algorithms"], contract=Algorithm)


def planted(rows: int = 400, seed: int = 1) -> tuple[pd.DataFrame, np.ndarray]:
    """Four well separated groups in three features."""
    dice = np.random.default_rng(seed)
    centres = np.array([[0, 0, 0], [6, 0, 3], [0, 6, 6], [6, 6, 9]])
    truth = dice.integers(0, 4, rows)
    values = centres[truth] + dice.normal(0, 0.7, (rows, 3))
    index = pd.Index(range(1000, 1000 + rows), name="customer_pk")
    return pd.DataFrame(values, columns=["a", "b", "c"], index=index), truth


@pytest.mark.parametrize("key", FOUND)
def test_the_index_is_kept_and_the_input_untouched(key):
    table, _ = planted(120)
    before = table.copy()
    found = FOUND[key]().cluster(table)
    assert found.labels.index.equals(table.index)
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize("key", FOUND)
def test_the_same_seed_gives_the_same_labels(key):
    table, _ = planted(120)
    first, second = FOUND[key]().cluster(table), FOUND[key]().cluster(table)
    assert first.labels.equals(second.labels)


def test_planted_groups_are_found_with_their_number():
    from sklearn.metrics import adjusted_rand_score

    table, truth = planted()
    found = KMeans().cluster(table)
    assert found.chosen.k == 4
    assert adjusted_rand_score(truth, found.labels) >= 0.95


def test_five_shoppers_fall_into_the_known_two():
    table = pd.DataFrame({"Age": [25, 34, 45, 23, 36], "PurchaseAmount": [200, 150, 300, 100, 250]})
    found = KMeans(scaling="minmax", k=2).cluster(table)
    assert found.labels.tolist() == [1, 1, 0, 1, 0]
    assert found.chosen.wcss == pytest.approx(0.3818, abs=5e-5)
    assert found.chosen.silhouette == pytest.approx(0.411, abs=5e-4)


def test_label_0_has_the_highest_last_feature():
    table, _ = planted()
    found = KMeans(k=4).cluster(table)
    means = table["c"].groupby(found.labels).mean()
    assert means.index.tolist() == means.sort_values(ascending=False).index.tolist()


def test_a_constant_or_missing_value_does_not_hurt():
    table = pd.DataFrame({"a": [1.0, 1.0, 1.0, 1.0], "b": [0.0, None, 10.0, 10.0]})
    found = KMeans(k=2).cluster(table)
    assert found.labels.notna().all()
    assert found.labels[2] == found.labels[3] == 0


def test_the_arrays_assign_as_the_fit_did():
    table, _ = planted()
    found = KMeans(k=4).cluster(table)
    assert found.model.assign(table.to_numpy()).tolist() == found.labels.tolist()
    assert np.all(found.model.border(table.to_numpy()) <= 1)
