"""Thousands of campaigns whose true effect is known: how often each statement is right."""

import numpy as np
import pytest

from analytics.experiments import (
    PairedSample,
    Sample,
    cuped,
    difference,
    harm_guard,
    minimum_detectable_effect,
    power_of,
    relative_lift,
    sample_ratio,
    share_difference,
)
from tests.analytics.experiments.shops import blocks, spend

CAMPAIGNS = 10_000
TREATED, CONTROL = 800, 200
TRUE_LIFT = 0.25


@pytest.fixture(scope="module")
def without_effect():
    """(plain, adjusted, conversion) estimates of 10,000 campaigns that did nothing."""
    return _campaigns(np.random.default_rng(5), lift=0.0)


@pytest.fixture(scope="module")
def with_effect():
    return _campaigns(np.random.default_rng(6), lift=TRUE_LIFT)


def _campaigns(dice: np.random.Generator, *, lift: float) -> dict[str, np.ndarray]:
    parts = []
    for number in blocks(CAMPAIGNS):
        x_t, y_t = spend(dice, (number, TREATED), lift=lift)
        x_c, y_c = spend(dice, (number, CONTROL))
        plain = difference(Sample.of(y_t), Sample.of(y_c))
        found = cuped(PairedSample.of(y_t, x_t), PairedSample.of(y_c, x_c))
        adjusted = difference(found.treated, found.control)
        bought = share_difference((y_t > 0).sum(axis=1), TREATED, (y_c > 0).sum(axis=1), CONTROL)
        relative = relative_lift(found.treated, found.control)
        parts.append(
            {
                "plain": np.array([plain.value, plain.low, plain.high, plain.p]),
                "adjusted": np.array([adjusted.value, adjusted.low, adjusted.high, adjusted.p]),
                "bought": np.array([bought.value, bought.low, bought.high, bought.p]),
                "relative": np.array([relative.value, relative.low, relative.high, relative.p]),
                "reduction": found.reduction,
            }
        )
    return {name: np.concatenate([part[name] for part in parts], axis=-1) for name in parts[0]}


def covered(table: np.ndarray, truth: float) -> float:
    return float(((table[1] <= truth) & (truth <= table[2])).mean())


@pytest.mark.parametrize("kind", ["plain", "adjusted", "bought", "relative"])
def test_campaigns_without_effect_are_called_effective_in_5_of_100_cases(without_effect, kind):
    assert 0.04 <= (without_effect[kind][3] < 0.05).mean() <= 0.06
    assert 0.93 <= covered(without_effect[kind], 0.0) <= 0.97


@pytest.mark.parametrize(
    ("kind", "truth"),
    [("plain", 30 * TRUE_LIFT), ("adjusted", 30 * TRUE_LIFT), ("relative", TRUE_LIFT)],
)
def test_intervals_cover_a_true_effect_95_times_of_100(with_effect, kind, truth):
    """An order is worth 30 on average, and a customer makes one: a quarter more is 7.50."""
    assert 0.93 <= covered(with_effect[kind], truth) <= 0.97


@pytest.mark.parametrize("lift", [0.15, 0.25, 0.35])
def test_a_planted_effect_is_found_as_often_as_the_power_says(lift):
    dice = np.random.default_rng(7)
    found, sds = [], []
    for number in blocks(3_000):
        _, y_t = spend(dice, (number, TREATED), lift=lift)
        _, y_c = spend(dice, (number, CONTROL))
        found.append(difference(Sample.of(y_t), Sample.of(y_c)).p < 0.05)
        sds.append([y_t.var(), y_c.var()])
    sd_treated, sd = np.sqrt(np.mean(sds, axis=0))
    stated = power_of(30 * lift, TREATED, CONTROL, sd, sd_treated=sd_treated)
    assert np.concatenate(found).mean() == pytest.approx(stated, abs=0.05)


