"""Is treatment doing harm? A test that may be looked at as often as one likes.

One-sided normal mixture (Robbins 1970; Howard, Ramdas, McAuliffe & Sekhon 2021, "Time-uniform,
nonparametric, nonasymptotic confidence sequences", section 3.2). For a running difference S of
variance V under "no harm", with a half-normal prior of precision ρ over the harm,

    E = 2 √(ρ/(V + ρ)) · exp(S²/(2(V + ρ))) · Φ(−S/√(V + ρ))

passes 1/α at any look with probability ≤ α. That holds where the days' differences are independent;
where who bought much goes on buying much it errs to the safe side, because the looks resemble each
other more (Slepian 1962). It never declares a success: one look at the horizon does that.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

ALPHA = 0.05
# The prior's precision is this share of the variance expected at the horizon, where the boundary is
# lowest for α = .05: 1 / (−W₋₁(−(2α)²/e) − 1), Howard et al. 2021, equation 3.12.
SHARPEST = 1 / 6.6


@dataclass(frozen=True)
class HarmGuard:
    """``p``: along the looks, the smallest level at which harm would have been called so far."""

    p: npt.NDArray[np.float64]
    alarm: npt.NDArray[np.bool_]

    @property
    def first_alarm(self) -> int | None:
        """The place of the first look that called harm, of one campaign."""
        places = np.flatnonzero(self.alarm)
        return int(places[0]) if len(places) else None


def harm_guard(
    differences: npt.ArrayLike,
    variances: npt.ArrayLike,
    expected_variance: npt.ArrayLike,
    *,
    alpha: float = ALPHA,
) -> HarmGuard:
    """``differences`` (treated − control, since the launch) and their variances, look by look along
    the last axis; ``expected_variance`` of the difference at the horizon, known before the launch.
    """
    from scipy.special import log_ndtr

    far = np.asarray(differences, float)
    # What has been learnt does not become less.
    v = np.maximum.accumulate(np.asarray(variances, float), axis=-1)
    prior = np.asarray(expected_variance, float)[..., None] * SHARPEST
    prior = np.where(prior > 0, prior, np.maximum(v[..., -1:], 1e-12) * SHARPEST)
    evidence = (
        np.log(2) + 0.5 * np.log(prior / (v + prior)) + far**2 / (2 * (v + prior))
        + log_ndtr(-far / np.sqrt(v + prior))
    )  # fmt: skip
    p = np.minimum(np.exp(-np.maximum.accumulate(evidence, axis=-1)), 1.0)
    return HarmGuard(p, p <= alpha)
