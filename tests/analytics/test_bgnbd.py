"""BG/NBD and Gamma–Gamma: checked by integration, by a known package's numbers, by simulation."""

import numpy as np
import pytest

from analytics import bgnbd, gamma_gamma
from analytics.bgnbd import BgNbd, Observed

# x, t_x, T in weeks; what `lifetimes` 0.11.3 says with the parameters it fitted to CDNOW's sample.
CUSTOMERS = Observed(
    np.array([0.0, 0, 1, 2, 7, 29]),
    np.array([0.0, 0, 5, 30.43, 38, 38.5]),
    np.array([10.0, 38.86, 38.86, 38.86, 38.86, 38.86]),
)
BG = BgNbd(0.242592928279822, 4.413532265271825, 0.7928859664406758, 2.4257523826258134, False)
MBG = BgNbd(0.5248377255676637, 6.1829884791339715, 0.8913562809311422, 1.6140000256721438)
BG_ALIVE = [1.0, 1.0, 0.314918, 0.726609, 0.901853, 0.9678]
BG_39_WEEKS = [0.49868, 0.194781, 0.301598, 1.22591, 4.689461, 19.709057]
MBG_ALIVE = [0.522173, 0.389716, 0.259504, 0.706126, 0.893151, 0.964413]
MBG_39_WEEKS = [0.482516, 0.153954, 0.286803, 1.262671, 4.542659, 18.640648]


@pytest.mark.parametrize(
    ("model", "alive", "orders"),
    [(BG, BG_ALIVE, BG_39_WEEKS), (MBG, MBG_ALIVE, MBG_39_WEEKS)],
    ids=["bg", "mbg"],
)
def test_it_agrees_with_the_known_package(model, alive, orders):
    assert model.p_alive(CUSTOMERS) == pytest.approx(alive, abs=1e-6)
    assert model.expected_orders(CUSTOMERS, 39) == pytest.approx(orders, abs=2e-6)


def _integral(model: BgNbd, x: float, t_x: float, length: float, days: float):
    """Likelihood, P(alive and silent in ``days``), P(alive) and E[orders], by brute force."""
    from scipy.stats import beta, gamma

    nodes, weights = np.polynomial.legendre.leggauss(400)
    levels, weights = (nodes + 1) / 2, weights / 2
    rate = gamma.ppf(levels, model.r, scale=1 / model.alpha)[:, None]
    p = beta.ppf(levels, model.a, model.b)[None, :]
    both = weights[:, None] * weights[None, :]
    coins = x + model.modified
    # Every coin but the last purchase's has not fallen; that one may have.
    alive = (1 - p) ** coins * rate**x * np.exp(-rate * length)
    fallen = p * (1 - p) ** (coins - 1) * rate**x * np.exp(-rate * t_x) if coins else 0.0
    likelihood = ((alive + fallen) * both).sum()
    waiting = (alive * np.exp(-rate * days) * both).sum() / likelihood
    later = (alive * -np.expm1(-rate * p * days) / p * both).sum() / likelihood
    return likelihood, (alive * both).sum() / likelihood, waiting, later


@pytest.mark.parametrize("modified", [False, True])
@pytest.mark.parametrize(("x", "t_x", "length"), [(0, 0, 12), (1, 4, 20), (3, 9, 10), (8, 30, 33)])
def test_it_equals_the_integral_over_rate_and_dropout(modified, x, t_x, length):
    model = BgNbd(1.7, 6.0, 1.6, 3.2, modified)
    seen = Observed(*(np.array([float(v)]) for v in (x, t_x, length)))

    likelihood, alive, waiting, later = _integral(model, x, t_x, length, 9.0)

    assert np.exp(model.log_likelihood(seen))[0] == pytest.approx(likelihood, rel=1e-4)
    assert model.p_alive(seen)[0] == pytest.approx(alive, rel=1e-4)
    assert model.p_silent(seen, 9.0)[0] == pytest.approx(1 - alive + waiting, rel=1e-4)
    assert model.expected_orders(seen, 9.0)[0] == pytest.approx(later, rel=1e-4)


@pytest.mark.parametrize("a", [0.94, 0.96, 1.0, 1.04, 1.06])
def test_near_one_the_expectation_is_smooth(a):
    model = BgNbd(0.8, 5.0, a, 2.5)

    ours = model.expected_orders(CUSTOMERS, 20.0)

    around = [
        BgNbd(0.8, 5.0, a + step, 2.5).expected_orders(CUSTOMERS, 20.0) for step in (-0.2, 0.2)
    ]
    assert (ours <= around[0]).all()
    assert (ours >= around[1]).all()
    by_hand = bgnbd._by_quadrature(  # noqa: SLF001
        0.8 + CUSTOMERS.x, 5.0 + CUSTOMERS.T, a, 2.5 + CUSTOMERS.x + 1, 20.0
    )
    assert ours == pytest.approx(model.p_alive(CUSTOMERS) * by_hand, rel=1e-3)


