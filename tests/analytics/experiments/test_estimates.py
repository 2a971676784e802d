"""Each formula beside an implementation that is not ours, and by hand."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from analytics.experiments import (
    PairedSample,
    Sample,
    cuped,
    difference,
    harm_guard,
    holm,
    relative_lift,
    sample_ratio,
    share_difference,
)
from tests.analytics.experiments.shops import spend


@pytest.fixture
def groups():
    dice = np.random.default_rng(1)
    (x_t, y_t), (x_c, y_c) = spend(dice, (90,), lift=0.4), spend(dice, (35,))
    return x_t, y_t, x_c, y_c


def test_the_difference_is_scipys_welch(groups):
    _, y_t, _, y_c = groups
    peer = stats.ttest_ind(y_t, y_c, equal_var=False)
    ours = difference(Sample.of(y_t), Sample.of(y_c))
    assert ours.p == pytest.approx(peer.pvalue, rel=1e-10)
    assert (ours.low, ours.high) == pytest.approx(tuple(peer.confidence_interval()), rel=1e-10)
    assert ours.value == pytest.approx(y_t.mean() - y_c.mean())


def test_three_against_three_by_hand():
    """Means 4 and 2, variances 4 and 1: error² = 5/3, ν = 2.941, t = 1.549, p = .2209."""
    ours = difference(Sample.of([2, 4, 6]), Sample.of([1, 2, 3]))
    assert (ours.value, ours.p) == (2.0, pytest.approx(0.2209, abs=5e-4))


def test_a_relative_lift_is_near_the_bootstrap_of_the_ratio():
    dice = np.random.default_rng(2)
    (_, y_t), (_, y_c) = spend(dice, (800,), lift=0.3), spend(dice, (400,))
    draws = [
        dice.choice(y_t, len(y_t)).mean() / dice.choice(y_c, len(y_c)).mean() - 1
        for _ in range(4_000)
    ]
    ours = relative_lift(Sample.of(y_t), Sample.of(y_c))
    assert (ours.high - ours.low) / 2 / 1.96 == pytest.approx(np.std(draws), rel=0.05)


def test_a_lift_over_nothing_is_no_number():
    assert np.isnan(relative_lift(Sample.of([1.0, 2.0]), Sample.of([0.0, 0.0])).value)


@pytest.mark.parametrize(
    ("bought", "n", "control", "m"), [(56, 70, 48, 80), (9, 10, 3, 10), (0, 40, 2, 30)]
)
def test_shares_are_statsmodels_newcombe_and_z_test(bought, n, control, m):
    ours = share_difference(bought, n, control, m)
    peer = confint_proportions_2indep(bought, n, control, m, method="newcomb", compare="diff")
    assert (ours.low, ours.high) == pytest.approx(peer, rel=1e-9)
    assert ours.p == pytest.approx(proportions_ztest([bought, control], [n, m])[1], rel=1e-9)


def test_newcombes_own_example():
    """Newcombe 1998, table II (a): 56/70 − 48/80 = .2, .0524 to .3339."""
    ours = share_difference(56, 70, 48, 80)
    found = [round(float(part), 4) for part in (ours.value, ours.low, ours.high)]
    assert found == [0.2, 0.0524, 0.3339]


def test_cuped_is_the_slope_of_a_regression_within_the_groups(groups):
    x_t, y_t, x_c, y_c = groups
    found = cuped(PairedSample.of(y_t, x_t), PairedSample.of(y_c, x_c))
    x = np.concatenate([x_t - x_t.mean(), x_c - x_c.mean()])
    y = np.concatenate([y_t - y_t.mean(), y_c - y_c.mean()])
    peer = stats.linregress(x, y)
    assert found.theta == pytest.approx(peer.slope)
    assert found.reduction == pytest.approx(peer.rvalue**2)
    centre = np.concatenate([x_t, x_c]).mean()
    by_hand = y_t - found.theta * (x_t - centre)
    assert found.treated.mean == pytest.approx(by_hand.mean())
    assert found.treated.variance == pytest.approx(by_hand.var(ddof=1))


def test_sums_say_the_same_as_the_customers(groups):
    x, y, *_ = groups
    sums = PairedSample.of_sums(
        len(y), y.sum(), (y * y).sum(), x.sum(), (x * x).sum(), (x * y).sum()
    )
    ours = PairedSample.of(y, x)
    assert float(sums.covariance) == pytest.approx(ours.covariance)
    assert float(sums.value.variance) == pytest.approx(ours.value.variance)
    assert float(sums.before.mean) == pytest.approx(ours.before.mean)


def test_the_split_is_scipys_chi_square():
    ours = sample_ratio((670, 330), (0.8, 0.2))
    peer = stats.chisquare([670, 330], [800, 200])
    assert ours.p == pytest.approx(peer.pvalue)
    assert ours.alarm
    assert not sample_ratio((795, 205), (0.8, 0.2)).alarm
    three = sample_ratio((400, 390, 210), (0.4, 0.4, 0.2))
    assert three.p == pytest.approx(stats.chisquare([400, 390, 210], [400, 400, 200]).pvalue)


def test_holm_is_statsmodels_holm():
    p = [0.04, 0.01, 0.03, 0.2]
    assert holm(p).tolist() == pytest.approx(multipletests(p, method="holm")[1].tolist())
    assert holm([0.01, 0.04, 0.03]).tolist() == pytest.approx([0.03, 0.06, 0.06])
    assert holm([[0.5, 0.9], [0.01, 0.02]]).tolist() == [[1.0, 1.0], [0.02, 0.02]]


@pytest.mark.parametrize(("ours", "theirs"), [([5.0], [1.0, 2.0]), ([1.0, 2.0], [5.0])])
def test_a_group_of_one_proves_nothing(ours, theirs):
    found = difference(Sample.of(ours), Sample.of(theirs))
    assert (found.low, found.high, found.p) == (-np.inf, np.inf, 1.0)


def test_where_nobody_bought_there_is_no_difference_and_no_evidence():
    nothing = Sample.of([0.0] * 5)
    found = difference(nothing, nothing)
    assert (found.value, found.p) == (0.0, 1.0)
    paired = PairedSample.of([0.0] * 5, [0.0] * 5)
    assert cuped(paired, paired).reduction == 0.0


def test_the_guards_evidence_is_the_integral_that_it_stands_for():
    """S = −2, V = 1, ρ = 1: the mean of exp(μS − μ²V/2) over a half-normal μ < 0."""
    from scipy.integrate import quad

    mixed, _ = quad(lambda mu: 2 * stats.norm.pdf(mu) * np.exp(-2 * mu - mu * mu / 2), -40, 0)
    guard = harm_guard([-2.0], [1.0], 6.6)
    assert guard.p[0] == pytest.approx(1 / mixed, rel=1e-6)
    assert harm_guard([2.0], [1.0], 6.6).p[0] == 1.0


def test_an_alarm_stays_and_names_its_look():
    guard = harm_guard([-1.0, -12.0, -1.0], [1.0, 2.0, 3.0], 3.0)
    assert guard.alarm.tolist() == [False, True, True]
    assert guard.first_alarm == 1
    assert harm_guard([0.0], [1.0], 1.0).first_alarm is None
