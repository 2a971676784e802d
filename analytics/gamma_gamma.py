"""Gamma–Gamma: what an order of a customer is worth on average, shrunk towards the shop's mean.

Fader & Hardie (2013), "The Gamma-Gamma Model of Monetary Value" (brucehardie.com/notes/025): a mean
order value z̄ over n orders has z̄ | ν ~ Gamma(pn, rate νn) and ν ~ Gamma(q, rate γ), so

    log f(z̄) = ln Γ(pn + q) − ln Γ(pn) − ln Γ(q) + q ln γ + (pn − 1) ln z̄ + pn ln n − (pn + q) ln(γ + n z̄)
    E[value | z̄, n] = p (γ + n z̄) / (pn + q − 1)
"""  # noqa: E501  (a formula on one line)

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
PRIOR_MEANS = np.array([1.0, 1.0, 1.0])
PRIOR_SPREADS = np.array([1.5, 1.0, 1.5])
STARTS = ((1.0, 1.0, 1.0), (0.0, 0.5, 0.5), (2.0, 2.0, 2.0))
BOUND = 9.0


@dataclass(frozen=True)
class GammaGamma:
    """Fitted parameters; q > 1, so that a mean exists; ``gamma`` in the unit of the values."""

    p: float
    q: float
    gamma: float

    def mean_value(self, orders: Floats, value: Floats) -> Floats:
        """Expected value of an order given ``orders`` with mean ``value``; for 0 the shop's."""
        known = np.where(orders > 0, value, 0.0)
        return self.p * (self.gamma + orders * known) / (self.p * orders + self.q - 1.0)


def fit(orders: Floats, value: Floats) -> GammaGamma:
    """Largest posterior under weak priors; customers without a positive value are left out.

    Without any such customer every order is worth 0.
    """
    from scipy.optimize import minimize

    kept = (orders > 0) & (value > 0)
    if not kept.any():
        return GammaGamma(1.0, 2.0, 1e-9)
    unit = float(np.median(value[kept]))
    n, z = orders[kept].astype(float), value[kept] / unit
    results = [
        minimize(
            _objective, np.array(start), args=(n, z), jac=True, method="L-BFGS-B",
            bounds=[(-BOUND, BOUND)] * 3, options={"maxiter": 500},
        )
        for start in STARTS
    ]  # fmt: skip
    p, more, gamma = np.exp(min(results, key=lambda found: float(found.fun)).x)
    return GammaGamma(float(p), float(1.0 + more), float(gamma * unit))


def log_likelihood(p: float, q: float, gamma: float, n: Floats, z: Floats) -> Floats:
    from scipy.special import gammaln

    return (
        gammaln(p * n + q) - gammaln(p * n) - gammaln(q) + q * np.log(gamma)
        + (p * n - 1) * np.log(z) + p * n * np.log(n) - (p * n + q) * np.log(gamma + n * z)
    )  # fmt: skip


def _objective(logs: Floats, n: Floats, z: Floats) -> tuple[float, Floats]:
    """Minus the log posterior by ln p, ln(q − 1) and ln γ, and its gradient."""
    from scipy.special import digamma

    p, more, gamma = np.exp(logs)
    q, pn = 1.0 + more, p * n
    pull = (logs - PRIOR_MEANS) / PRIOR_SPREADS**2
    fun = -float(log_likelihood(p, q, gamma, n, z).sum())
    both, total = digamma(pn + q), np.log(gamma + n * z)
    by_p = (n * (both - digamma(pn) + np.log(z) + np.log(n) - total)).sum()
    by_q = (both - digamma(q) + np.log(gamma) - total).sum()
    by_gamma = (q / gamma - (pn + q) / (gamma + n * z)).sum()
    gradient = -np.array([by_p * p, by_q * more, by_gamma * gamma])
    return fun + 0.5 * float(pull @ (logs - PRIOR_MEANS)), gradient + pull
