"""A simulated shop is what it says: its processes by their formulas, its books to the cent."""

from dataclasses import fields, is_dataclass, replace
from hashlib import sha256

import numpy as np
import pytest

from analytics.simulation import Segment, ShopOptions, oracle_churn, simulate
from tests.analytics.simulated import LONG, PLAIN, horizon_left, waits

SHOP = ShopOptions(customers=4_000, lines=40_000, seed=11, future_days=60)


@pytest.fixture(scope="module")
def shop():
    return simulate(SHOP)


def digest(thing) -> str:
    """A hash over every array in a result, field by field."""
    if is_dataclass(thing):
        return sha256(
            "".join(f.name + digest(getattr(thing, f.name)) for f in fields(thing)).encode()
        ).hexdigest()
    content = thing.tobytes() if isinstance(thing, np.ndarray) else repr(thing).encode()
    return sha256(content).hexdigest()


def purchases(activity):
    return activity.orders.take(activity.orders.returns_order < 0)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_shop(shop):
    assert digest(simulate(SHOP)) == digest(shop)
    other = simulate(replace(SHOP, seed=12))
    for part in ("products", "customers", "consents", "history", "future", "truth"):
        assert digest(getattr(other, part)) != digest(getattr(shop, part))


def test_the_past_is_the_same_whatever_is_simulated_after_it(shop):
    alone = simulate(replace(SHOP, future_days=0))
    assert alone.future is None
    for part in ("products", "customers", "consents", "history", "truth"):
        assert digest(getattr(alone, part)) == digest(getattr(shop, part))
    # A longer future does not change a shorter past either.
    longer = simulate(replace(SHOP, future_days=200))
    assert digest(longer.history) == digest(shop.history)


@pytest.mark.parametrize(
    ("customers", "lines"), [(300, 3_000), (1_000, 1_500), (2_000, 10_000), (1_000, 100_000)]
)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_number_of_lines_is_met_within_three_percent(customers, lines, seed):
    shop = simulate(ShopOptions(customers=customers, lines=lines, seed=seed))
    assert len(shop.customers) == customers
    assert abs(len(shop.history.lines) - lines) <= 0.03 * lines


def test_history_and_future_keep_to_their_days_and_count_on(shop):
    start, end = np.datetime64("2025-01-01"), np.datetime64("2026-01-01")
    history, future = shop.history.orders, shop.future.orders
    assert start <= history.at.min() < history.at.max() < end
    assert end <= future.at.min() < future.at.max() < end + 60
    number = np.concatenate([history.number, future.number])
    assert np.array_equal(number, np.arange(number.size))
    for orders in (history, future):
        assert (np.diff(orders.at).astype(np.int64) >= 0).all()


@pytest.mark.parametrize("coin_after_first", [True, False])
def test_waits_between_purchases_are_exponential_with_the_customers_rate(coin_after_first):
    """By the probability integral transform: a wait that ended before the end of the history is
    exponential, cut at the time that was left; so F(wait) / F(left) is uniform on (0, 1)."""
    from scipy.stats import kstest

    shop = simulate(replace(PLAIN, coin_after_first=coin_after_first))
    wait, left = waits(shop), horizon_left(shop)
    rate = PLAIN.segments[0].rate_shape / PLAIN.segments[0].rate_days
    uniform = np.expm1(-rate * wait) / np.expm1(-rate * left)
    assert wait.size > 20_000
    assert kstest(uniform, "uniform").statistic < 1.36 / np.sqrt(wait.size)
    # The same check sees a rate that is off by a twentieth.
    off = np.expm1(-1.05 * rate * wait) / np.expm1(-1.05 * rate * left)
    assert kstest(off, "uniform").statistic > 1.36 / np.sqrt(wait.size)


@pytest.mark.parametrize(("coin_after_first", "before"), [(True, 0), (False, 1)])
def test_customers_drop_out_after_each_purchase_with_probability_p(coin_after_first, before):
    """In a history that outlives everybody, purchases until dropout are geometric."""
    truth = simulate(replace(LONG, coin_after_first=coin_after_first)).truth
    p, number = 0.2, LONG.customers
    assert truth.alive.sum() == 0
    for k in range(1, 6):
        share = (truth.purchases == before + k).mean()
        expected = p * (1 - p) ** (k - 1)
        assert abs(share - expected) < 3 * np.sqrt(expected * (1 - expected) / number)
    spread = np.sqrt(1 - p) / p / np.sqrt(number)
    assert abs(truth.purchases.mean() - (before + 1 / p)) < 3 * spread


