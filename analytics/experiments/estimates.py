"""Differences between a treated group and its control group, each with its interval and p value."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.experiments.samples import PairedSample, Sample

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """``value`` is treated − control, ``low`` to ``high`` its two-sided interval.

    Infinitely wide, with p = 1, where a group has fewer than two customers.
    """

    value: Any
    low: Any
    high: Any
    p: Any


@dataclass(frozen=True)
class Adjusted:
    """Both groups with what spend before explains taken off, and the share that it explains."""

    treated: Sample
    control: Sample
    theta: Any
    reduction: Any


def difference(treated: Sample, control: Sample, *, level: float = LEVEL) -> Estimate:
    """Difference of two means with unequal variances (Welch 1947; Satterthwaite 1946).

    d = m_t − m_c, error² = s_t²/n_t + s_c²/n_c, Student's t with
    ν = error⁴ / ((s_t²/n_t)²/(n_t − 1) + (s_c²/n_c)²/(n_c − 1)).
    """
    from scipy.special import stdtr, stdtrit

    parts = [np.asarray(g.variance, float) / np.maximum(g.n, 1) for g in (treated, control)]
    rest = [np.maximum(np.asarray(g.n, float) - 1, 1) for g in (treated, control)]
    error2 = parts[0] + parts[1]
    below = parts[0] ** 2 / rest[0] + parts[1] ** 2 / rest[1]
    freedom = np.where(below > 0, error2**2 / np.where(below > 0, below, 1), rest[0] + rest[1])
    value = np.asarray(treated.mean, float) - control.mean
    error = np.sqrt(error2)
    half = stdtrit(freedom, 0.5 + level / 2) * error
    p = 2 * stdtr(freedom, -np.abs(_ratio(value, error)))
    return _told(value, value - half, value + half, p, treated, control)


def relative_lift(treated: Sample, control: Sample, *, level: float = LEVEL) -> Estimate:
    """m_t/m_c − 1 by the delta method (Deng, Knoblich & Lu 2018, "Applying the delta method").

    var(m_t/m_c) ≈ s_t²/(n_t m_c²) + m_t² s_c²/(n_c m_c⁴), normal. NaN without a control mean.
    """
    from scipy.special import ndtr, ndtri

    base = np.asarray(control.mean, float)
    base = np.where(base == 0, np.nan, base)
    value = treated.mean / base - 1
    variance = np.asarray(treated.variance, float) / np.maximum(treated.n, 1) / base**2
    variance = variance + np.square(treated.mean) * control.variance / np.maximum(
        control.n, 1
    ) / np.power(base, 4)
    error = np.sqrt(variance)
    half = ndtri(0.5 + level / 2) * error
    p = 2 * ndtr(-np.abs(_ratio(value, error)))
    return _told(value, value - half, value + half, p, treated, control)


def share_difference(
    treated: Any, n_treated: Any, control: Any, n_control: Any, *, level: float = LEVEL
) -> Estimate:
    """Difference of two shares: Newcombe's hybrid score interval, and the pooled z test.

    Newcombe 1998, method 10: Wilson's limits l, u of each share, then
    d − √((p_t − l_t)² + (u_c − p_c)²) to d + √((u_t − p_t)² + (p_c − l_c)²).
    """
    from scipy.special import ndtr, ndtri

    n_t, n_c = np.asarray(n_treated, float), np.asarray(n_control, float)
    some_t, some_c = np.maximum(n_t, 1), np.maximum(n_c, 1)
    p_t, p_c = treated / some_t, control / some_c
    low_t, high_t = wilson(p_t, some_t, ndtri(0.5 + level / 2))
    low_c, high_c = wilson(p_c, some_c, ndtri(0.5 + level / 2))
    value = p_t - p_c
    low = value - np.sqrt((p_t - low_t) ** 2 + (high_c - p_c) ** 2)
    high = value + np.sqrt((high_t - p_t) ** 2 + (p_c - low_c) ** 2)
    pooled = (np.asarray(treated, float) + control) / (some_t + some_c)
    error = np.sqrt(pooled * (1 - pooled) * (1 / some_t + 1 / some_c))
    p = 2 * ndtr(-np.abs(_ratio(value, error)))
    return _told(value, low, high, p, Sample(n_t, p_t, 0), Sample(n_c, p_c, 0))


def cuped(treated: PairedSample, control: PairedSample) -> Adjusted:
    """Take off what spend before the launch explains (Deng, Xu, Kohavi & Walker 2013).

    y' = y − θ (x − x̄), θ = cov(x, y)/var(x) pooled within the groups, so that an effect is no part
    of it; x̄ over both groups. ``reduction`` is ρ²: the predicted share of the variance that goes.
    """
    weight_t, weight_c = (
        np.maximum(np.asarray(g.value.n, float) - 1, 0) for g in (treated, control)
    )
    joint = weight_t * treated.covariance + weight_c * control.covariance
    before = weight_t * treated.before.variance + weight_c * control.before.variance
    after = weight_t * treated.value.variance + weight_c * control.value.variance
    theta, both = _ratio(joint, before), before * after
    n_t, n_c = np.asarray(treated.value.n, float), np.asarray(control.value.n, float)
    centre = (n_t * treated.before.mean + n_c * control.before.mean) / np.maximum(n_t + n_c, 1)
    return Adjusted(
        _without(treated, theta, centre),
        _without(control, theta, centre),
        theta,
        np.minimum(_ratio(np.square(joint), both), 1.0),
    )


def _without(group: PairedSample, theta: Any, centre: Any) -> Sample:
    value, before = group.value, group.before
    variance = value.variance - 2 * theta * group.covariance + theta**2 * before.variance
    mean = value.mean - theta * (before.mean - centre)
    return Sample(value.n, mean, np.maximum(variance, 0.0))


def wilson(share: Any, n: Any, z: float) -> tuple[Any, Any]:
    """The interval of a share of n (Wilson 1927)."""
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return middle - half, middle + half


def _ratio(above: Any, below: Any) -> npt.NDArray[np.float64]:
    """0 where both are 0: no difference and no doubt about it is no evidence of anything."""
    above, below = np.asarray(above, float), np.asarray(below, float)
    beyond = np.where(above == 0, 0.0, np.copysign(np.inf, above))
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), beyond)


def _told(value: Any, low: Any, high: Any, p: Any, treated: Sample, control: Sample) -> Estimate:
    few = np.minimum(treated.n, control.n) < 2
    return Estimate(
        value, np.where(few, -np.inf, low), np.where(few, np.inf, high), np.where(few, 1.0, p)
    )
