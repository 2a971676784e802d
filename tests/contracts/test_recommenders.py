"""What every recommender keeps to; a new file in recommendations/recommenders is found here."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from safetensors.numpy import load, save

from core.contracts.recommender import Interactions, ProductFacts, Recommender
from core.registry import plugins
from recommendations.recommenders.popular_recent import PopularRecent
from recommendations.tuning import Window
from tests.shops.planted import PRODUCTS, interactions, rows

FOUND = plugins(packages=["recommendations.recommenders"], contract=Recommender)
EVERY = pytest.mark.parametrize("key", FOUND)


@lru_cache(maxsize=1)
def shop() -> Interactions:
    return interactions()


@lru_cache(maxsize=16)
def fitted(key: str) -> dict[str, np.ndarray]:
    return FOUND[key]().fit(shop())


def scores(key: str, arrays=None, histories=None) -> np.ndarray:
    told = shop() if histories is None else histories
    return FOUND[key]().scores(fitted(key) if arrays is None else arrays, told)


def test_the_recommenders_are_found():
    assert set(FOUND) >= {
        "blend", "content", "item_neighbours", "matrix_factorisation", "personal_rate",
        "popular_recent",
    }  # fmt: skip


@EVERY
def test_a_row_of_the_future_changes_nothing(key):
    table = rows()
    later = np.concatenate([table, [[0, 3, 400], [7, 59, 169]]])
    assert np.array_equal(scores(key, FOUND[key]().fit(interactions(later))), scores(key))


@EVERY
def test_the_order_of_rows_and_a_second_run_change_no_bit(key):
    table = np.random.default_rng(5).permutation(rows())
    again = FOUND[key]().fit(interactions(table))
    assert again.keys() == fitted(key).keys()
    for name, array in again.items():
        assert np.array_equal(array, fitted(key)[name])


@EVERY
def test_arrays_stored_and_read_again_give_the_same_scores(key):
    stored = load(save({n: np.ascontiguousarray(a) for n, a in fitted(key).items()}))
    assert np.array_equal(scores(key, stored), scores(key))


@EVERY
def test_somebody_unknown_gets_a_score_for_each_product_and_the_others_keep_theirs(key):
    block = shop().rows([-1, 3])
    found = scores(key, histories=block)
    assert found.shape == (2, PRODUCTS)
    assert not np.isnan(found).any()
    np.testing.assert_allclose(found[1], scores(key)[3], rtol=1e-4, atol=1e-5)


@EVERY
def test_what_nobody_bought_is_never_recommended(key):
    table = rows()
    known = interactions(table[table[:, 1] != 11])
    found = scores(key, FOUND[key]().fit(known), known)
    assert np.isneginf(found[:, 11]).all() or FOUND[key].new_products
    assert np.isfinite(np.delete(found, 11, axis=1)).all() or "goal" in vars(FOUND[key]())


@EVERY
def test_it_is_no_worse_than_chance_and_popularity_on_planted_blocks(key):
    past = shop().before(shop().as_of - 28)
    window = Window.of(shop(), past, 200, 0)
    popular = window.ndcg(PopularRecent(), "repeat")
    mine = window.ndcg(FOUND[key](), "repeat")
    assert mine >= popular if key == "popular_recent" else mine > popular + 0.1


@EVERY
@pytest.mark.parametrize("customers", [0, 1, 2])
def test_a_shop_of_one_product_and_hardly_anybody_is_answered(key, customers):
    facts = ProductFacts(("thing",), ("",), ("",))
    who = np.arange(customers)
    tiny = Interactions.of(who, who * 0, who * 0 + 9, customers=customers, facts=facts, as_of=10)
    model = FOUND[key]()
    found = model.scores(model.fit(tiny), tiny.rows([-1]))
    assert found.shape == (1, 1)
    assert not np.isnan(found).any()


def test_the_blend_for_discovery_leaves_out_what_was_bought():
    model = replace(FOUND["blend"](), goal="discover")
    found = model.scores(fitted("blend"), shop())
    pairs = shop().pairs()
    assert np.isneginf(found[pairs.customer, pairs.product]).all()
