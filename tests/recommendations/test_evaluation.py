"""The evaluation on a planted shop: its shape, what it counts, and that it is blind to the test."""

from datetime import timedelta

import numpy as np
import pytest

from recommendations.evaluation import NotYet, evaluate
from tests.shops.planted import DAYS, FIRST, rows, shop

END = FIRST + timedelta(days=DAYS)
METHODS = [
    "promoted", "matrix_factorisation", "personal_rate", "popular_recent", "content",
    "item_neighbours",
]  # fmt: skip
FIGURES = {
    "method", "goal", "ndcg@10", "recall@10", "map@10", "hit_rate", "coverage", "novelty",
    "fallback_share", "customers", "standard_error", "difference", "paired_standard_error",
    "against",
}  # fmt: skip


@pytest.fixture(scope="module")
def found():
    return evaluate(shop(rows(seed=4)), as_of=END)


def test_it_has_the_promised_shape_with_the_promoted_method_first(found):
    assert set(found["tuning"]["discover"]) >= set(METHODS) - {"promoted"}
    assert (found["name"], found["as_of"]) == ("recommendations", "2026-06-22T00:00:00")
    assert "28 days" in found["protocol"]
    for goal in ("repeat", "discover"):
        of_goal = [row for row in found["rows"] if row["goal"] == goal]
        assert of_goal[0]["method"] == "promoted"
        assert {row["method"] for row in of_goal} >= set(METHODS) - {of_goal[0]["answers"]}
        assert all(set(row) >= FIGURES for row in of_goal)


def test_the_customers_are_those_who_came_again(found):
    table = rows(seed=4)
    known, came = table[table[:, 2] < DAYS - 28], table[table[:, 2] >= DAYS - 28]
    both = np.intersect1d(known[:, 0], came[:, 0])
    before = {(c, p) for c, p, _ in known.tolist()}
    fresh = {c for c, p, _ in came.tolist() if c in both and (c, p) not in before}
    counted = {row["goal"]: row["customers"] for row in found["rows"]}
    assert counted == {"repeat": len(both), "discover": len(fresh)}


def test_the_promoted_method_beats_popularity_on_planted_blocks(found):
    told = {(row["goal"], row["method"]): row["ndcg@10"] for row in found["rows"]}
    assert told["repeat", "promoted"] > told["repeat", "popular_recent"] + 0.15
    assert told["discover", "promoted"] > told["discover", "popular_recent"] + 0.05


@pytest.mark.parametrize("change", ["deleted", "shuffled"])
def test_every_chosen_parameter_is_blind_to_the_test_window(found, change):
    table = rows(seed=4)
    late = table[:, 2] >= DAYS - 28
    if change == "shuffled":
        table[late, 0] = np.random.default_rng(0).permutation(table[late, 0])
    else:
        # One row stays, or there would be nothing to evaluate on.
        table = np.concatenate([table[~late], table[late][:1]])
    assert evaluate(shop(table), as_of=END)["chosen"] == found["chosen"]


def test_unknown_customers_are_counted_as_fallback_and_new_products_stay_in_the_truth():
    table = rows(seed=4)
    early = table[:, 2] < DAYS - 28
    # Customer 3 is new; product 11 is first sold in the window.
    table = table[~(early & ((table[:, 0] == 3) | (table[:, 1] == 11)))]
    found = evaluate(shop(table), as_of=END)
    came = len(np.unique(table[table[:, 2] >= DAYS - 28][:, 0]))
    assert found["rows"][0]["fallback_share"] == round(1 / came, 5)
    assert max(row["recall@10"] for row in found["rows"]) < 1


def test_without_purchases_before_or_in_the_window_it_says_what_is_missing():
    table = rows(customers=5)
    with pytest.raises(NotYet, match="before that 0"):
        evaluate(shop(table), as_of=FIRST + timedelta(days=10))
    with pytest.raises(NotYet, match="there are 0"):
        evaluate(shop(table), as_of=END + timedelta(days=90))
    with pytest.raises(NotYet, match="there are no purchases"):
        evaluate(shop(table[:0]))


def test_a_shop_of_ten_customers_gets_defaults_and_an_evaluation():
    found = evaluate(shop(rows(customers=10)), as_of=END)
    assert found["tuning"] == {}
    assert [row["answers"] for row in found["rows"] if "answers" in row] == ["blend", "blend"]
    assert all(0 <= row["ndcg@10"] <= 1 for row in found["rows"])


def test_a_catalogue_of_one_product_has_repeats_and_nothing_to_discover():
    table = rows(customers=60)
    table[:, 1] = 7
    found = evaluate(shop(table), as_of=END)
    assert {row["goal"] for row in found["rows"]} == {"repeat"}
    assert {row["ndcg@10"] for row in found["rows"]} == {1.0}


def test_a_horizon_longer_than_the_history_is_refused():
    with pytest.raises(NotYet, match="before that 0"):
        evaluate(shop(rows(customers=20)), as_of=END, horizon_days=500)
