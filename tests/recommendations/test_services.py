"""Training, lists, and every question about them, on a planted shop in the record."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from core.errors import NotFound, Refused
from customers.models import Customer
from recommendations.models import RecommendationLists
from recommendations.people import RecommendationsPeople
from recommendations.recommenders.blend import Blend, fixed
from recommendations.selectors import (
    bought_together,
    fold_in,
    goal_named,
    history_of,
    recommend,
    similar,
)
from recommendations.store import read_lists, row_of
from runs.models import ModelVersion
from runs.stored import DamagedModel, load_arrays
from runs.versions import promoted_version
from tests.recommendations.conftest import AS_OF, learn
from tests.shops.planted import PRODUCTS, WIDTH
from transactions.models import Order, OrderLine, Product


def pk(customer_id: str) -> int:
    return Customer.objects.get(customer_id=customer_id).pk


def blocks(items) -> list[int]:
    return [int(item.sku[1:]) // WIDTH for item in items]


def test_a_version_is_promoted_with_what_chose_it(trained):
    assert trained.promoted
    assert trained.verdict.startswith("Beats the baselines in NDCG@10: repeat 0.")
    assert trained.parameters["window"] == ["2026-05-25", "2026-06-22"]
    assert len(trained.parameters["methods"]["blend"]["learnt"]["repeat"]) == 19
    assert trained.evaluation["rows"][0]["method"] == "promoted"
    assert RecommendationLists.objects.get().rows == 200


def test_a_model_holds_nothing_with_a_row_a_customer(trained):
    sizes = {size for array in load_arrays(trained).values() for size in array.shape}
    assert 200 not in sizes


def test_the_same_seed_gives_the_same_arrays(trained):
    again = learn()
    first, second = load_arrays(trained), load_arrays(again)
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert again.parameters == ModelVersion.objects.get(pk=trained.pk).parameters


def test_a_version_that_the_present_one_beats_is_kept_and_says_so(trained, monkeypatch):
    """Its weights are turned round, so that the best comes last."""
    honest = Blend.learn
    monkeypatch.setattr(Blend, "learn", lambda self, *told: -honest(self, *told))
    monkeypatch.setattr("recommendations.tuning.fixed", lambda goal: -fixed(goal))
    worse = learn()
    assert not worse.promoted
    assert worse.verdict.startswith(f"Not promoted: the present version {trained.pk} is better at")
    assert promoted_version("recommendations") == trained


def test_repeats_are_what_the_customer_buys_and_say_how_often(trained):
    items = recommend(pk("c4"), k=5, goal="repeat")
    assert len(items) == 5
    days = history_of(pk("c4"))
    assert blocks(items[:4]) == [0] * 4
    assert [item.source for item in items[:4]] == ["personal_rate"] * 4
    assert items[0].reason.startswith("you buy this every ")
    assert [i.score for i in items] == sorted((i.score for i in items), reverse=True)
    assert len(days.products) > 5


def test_discoveries_were_never_bought_and_name_a_purchase(trained):
    customer = pk("c4")
    items = recommend(customer, k=10, goal="discover")
    bought = set(history_of(customer).products)
    pks = dict(Product.objects.values_list("sku", "pk"))
    names = set(Product.objects.filter(pk__in=bought).values_list("name", flat=True))
    assert items
    assert not {pks[item.sku] for item in items} & bought
    for item in items:
        cause = item.reason.removeprefix("because you bought ")
        assert item.reason == "popular this month" or cause in names
    assert any(item.reason.startswith("because you bought ") for item in items)


def test_both_gives_two_that_they_buy_to_one_that_is_new(trained):
    repeat = [i.sku for i in recommend(pk("c4"), k=6, goal="repeat")]
    discover = [i.sku for i in recommend(pk("c4"), k=3, goal="discover")]
    both = [i.sku for i in recommend(pk("c4"), k=3)]
    assert both == [repeat[0], repeat[1], discover[0]]


@pytest.mark.parametrize(("k", "found"), [(0, 0), (1, 1), (10_000, PRODUCTS)])
def test_any_k_has_an_answer(trained, k, found):
    assert len(recommend(pk("c4"), k=k, goal="repeat")) == found


def test_a_negative_k_and_an_unknown_goal_are_refused(trained):
    with pytest.raises(Refused, match="0 or more"):
        recommend(pk("c4"), k=-1)
    with pytest.raises(Refused, match="is no goal"):
        goal_named("sell")


def test_filters_leave_out_products_down_to_none(trained):
    first = recommend(pk("c4"), k=3, goal="repeat")
    left = recommend(pk("c4"), k=3, goal="repeat", excluded=[first[0].sku])
    assert [i.sku for i in left[:2]] == [i.sku for i in first[1:]]
    every = [f"P{n}" for n in range(PRODUCTS)]
    assert recommend(pk("c7"), goal="repeat", excluded=every) == []
    assert recommend(pk("c4"), goal="both", sold_within_days=-1) == []


def test_who_has_bought_nothing_gets_what_is_popular_marked_as_a_fallback(trained):
    items = recommend(pk("nobody"), k=4, goal="discover")
    assert len(items) == 4
    assert all(item.fallback for item in items)
    assert {item.reason for item in items} == {"popular this month"}


def test_unknown_customers_and_products_are_not_found(trained):
    for question in (
        lambda: recommend(10**9),
        lambda: similar("none"),
        lambda: bought_together("none"),
    ):
        with pytest.raises(NotFound):
            question()


def test_folding_in_the_same_orders_gives_the_list(trained):
    customer = pk("c9")
    row = row_of(RecommendationLists.objects.get().path, customer)
    for goal, ranking in fold_in(customer).items():
        listed = recommend(customer, k=100, goal=goal)
        assert len(ranking.products) == len(listed) == len(row[f"{goal}_product"])
        np.testing.assert_allclose(ranking.scores, row[f"{goal}_score"], rtol=1e-3, atol=1e-6)


def test_an_order_newer_than_the_list_counts_at_once(trained):
    """c4 has never bought P20 of another block, and then three times every ten days."""
    before = recommend(pk("c4"), k=100, goal="repeat")
    known = Order.objects.filter(customer_id=pk("c4")).first()
    product = Product.objects.get(sku="P20")
    for n in range(3):
        order = Order.objects.create(
            source=known.source, order_id=f"n{n}", customer_id=pk("c4"), load_id=known.load_id,
            occurred_at=AS_OF + timedelta(days=10 * n, hours=3),
        )  # fmt: skip
        OrderLine.objects.create(
            order=order, line_key=1, product=product, quantity=1, amount_minor=250, load_id=1
        )
    after = recommend(pk("c4"), k=100, goal="repeat")
    place = [[item.sku for item in items].index("P20") for items in (before, after)]
    assert place[1] < place[0]
    assert after[place[1]].reason == "you buy this every 10 days"
    assert "P20" not in [item.sku for item in recommend(pk("c4"), k=100, goal="discover")]


def test_similar_products_share_their_buyers_or_their_words(trained):
    assert blocks(similar("P3", k=5)) == [0] * 5
    new = similar("P99", k=5)
    assert blocks(new) == [0] * 5
    assert new[0].reason == "like thing of kind aaa 99 in category Block 0"
    assert "P3" not in [item.sku for item in similar("P3", k=100)]


def test_bought_together_has_lift_and_support(trained):
    items = bought_together("P3", k=3)
    assert blocks(items) == [0] * 3
    assert items[0].score > 1
    assert "times as often as by chance" in items[0].reason
    assert bought_together("P99") == []


def test_a_model_file_cut_in_half_is_refused(trained, settings):
    path = settings.CBA_HOME / trained.path
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    try:
        with pytest.raises(DamagedModel):
            recommend(pk("c4"))
    finally:
        path.write_bytes(whole)


def test_a_forgotten_customer_is_in_no_list_and_the_old_file_is_gone(trained):
    old, customer = RecommendationLists.objects.get().path, pk("c4")
    verbs = RecommendationsPeople()
    assert verbs.disclose(customer)["recommendations"]["repeat_product"]
    whole = Path(old).read_bytes()
    assert verbs.forget(customer)["lists"] == 1
    assert not Path(old).exists()
    # The row of the database comes back for the other tests, so its file must too.
    Path(old).write_bytes(whole)
    new = RecommendationLists.objects.get()
    assert new.path != old
    assert customer not in read_lists(new.path)["customer_pk"].to_list()
    assert verbs.disclose(customer) == {"recommendations": {}}
    assert verbs.forget(customer)["lists"] == 0
