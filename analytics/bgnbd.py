"""BG/NBD and MBG/NBD: how often customers buy while they are alive, and whether they still are.

A customer with x repeat purchases, the last at t_x, observed for T: purchases are Poisson with rate
λ ~ Gamma(r, rate α); after a purchase a coin with p ~ Beta(a, b) ends it for good.

BG/NBD: Fader, Hardie & Lee (2005), "Counting your customers" the easy way, Marketing Science 24(2),
equations 6, 8 and 10: the coin falls after repeat purchases only. MBG/NBD: Batislam, Denizel &
Filiztekin (2007), Empirical validation and comparison of models for customer base analysis,
Int. J. of Research in Marketing 24(3): it falls after the first purchase too, so that
P(alive) of a one-order customer falls with silence. Both share one form with c = x + [modified]
coins that did not fall before the last purchase's own:

    L = B(a, b + c) / B(a, b) · Γ(r + x) α^r / Γ(r) · ((α + T)^−(r+x) + δ · a/(b + c − 1) · (α + t_x)^−(r+x))

with δ = [x > 0] for BG/NBD and 1 for MBG/NBD.
"""  # noqa: E501  (a formula on one line)

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
# Weak priors on the logs of r, α (in mean gaps), a and b: they decide only where data say nothing.
PRIOR_MEANS = np.array([0.0, 0.0, -0.5, 1.0])
PRIOR_SPREADS = np.array([1.5, 1.5, 1.2, 1.5])
STARTS = ((0.0, 0.0, -0.5, 1.0), (-1.0, 0.5, 0.5, 0.5), (0.7, 0.0, -1.5, 1.5))
BOUND = 9.0
GRID = 64


@dataclass(frozen=True)
class Observed:
    """Repeat purchases, time of the last and length of the watch, from the first purchase on."""

    x: Floats
    t_x: Floats
    T: Floats  # noqa: N815  (the literature's name)


@dataclass(frozen=True)
class BgNbd:
    """Fitted parameters; ``alpha`` in the unit of t_x and T."""

    r: float
    alpha: float
    a: float
    b: float
    modified: bool = True

    def log_likelihood(self, seen: Observed) -> Floats:
        """By customer."""
        return _log_likelihood(np.array([self.r, self.alpha, self.a, self.b]), seen, self.modified)

    def p_alive(self, seen: Observed) -> Floats:
        """Probability that the coin has not fallen by T. In BG/NBD 1 for x = 0."""
        coins = seen.x + self.modified
        odds = self.a / np.maximum(self.b + coins - 1, 1e-12)
        dead = odds * ((self.alpha + seen.T) / (self.alpha + seen.t_x)) ** (self.r + seen.x)
        if not self.modified:
            dead = np.where(seen.x > 0, dead, 0.0)
        return 1.0 / (1.0 + dead)

    def p_silent(self, seen: Observed, days: float) -> Floats:
        """Probability of no purchase in the next ``days``: dead, or alive and waiting."""
        waiting = ((self.alpha + seen.T) / (self.alpha + seen.T + days)) ** (self.r + seen.x)
        alive = self.p_alive(seen)
        return 1.0 - alive + alive * waiting

    def expected_orders(self, seen: Observed, days: float) -> Floats:
        """E[purchases in the next ``days``].

        Of those alive, E = ∫ (over p, λ) (1 − e^(−λ p t)) / p. With λ | x ~ Gamma(r + x, α + T) and
        p | alive ~ Beta(a, b + c), equation 10 of Fader, Hardie & Lee is

            (a + B − 1)/(a − 1) · (1 − z^(r+x) · 2F1(r + x, B; a + B − 1; w))

        with B = b + c, z = (α+T)/(α+T+t), w = t/(α+T+t). It is 0/0 near a = 1; there the integral
        over p is done by quadrature instead.
        """
        shape, coins = self.r + seen.x, self.b + seen.x + self.modified
        of_alive = (
            _by_formula(shape, self.alpha + seen.T, self.a, coins, days)
            if abs(self.a - 1) > 0.05
            else _by_quadrature(shape, self.alpha + seen.T, self.a, coins, days)
        )
        unstable = ~np.isfinite(of_alive) | (of_alive < 0) | (of_alive > shape * days / self.alpha)
        if unstable.any():
            again = _by_quadrature(shape, self.alpha + seen.T, self.a, coins, days)
            of_alive = np.where(unstable, again, of_alive)
        return self.p_alive(seen) * of_alive


