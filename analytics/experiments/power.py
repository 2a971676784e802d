"""What a comparison of two groups can find: power, and the smallest effect that it detects.

Effect = (t₁₋α/₂ + t_power) · √(s²/n_t + s²/n_c), for groups of unequal size (Cohen 1988, chapter 2;
van Belle 2008, chapter 2). Without scipy: the web process shows this before a launch.
"""

from dataclasses import dataclass
from statistics import NormalDist

ALPHA, POWER = 0.05, 0.8
NORMAL = NormalDist()


@dataclass(frozen=True)
class Detectable:
    """The smallest effect found with probability ``power``; in the metric's unit, and of its mean.

    Infinite where a group is too small for any statement; ``relative`` is None without a mean.
    """

    absolute: float
    relative: float | None
    alpha: float = ALPHA
    power: float = POWER


def minimum_detectable_effect(
    n_treated: int,
    n_control: int,
    mean: float,
    sd: float,
    *,
    alpha: float = ALPHA,
    power: float = POWER,
) -> Detectable:
    """For a mean per customer: ``mean`` and ``sd`` of one customer's value in such a time."""
    freedom = n_treated + n_control - 2
    if min(n_treated, n_control) < 2:
        return Detectable(float("inf"), float("inf") if mean else None, alpha, power)
    reach = student_quantile(1 - alpha / 2, freedom) + student_quantile(power, freedom)
    absolute = reach * standard_error(n_treated, n_control, sd)
    return Detectable(absolute, absolute / abs(mean) if mean else None, alpha, power)


def minimum_detectable_share(
    n_treated: int, n_control: int, share: float, *, alpha: float = ALPHA, power: float = POWER
) -> Detectable:
    """For a share of customers, such as those who buy; ``share`` is what is expected of control."""
    sd = (share * (1 - share)) ** 0.5
    return minimum_detectable_effect(n_treated, n_control, share, sd, alpha=alpha, power=power)


def power_of(
    effect: float,
    n_treated: int,
    n_control: int,
    sd: float,
    *,
    sd_treated: float | None = None,
    alpha: float = ALPHA,
) -> float:
    """The probability that a true ``effect`` (absolute) is told from zero, by either sign.

    ``sd_treated`` where treatment also spreads the values; otherwise ``sd`` is that of both groups.
    """
    if min(n_treated, n_control) < 2:
        return 0.0
    of_treated = sd if sd_treated is None else sd_treated
    error = (of_treated**2 / n_treated + sd**2 / n_control) ** 0.5
    if error == 0:
        return float(effect != 0)
    cut = student_quantile(1 - alpha / 2, n_treated + n_control - 2)
    return NORMAL.cdf(effect / error - cut) + NORMAL.cdf(-effect / error - cut)


def standard_error(n_treated: int, n_control: int, sd: float) -> float:
    """Of a difference of two means, where one customer's value has this ``sd`` in both groups."""
    return sd * (1 / n_treated + 1 / n_control) ** 0.5


def student_quantile(share: float, freedom: float) -> float:
    """Student's t by its Cornish–Fisher series in 1/ν (Abramowitz & Stegun 1964, 26.7.5).

    Within .001 of the true quantile from 10 degrees of freedom on.
    """
    z = NORMAL.inv_cdf(share)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum(term / freedom**place for place, term in enumerate(terms))