def test_the_gradient_is_that_of_the_likelihood():
    logs, counts = np.log([0.7, 5.0, 0.8, 2.0]), np.ones(len(CUSTOMERS.x))

    for modified in (False, True):
        _, gradient = bgnbd._objective(logs, CUSTOMERS, counts, modified)  # noqa: SLF001
        for place in range(4):
            step = np.zeros(4)
            step[place] = 1e-5
            up, down = (
                bgnbd._objective(logs + s * step, CUSTOMERS, counts, modified)[0]  # noqa: SLF001
                for s in (1, -1)
            )
            assert gradient[place] == pytest.approx((up - down) / 2e-5, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("modified", [False, True])
def test_the_parameters_of_a_simulated_shop_are_found_again(modified):
    """8,000 customers over two years: each parameter within a quarter of the true one."""
    truth = BgNbd(1.2, 20.0, 0.9, 3.0, modified)

    found = bgnbd.fit(drawn(truth, 8_000, 730.0), modified=modified)

    for name in ("r", "alpha", "a", "b"):
        assert getattr(found, name) == pytest.approx(getattr(truth, name), rel=0.25)


def drawn(model: BgNbd, customers: int, days: float) -> Observed:
    dice = np.random.default_rng(11)
    rates = dice.gamma(model.r, 1 / model.alpha, customers)
    dropouts = dice.beta(model.a, model.b, customers)
    length = dice.uniform(days / 2, days, customers)
    x, last = np.zeros(customers), np.zeros(customers)
    for number in range(customers):
        now, alive = 0.0, not (model.modified and dice.random() < dropouts[number])
        while alive:
            now += dice.exponential(1 / rates[number])
            if now >= length[number]:
                break
            x[number], last[number] = x[number] + 1, now
            alive = dice.random() >= dropouts[number]
    return Observed(x, last, length)


def test_who_ordered_once_is_less_and_less_likely_to_return():
    silence = np.array([1.0, 7, 30, 90, 365, 3_650])
    seen = Observed(np.zeros(6), np.zeros(6), silence)

    alive, silent = MBG.p_alive(seen), MBG.p_silent(seen, 28.0)

    assert (np.diff(alive) < 0).all()
    assert alive.max() < 1
    assert (np.diff(silent) > 0).all()


@pytest.mark.parametrize(
    "seen",
    [
        Observed(np.array([]), np.array([]), np.array([])),
        Observed(np.zeros(1), np.zeros(1), np.array([5.0])),
        Observed(np.zeros(50), np.zeros(50), np.full(50, 30.0)),
        Observed(np.full(9, 1e4), np.full(9, 364.0), np.full(9, 365.0)),
    ],
    ids=["nobody", "one customer", "one order each", "a wholesaler's ten thousand"],
)
def test_a_tiny_or_strange_shop_gets_finite_numbers(seen):
    found = bgnbd.fit(seen)

    assert np.isfinite([found.r, found.alpha, found.a, found.b]).all()
    orders = found.expected_orders(CUSTOMERS, 28.0)
    assert np.isfinite(orders).all()
    assert (orders >= 0).all()


# orders, mean value → expected value of an order, by `lifetimes` 0.11.3 with these parameters.
GG = gamma_gamma.GammaGamma(6.248802496075072, 3.744588460923138, 15.44774806492988)


def test_gamma_gamma_agrees_with_the_known_package():
    expected = GG.mean_value(np.array([2.0, 1, 7]), np.array([22.35, 11.77, 73.74]))

    assert expected == pytest.approx([24.6586, 18.9115, 71.4629], abs=1e-4)


def test_gamma_gammas_parameters_are_found_again():
    dice = np.random.default_rng(5)
    n = dice.integers(1, 12, 6_000).astype(float)
    nu = dice.gamma(4.0, 1 / 60.0, len(n))
    z = dice.gamma(6.0 * n, 1 / (nu * n))

    found = gamma_gamma.fit(n, z)

    assert (found.p, found.q, found.gamma) == pytest.approx((6.0, 4.0, 60.0), rel=0.15)


def test_without_any_value_an_order_is_worth_nothing():
    found = gamma_gamma.fit(np.array([1.0, 2.0]), np.zeros(2))

    assert found.mean_value(np.array([1.0]), np.array([0.0])) == pytest.approx([0.0], abs=1e-6)
