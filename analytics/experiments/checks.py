"""Is the comparison fair, and how many things were looked at?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SPLIT_ALARM = 0.001


@dataclass(frozen=True)
class Split:
    """Customers per group, as found and as planned; ``alarm``: chance is no explanation."""

    found: tuple[int, ...]
    planned: tuple[float, ...]
    p: float
    alarm: bool


def sample_ratio(found: Sequence[int], planned: Sequence[float]) -> Split:
    """Pearson's chi-square of the group sizes (Fabijan et al. 2019, "Sample ratio mismatch").

    ``planned`` are shares that add up to 1, none of them 0. The alarm rises at p < .001.
    """
    from scipy.special import chdtrc

    counts, shares = np.asarray(found, float), np.asarray(planned, float)
    expected = shares * counts.sum()
    if not counts.sum():
        return Split(tuple(found), tuple(planned), 1.0, alarm=False)
    statistic = float(((counts - expected) ** 2 / expected).sum())
    p = float(chdtrc(len(counts) - 1, statistic))
    return Split(tuple(found), tuple(planned), p, alarm=p < SPLIT_ALARM)


def holm(p: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Adjusted p values along the last axis (Holm 1979): step-down Bonferroni.

    The k-th smallest of m is multiplied by m − k + 1; none falls below a smaller one's.
    """
    values = np.asarray(p, dtype=float)
    order = np.argsort(values, axis=-1)
    factors = np.arange(values.shape[-1], 0, -1)
    stepped = np.maximum.accumulate(np.take_along_axis(values, order, -1) * factors, axis=-1)
    adjusted = np.empty_like(values)
    np.put_along_axis(adjusted, order, np.minimum(stepped, 1.0), axis=-1)
    return adjusted
