"""The parts of the simulator on their own: the clock, baskets, the catalogue, expected orders."""

from collections import Counter
from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from analytics.simulation import ShopOptions, simulate
from analytics.simulation.baskets import basket_sizes, split_amounts
from analytics.simulation.catalogue import BRANDS_PER_BLOCK, TELLING_SHARE, draw_catalogue
from analytics.simulation.clock import HOURS, WEEKDAYS, Clock
from analytics.simulation.processes import draw_habits, expected_orders
from tests.analytics.simulated import LONG

# 2024-12-30, a Monday.
MONDAY = 20_087
SHOP = ShopOptions(customers=4_000, lines=80_000, seed=13)


@pytest.fixture(scope="module")
def shop():
    return simulate(SHOP)


def test_without_seasons_and_hours_the_clock_is_the_calendar():
    clock = Clock(MONDAY, seasonality=0.0, daily_rhythm=0.0)
    assert clock.elapsed(3, 17) == 14.0
    days = np.array([0.0, 0.25, 1.5, 6.999])
    np.testing.assert_allclose(clock.seconds(days, 7), days * 86_400, rtol=0, atol=1)


def test_a_week_and_a_year_pass_at_the_written_strengths():
    clock = Clock(MONDAY, seasonality=1.0, daily_rhythm=1.0)
    factors = clock.day_factors(4 * 364)
    # Days a week apart differ by the season alone, and the weekdays of a week by the weekday.
    year = factors / np.tile(WEEKDAYS, 4 * 52)
    assert (round(year.max(), 3), round(year.min(), 3)) == (1.25, 0.75)
    assert int(year[:364].argmin()) == 159  # 2025-06-07, half a year from early December
    assert clock.elapsed(0, 1461) / 1461 == pytest.approx(1.0, abs=2e-3)
    assert WEEKDAYS.mean() == pytest.approx(1.0, abs=1e-12)