def test_dropout_falls_on_the_last_purchase_and_nobody_buys_after_it(shop):
    truth, orders = shop.truth, purchases(shop.history)
    last = np.full(len(shop.customers), np.datetime64("1970-01-01", "s"))
    np.maximum.at(last, orders.customer, orders.at)
    gone = ~np.isnat(truth.dropped_at)
    assert np.array_equal(gone, (truth.purchases > 0) & ~truth.alive)
    assert np.array_equal(truth.dropped_at[gone], last[gone])
    assert np.array_equal(
        np.bincount(orders.customer, minlength=len(shop.customers)), truth.purchases
    )
    assert truth.alive[purchases(shop.future).customer].all()


def test_a_fiftieth_of_the_customers_never_buys(shop):
    never = shop.truth.purchases == 0
    assert abs(never.mean() - 0.02) < 3 * np.sqrt(0.02 * 0.98 / never.size)
    assert not np.isin(purchases(shop.future).customer, np.flatnonzero(never)).any()


def test_rates_and_dropouts_follow_the_segments_distributions(shop):
    truth = shop.truth
    for place, each in enumerate(truth.segments):
        mine, segment = truth.segment == place, each.segment
        mean = segment.rate_shape / segment.rate_days * each.rate_scale
        spread = mean / np.sqrt(segment.rate_shape * mine.sum())
        assert abs(truth.rate[mine].mean() - mean) < 4 * spread
        a, b = segment.dropout_a, segment.dropout_b
        spread = np.sqrt(a * b / (a + b + 1)) / (a + b) / np.sqrt(mine.sum())
        assert abs(truth.dropout[mine].mean() - a / (a + b)) < 4 * spread
        assert abs(mine.mean() - segment.share) < 4 * np.sqrt(segment.share / mine.size)


def test_order_values_are_gamma_gamma():
    """E[value] = p γ / (q - 1); given ν, mean p / ν and relative variance 1 / p; and no relation
    between what customers spend and how often they buy."""
    segment = Segment("all", 1.0, 4.0, 60.0, 1.0, 30.0, value_shape=5.0, value_mixing=8.0)
    shop = simulate(
        ShopOptions(
            customers=20_000, seed=4, segments=(segment,), order_value_minor=10_000.0,
            lines_per_order=2.0,
        )
    )  # fmt: skip
    truth, orders = shop.truth, purchases(shop.history)
    relative = orders.value_minor / truth.mean_order_value_minor[orders.customer]
    assert abs(relative.mean() - 1) < 3 * np.sqrt(1 / 5 / relative.size)
    assert abs(relative.var() * 5 - 1) < 0.03
    # The variance of p / ν with ν ~ Gamma(q, γ) is mean² / (q - 2).
    spread = 10_000 / np.sqrt(6 * len(shop.customers))
    assert abs(truth.mean_order_value_minor.mean() - 10_000) < 3 * spread
    related = np.corrcoef(truth.rate, truth.mean_order_value_minor)[0, 1]
    assert abs(related) < 3 / np.sqrt(len(shop.customers))


def test_lines_add_up_to_their_order_to_the_cent(shop):
    for activity in (shop.history, shop.future):
        lines, orders = activity.lines, activity.orders
        sums = np.zeros(len(orders), dtype=np.int64)
        np.add.at(sums, lines.order, lines.amount_minor)
        assert np.array_equal(sums, orders.value_minor)
        assert (lines.amount_minor[~lines.returned] >= 1).all()
        assert (lines.quantity[~lines.returned] >= 1).all()
        # Numbered from 1 within each order, in file order.
        assert np.array_equal(np.flatnonzero(lines.line_number == 1), _first_of(lines.order))
        assert np.array_equal(np.unique(lines.order), np.arange(len(orders)))


def _first_of(order: np.ndarray) -> np.ndarray:
    return np.flatnonzero(np.diff(order, prepend=-1) > 0)