def fit(seen: Observed, *, modified: bool = True) -> BgNbd:
    """Largest posterior under weak priors, from several starts, by L-BFGS-B with the gradient.

    Equal (x, t_x, T) are counted once. Times are divided by the mean time a purchase takes, so that
    all four parameters are near 1; there is an answer for a single customer too.
    """
    from scipy.optimize import minimize

    unit = _unit(seen)
    rows, counts = np.unique(
        np.column_stack([seen.x, seen.t_x, seen.T]), axis=0, return_counts=True
    )
    scaled = Observed(rows[:, 0], rows[:, 1] / unit, rows[:, 2] / unit)
    results = [
        minimize(
            _objective, np.array(start), args=(scaled, counts, modified), jac=True,
            method="L-BFGS-B", bounds=[(-BOUND, BOUND)] * 4, options={"maxiter": 500},
        )
        for start in STARTS
    ]  # fmt: skip
    r, alpha, a, b = np.exp(min(results, key=lambda found: float(found.fun)).x)
    return BgNbd(float(r), float(alpha * unit), float(a), float(b), modified)


def _unit(seen: Observed) -> float:
    total, purchases = float(seen.T.sum()), float(seen.x.sum())
    return max(total / (purchases + 1.0), 1e-3) if len(seen.x) else 1.0


def _objective(
    logs: Floats, seen: Observed, counts: Floats, modified: bool
) -> tuple[float, Floats]:
    """Minus the log posterior, and its gradient by the logs of the parameters."""
    values, gradient = _with_gradient(np.exp(logs), seen, modified)
    pull = (logs - PRIOR_MEANS) / PRIOR_SPREADS**2
    fun = -float(counts @ values) + 0.5 * float(pull @ (logs - PRIOR_MEANS))
    return fun, -(gradient * np.exp(logs)[:, None]) @ counts + pull


def _log_likelihood(parameters: Floats, seen: Observed, modified: bool) -> Floats:
    return _with_gradient(parameters, seen, modified)[0]


def _with_gradient(parameters: Floats, seen: Observed, modified: bool) -> tuple[Floats, Floats]:
    """Log-likelihood by customer, and its derivatives by r, α, a, b as four rows."""
    from scipy.special import betaln, digamma, gammaln

    r, alpha, a, b = parameters
    c, shape = seen.x + modified, r + seen.x
    first = betaln(a, b + c) - betaln(a, b) + gammaln(shape) - gammaln(r) + r * np.log(alpha)
    late, early = np.log(alpha + seen.T), np.log(alpha + seen.t_x)
    possible = np.ones(len(c), bool) if modified else seen.x > 0
    # B(a + 1, b + c − 1) / B(a, b + c) = a / (b + c − 1); c ≥ 1 wherever it is possible.
    rest = np.maximum(b + c - 1, 1e-12)
    log_dead = np.where(possible, np.log(a) - np.log(rest) - shape * early, -np.inf)
    log_alive = -shape * late
    log_sum = np.logaddexp(log_alive, log_dead)
    dead = np.exp(log_dead - log_sum)
    alive = 1.0 - dead
    ends = digamma(a + b) - digamma(a + b + c)
    return first + log_sum, np.vstack(
        [
            digamma(shape) - digamma(r) + np.log(alpha) - alive * late - dead * early,
            r / alpha - shape * (alive / (alpha + seen.T) + dead / (alpha + seen.t_x)),
            ends + dead / a,
            ends + digamma(b + c) - digamma(b) - dead / rest,
        ]
    )


def _by_formula(shape: Floats, rate: Floats, a: float, b: Floats, days: float) -> Floats:
    from scipy.special import hyp2f1

    with np.errstate(all="ignore"):
        w = days / (rate + days)
        series = hyp2f1(shape, b, a + b - 1.0, w)
        kept = 1.0 - (rate / (rate + days)) ** shape * series
        return (a + b - 1.0) / (a - 1.0) * kept


def _by_quadrature(shape: Floats, rate: Floats, a: float, b: Floats, days: float) -> Floats:
    """E[(1 − (rate / (rate + p t))^shape) / p] over p ~ Beta(a, b).

    Gauss–Legendre over the quantiles of the Beta, which every row has of its own.
    """
    from scipy.special import betaincinv

    nodes, weights = np.polynomial.legendre.leggauss(GRID)
    levels, weights = (nodes + 1) / 2, weights / 2
    total = np.zeros(len(shape))
    # There are few different b, and their quantiles are the dear part.
    kinds, place = np.unique(b, return_inverse=True)
    for level, weight in zip(levels, weights, strict=True):
        p = np.maximum(betaincinv(a, kinds, level), 1e-12)[place]
        total += weight * -np.expm1(-shape * np.log1p(p * days / rate)) / p
    return total