def test_the_clock_gives_back_the_day_and_the_opening_hours():
    clock = Clock(MONDAY, seasonality=1.0, daily_rhythm=1.0)
    u = (np.arange(70_000) + 0.5) / 70_000 * clock.elapsed(0, 70)
    seconds = clock.seconds(u, 70)
    assert (np.diff(seconds) >= 0).all()
    per_day = np.bincount(seconds // 86_400, minlength=70) / 70_000
    expected = clock.day_factors(70) / clock.elapsed(0, 70)
    np.testing.assert_allclose(per_day, expected, atol=2 / 70_000)
    per_hour = np.bincount(seconds // 3_600 % 24, minlength=24) / 70_000
    np.testing.assert_allclose(per_hour, HOURS / HOURS.sum(), atol=2e-3)
    assert per_hour[[0, 6, 22, 23]].tolist() == [0.0] * 4


def test_purchases_follow_the_weekdays(shop):
    at = shop.history.orders.at[shop.history.orders.returns_order < 0]
    weekday = (at.astype("datetime64[D]").astype(np.int64) + 3) % 7
    share = np.bincount(weekday) / at.size
    assert np.abs(share - WEEKDAYS / 7).max() < 4 * np.sqrt(1 / 7 / at.size) + 0.002


@given(st.lists(st.integers(1, 9), min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_parts_add_up_to_the_order_and_none_is_free(sizes, dice):
    value = np.array([size + dice.randrange(5_000) for size in sizes])
    weights = np.array([dice.uniform(0.01, 100.0) for _ in range(sum(sizes))])
    parts = split_amounts(value, np.array(sizes), weights)
    assert parts.min() >= 1
    assert np.add.reduceat(parts, np.cumsum([0, *sizes[:-1]])).tolist() == value.tolist()


def test_parts_follow_the_weights():
    parts = split_amounts(np.array([103, 52]), np.array([3, 2]), np.array([1, 2, 7, 30, 20.0]))
    assert parts.tolist() == [11, 21, 71, 31, 21]


def test_baskets_hold_the_wanted_total_and_no_order_is_empty():
    sizes = basket_sizes(np.random.default_rng(1), 10_000, 3.5)
    assert (sizes.min(), sizes.sum()) == (1, 35_000)
    # A gamma of shape 2 with mean 2.5 has variance 3.125; rounding down adds at most 1 / 4.
    assert abs(sizes.var() - 3.125 - 1 / 6) < 0.2
    assert basket_sizes(np.random.default_rng(1), 0, 3.5).size == 0


@pytest.mark.parametrize("coin_after_first", [True, False])
def test_expected_orders_are_the_mean_of_what_is_simulated(coin_after_first):
    options = replace(LONG, days=40, coin_after_first=coin_after_first, early_joining=1.0)
    shop = simulate(options)
    length = shop.truth.clock.elapsed(0, 40)
    habits = draw_habits(np.random.default_rng([options.seed, 0]), options, length)
    found = shop.truth.purchases
    spread = found.std() * np.sqrt(found.size)
    assert abs(found.sum() - expected_orders(habits, options, length, 1.0)) < 3 * spread


def test_purchases_keep_to_the_home_block_by_the_planted_share(shop):
    lines, truth = shop.history.lines, shop.truth
    sold = ~lines.returned
    customer = shop.history.orders.customer[lines.order[sold]]
    at_home = truth.product_block[lines.product[sold]] == truth.home_block[customer]
    assert abs(at_home.mean() - 0.88) < 3 * np.sqrt(0.88 * 0.12 / at_home.size)
    # What is bought elsewhere is spread over the other blocks alike.
    home, block = truth.home_block[customer], truth.product_block[lines.product[sold]]
    step = np.bincount((block - home) % SHOP.block_count)[1:]
    assert np.abs(step / step.mean() - 1).max() < 4 / np.sqrt(step.mean())


def test_favourites_are_of_the_home_block_and_are_bought_again(shop):
    lines, truth = shop.history.lines, shop.truth
    assert (truth.product_block[truth.favourites] == truth.home_block[:, None]).all()
    sold = ~lines.returned
    customer = shop.history.orders.customer[lines.order[sold]]
    liked = (truth.favourites[customer] == lines.product[sold][:, None]).any(axis=1)
    # 0.88 · 0.5 by choice; by popularity the other half meets a favourite often too.
    assert 0.44 + 0.10 < liked.mean() < 0.44 + 0.25


def test_popularity_inside_a_block_is_zipfs():
    options = replace(SHOP, products=205, blocks=10)
    catalogue = draw_catalogue(np.random.default_rng(2), options)
    assert catalogue.sizes.tolist() == [21] * 5 + [20] * 5
    for block, size in ((0, 21), (9, 20)):
        drawn = catalogue.draw(np.random.default_rng(3), np.full(100_000, block))
        assert set(catalogue.block[drawn]) == {block}
        share = np.bincount(catalogue.rank[drawn], minlength=size) / 100_000
        weights = (np.arange(size) + 1.0) ** -0.9
        expected = weights / weights.sum()
        assert np.abs(share - expected).max() < 4 * np.sqrt(expected.max() / 100_000)


def test_what_a_product_is_called_tells_its_block_for_the_most_part(shop):
    products, block, blocks = shop.products, shop.truth.product_block, SHOP.block_count
    own = np.array([int(name[-3:]) // BRANDS_PER_BLOCK for name in products.brand]) == block
    expected = TELLING_SHARE + (1 - TELLING_SHARE) / blocks
    assert abs(own.mean() - expected) < 4 * np.sqrt(expected * (1 - expected) / own.size)
    departments = {(b, d) for b, d in zip(block, products.department, strict=True)}
    assert Counter(b for b, _ in departments) == dict.fromkeys(range(blocks), 1)
    assert len(set(products.name)) > 0.95 * len(products)


def test_discounts_fall_by_the_customers_price_sensitivity(shop):
    lines, truth = shop.history.lines, shop.truth
    sold = ~lines.returned
    customer = shop.history.orders.customer[lines.order[sold]]
    reduced = lines.discount_minor[sold] > 0
    wanted = truth.price_sensitivity[customer]
    worth = lines.amount_minor[sold] >= 10  # below that a discount rounds to nothing
    assert abs(reduced[worth].mean() - wanted[worth].mean()) < 0.005
    full = (lines.amount_minor + lines.discount_minor)[sold]
    part = lines.discount_minor[sold][reduced & (full > 2_000)] / full[reduced & (full > 2_000)]
    assert sorted({round(float(p), 2) for p in part}) == [0.1, 0.2, 0.3]


def test_stores_are_told_for_visits_and_only_for_visits(shop):
    orders = shop.history.orders
    assert np.array_equal(orders.store == -1, orders.channel != 2)
    assert sorted(set(orders.store)) == [-1, *range(SHOP.stores)]


def test_consents_are_given_by_channel_at_the_planted_shares(shop):
    consents = shop.consents
    assert len(consents) == 4 * len(shop.customers)
    for channel, share in enumerate((0.70, 0.25, 0.15, 0.45)):
        granted = consents.granted[consents.channel == channel].mean()
        assert abs(granted - share) < 4 * np.sqrt(share * (1 - share) / len(shop.customers))
