"""What `evaluate segments` says of a shop: as a table, and as published."""

import json
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from core.errors import NotFound
from segmentation.evaluation import NotATable, evaluate, evaluate_table
from segmentation.models import Grouping
from tests.shops.coming_in import bring_in, refreshed

AS_OF = datetime(2026, 12, 1, tzinfo=UTC)
FEATURES = ["recency_days", "purchase_frequency", "purchase_monetary_value"]


def shop(customers: int = 200) -> pd.DataFrame:
    """Three kinds of customers, far apart; every fourth is of the first kind."""
    dice = np.random.default_rng(8)
    kinds = np.array([[5, 40, 4_000], [60, 8, 300], [300, 1, 15]])
    kind = np.array([0, 1, 2, 2])[np.arange(customers) % 4]
    values = np.maximum(kinds[kind] * dice.lognormal(0, 0.1, (customers, 3)), 1).round()
    return pd.DataFrame(values, columns=FEATURES)


def test_plain_clusters_are_found_again_on_customers_held_out():
    said = evaluate_table(shop(), as_of=AS_OF)

    assert (said["name"], said["as_of"], said["note"]) == ("segments", AS_OF.isoformat(), "")
    promoted, base, *by_k = said["rows"]
    assert (promoted["method"], promoted["algorithm"], promoted["k"]) == ("promoted", "kmeans", 3)
    assert (promoted["clustered"], promoted["customers"], promoted["weak"]) == (200, 60, False)
    assert promoted["support"] == {"0": 15, "1": 15, "2": 30}
    assert promoted["confusion"] == {
        "labels": [0, 1, 2],
        "matrix": [[15, 0, 0], [0, 15, 0], [0, 0, 30]],
    }
    assert promoted["accuracy"] == promoted["f1"] == 1.0
    assert (base["method"], base["accuracy"]) == ("base_rate", 0.5)
    assert [(row["method"], row["k"]) for row in by_k] == [("kmeans", k) for k in range(2, 9)]
    assert [row["k"] for row in by_k if row["chosen"]] == [3]
    assert {"silhouette", "davies_bouldin", "wcss", "stability"} <= set(by_k[0])
    json.dumps(said, allow_nan=False)


def test_the_order_of_customers_changes_no_figure():
    table = shop(80)
    assert evaluate_table(table, as_of=AS_OF) == evaluate_table(
        table.sample(frac=1, random_state=2), as_of=AS_OF
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("table", "words", "rows"),
    [
        (shop(0), "Nobody has bought yet", 0),
        (shop(20).assign(recency_days=None), "Nobody has bought yet", 0),
        (shop(1), "Only 1 customer: too few to hold some out", 2),
        (shop(19), "Only 19 customers: too few to hold some out", 8),
        (pd.DataFrame([[1.0, 2.0, 3.0]] * 30, columns=FEATURES), "All customers are in one", 2),
    ],
    ids=["nobody", "no purchase", "one", "nineteen", "all alike"],
)
def test_a_shop_too_small_to_say_is_answered_in_words(table, words, rows):
    said = evaluate_table(table, as_of=AS_OF)

    assert words in said["note"]
    assert len(said["rows"]) == rows
    json.dumps(said, allow_nan=False)


def test_given_labels_are_what_is_reproduced():
    table = pd.DataFrame({"a": np.arange(100.0)})

    said = evaluate(table=table, labels=[int(a >= 50) for a in range(100)], as_of=AS_OF)

    promoted, base = said["rows"]
    assert promoted["support"] == {"0": 15, "1": 15}
    assert (promoted["accuracy"], base["accuracy"]) == (1.0, 0.5)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (shop(5).drop(columns=FEATURES[1]), "The table lacks purchase_frequency."),
        (shop(5).assign(recency_days="long ago"), "must all be numbers"),
        (shop(5).assign(recency_days=np.inf), "An infinite number"),
    ],
)
def test_what_is_no_table_of_features_is_refused(table, words):
    with pytest.raises(NotATable, match=words):
        evaluate_table(table, as_of=AS_OF)
    with pytest.raises(NotATable, match="1 labels for 5 customers"):
        evaluate(table=shop(5), labels=[1], as_of=AS_OF)
    with pytest.raises(NotATable, match="without a label"):
        evaluate(table=shop(2), labels=[1, None], as_of=AS_OF)


@pytest.mark.django_db(transaction=True)
def test_the_published_clusters_are_judged_as_they_were_published(tmp_path):
    table = shop(80).assign(customer_id=range(1, 81))
    bring_in(tmp_path, table.to_csv(index=False), "customer_features")
    refreshed(AS_OF)

    said = evaluate(as_of=AS_OF)

    promoted = said["rows"][0]
    grouping = Grouping.objects.get(promoted=True, kind="cluster")
    assert promoted.pop("run") == grouping.run_id
    assert promoted.pop("names") == {str(g["label"]): g["name"] for g in grouping.groups}
    for ours, theirs in zip(said["rows"], evaluate_table(table, as_of=AS_OF)["rows"], strict=True):
        assert set(ours) == set(theirs)
        for name, value in ours.items():
            known = pytest.approx(theirs[name]) if isinstance(value, float) else theirs[name]
            assert value == known


@pytest.mark.django_db
def test_an_installation_without_clusters_says_so():
    with pytest.raises(NotFound, match="There are no clusters yet"):
        evaluate(as_of=AS_OF)