def test_a_return_brings_back_a_line_that_was_bought_before(shop):
    """Also over the end of the history: numbers of orders count on into the future."""
    orders, lines = whole(shop)
    bought = {
        (lines.order[i], lines.product[i], lines.amount_minor[i], lines.quantity[i])
        for i in np.flatnonzero(~lines.returned)
    }
    back = np.flatnonzero(lines.returned)
    assert np.array_equal(np.flatnonzero(orders.returns_order >= 0), lines.order[back])
    purchase = orders.returns_order[lines.order[back]]
    taken = zip(purchase, lines.product[back], -lines.amount_minor[back], -lines.quantity[back],
                strict=True)  # fmt: skip
    assert [line for line in taken if line not in bought] == []
    assert np.array_equal(orders.customer[purchase], orders.customer[lines.order[back]])
    days = (orders.at[lines.order[back]] - orders.at[purchase]) / np.timedelta64(1, "D")
    assert np.array_equal(days, np.rint(days))
    assert (days.min(), days.max() <= 61) == (2, True)


def test_each_segment_returns_its_share_of_lines_up_to_the_last_day():
    """Every line has come back after 61 days, if ever; so the history's are all accounted for."""
    shop = simulate(replace(SHOP, future_days=62))
    orders, lines = whole(shop)
    sold = np.bincount(lines.order[~lines.returned], minlength=len(orders))
    came_back = orders.returns_order[orders.returns_order >= 0]
    back = np.bincount(came_back, minlength=len(orders))
    end = np.datetime64("2026-01-01")
    kind = shop.truth.segment[orders.customer]
    for rows in (orders.at < end, (orders.at >= end - 20) & (orders.at < end)):
        for place, segment in enumerate(SHOP.segments):
            number = sold[rows & (kind == place)].sum()
            expected = segment.return_share
            share = back[rows & (kind == place)].sum() / number
            assert abs(share - expected) < 3 * np.sqrt(expected * (1 - expected) / number)


def whole(shop):
    """Orders and lines of history and future, one after the other; positions are numbers."""
    history, future = shop.history, shop.future
    later = replace(future.lines, order=future.lines.order + len(history.orders))
    orders = type(history.orders).stacked(history.orders, future.orders)
    return orders, type(later).stacked(history.lines, later)


@pytest.mark.parametrize("horizon_days", [28, 90])
@pytest.mark.parametrize("knows_dropout", [True, False])
def test_the_oracle_of_churn_is_calibrated(horizon_days, knows_dropout):
    """By deciles over 20,000 customers: what it forecasts comes true, in all and in every tenth."""
    shop = simulate(ShopOptions(customers=20_000, lines=200_000, seed=21, future_days=horizon_days))
    forecast = oracle_churn(shop.truth, horizon_days, knows_dropout=knows_dropout)
    stayed_away = np.ones(len(shop.customers))
    stayed_away[purchases(shop.future).customer] = 0
    for rows in np.array_split(np.argsort(forecast, kind="stable"), 10):
        expected = forecast[rows]
        spread = np.sqrt((expected * (1 - expected)).sum()) / rows.size
        assert abs(stayed_away[rows].mean() - expected.mean()) <= 3.5 * spread
    assert abs(stayed_away.mean() - forecast.mean()) < 0.008
    assert (forecast.min() < 0.5, forecast.max()) == (True, 1.0)


def test_who_knows_about_dropout_forecasts_better_than_who_infers_it():
    shop = simulate(ShopOptions(customers=20_000, lines=200_000, seed=22, future_days=60))
    stayed_away = np.ones(len(shop.customers))
    stayed_away[purchases(shop.future).customer] = 0
    brier = [
        float(np.mean((oracle_churn(shop.truth, 60, knows_dropout=knows) - stayed_away) ** 2))
        for knows in (True, False)
    ]
    base_rate = float(stayed_away.var())
    assert brier[0] < brier[1] < base_rate


def test_one_purchase_that_no_coin_followed_leaves_no_doubt():
    options = replace(LONG, days=10, coin_after_first=False)
    truth = simulate(options).truth
    once = truth.purchases == 1
    known, inferred = (oracle_churn(truth, 28, knows_dropout=k)[once] for k in (True, False))
    expected = np.exp(-0.2 * truth.clock.elapsed(0, 10))
    assert abs(once.mean() - expected) < 3 * np.sqrt(expected * (1 - expected) / once.size)
    np.testing.assert_allclose(inferred, known, rtol=1e-12)