def test_the_detectable_effect_is_found_8_times_of_10():
    dice = np.random.default_rng(8)
    _, past = spend(dice, (100_000,))
    smallest = minimum_detectable_effect(
        TREATED, CONTROL, mean=float(past.mean()), sd=float(past.std())
    )
    found = []
    for number in blocks(3_000):
        _, y_t = spend(dice, (number, TREATED), lift=smallest.relative)
        _, y_c = spend(dice, (number, CONTROL))
        found.append(difference(Sample.of(y_t), Sample.of(y_c)).p < 0.05)
    assert np.concatenate(found).mean() == pytest.approx(0.8, abs=0.05)


def test_spend_before_narrows_the_interval_by_the_predicted_share(without_effect):
    """Width goes with the standard error: √(1 − ρ²) of the plain interval's."""
    widths = {
        kind: without_effect[kind][2] - without_effect[kind][1] for kind in ("plain", "adjusted")
    }
    predicted = np.sqrt(1 - without_effect["reduction"])
    assert predicted.mean() < 0.93
    assert (widths["adjusted"] / widths["plain"]).mean() == pytest.approx(
        predicted.mean(), abs=0.01
    )
    spread = without_effect["adjusted"][0].std() / without_effect["plain"][0].std()
    assert spread == pytest.approx(predicted.mean(), abs=0.02)


def test_a_planned_80_to_20_that_became_67_to_33_raises_the_alarm():
    assert sample_ratio((670, 330), (0.8, 0.2)).alarm
    dice = np.random.default_rng(9)
    treated = dice.binomial(1000, 0.8, 10_000)
    alarms = [sample_ratio((n, 1000 - n), (0.8, 0.2)).alarm for n in treated]
    assert np.mean(alarms) <= 0.002
    broken = dice.binomial(1000, 0.67, 1_000)
    assert all(sample_ratio((n, 1000 - n), (0.8, 0.2)).alarm for n in broken)


def _looked_at(dice: np.random.Generator, number: int, *, lift: float) -> np.ndarray:
    """Whether the guard called harm at any of 40 daily looks, for each of so many campaigns."""
    days, sizes = 40, (240, 60)
    running = []
    for size, effect in zip(sizes, (lift, 0.0), strict=True):
        rate = dice.gamma(0.9, 0.1 / 0.9, (number, size, 1)) * (1 + effect)
        daily = dice.gamma(1.2 * dice.poisson(rate, (number, size, days)), 25.0)
        running.append(Sample.of(np.swapaxes(daily.cumsum(axis=2), 1, 2)))
    treated, control = running
    variances = treated.variance / sizes[0] + control.variance / sizes[1]
    _, past = spend(dice, (50_000,), orders=0.1 * days)
    expected = past.var() * (1 / sizes[0] + 1 / sizes[1])
    guard = harm_guard(treated.mean - control.mean, variances, np.full(number, expected))
    return guard.alarm[:, -1]


def test_the_guard_looked_at_40_times_errs_in_5_of_100_cases_at_most():
    dice = np.random.default_rng(10)
    false = np.concatenate([_looked_at(dice, 250, lift=0.0) for _ in range(8)])
    assert false.mean() <= 0.05


def test_the_guard_keeps_its_promise_where_the_days_are_independent():
    """Brownian motion: 5 of 100 meet the boundary in endless time; here 40 looks, 20,000 times."""
    dice = np.random.default_rng(11)
    path = dice.normal(size=(20_000, 40)).cumsum(axis=1)
    guard = harm_guard(path, np.broadcast_to(np.arange(1.0, 41.0), path.shape), np.full(20_000, 40))
    assert 0.01 <= guard.alarm[:, -1].mean() <= 0.05


def test_the_guard_notices_great_harm_and_never_calls_a_success_harm():
    dice = np.random.default_rng(12)
    assert _looked_at(dice, 200, lift=-0.6).mean() >= 0.8
    assert _looked_at(dice, 200, lift=0.6).mean() == 0.0


def test_stopping_at_the_first_small_p_would_err_far_more_often_than_the_guard():
    """Why the guard exists: Welch at each of 40 looks, one-sided, on campaigns without effect."""
    dice = np.random.default_rng(13)
    path = dice.normal(size=(5_000, 40)).cumsum(axis=1)
    smallest = (path / np.sqrt(np.arange(1, 41))).min(axis=1)
    assert (smallest < -1.645).mean() > 0.2
