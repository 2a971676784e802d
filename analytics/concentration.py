"""Which share of the customers brings which share of the revenue."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Top:
    """The ``customers`` who spend most: they bring ``revenue``, the last of them ``least``."""

    share: float
    customers: int
    revenue: float
    revenue_share: float
    least: float


@dataclass(frozen=True)
class Concentration:
    customers: int
    revenue: float
    tops: tuple[Top, ...]
    # (share of customers, share of revenue), the largest spender first, from (0, 0) to (1, 1).
    curve: tuple[tuple[float, float], ...]
    gini: float
    # How many of the largest spenders bring half of the revenue.
    half: int


def concentration(spent: Floats, shares: Sequence[float], *, points: int = 50) -> Concentration:
    """``spent``: what each customer spent; who spent nothing or less does not count.

    A top share is of whole customers, rounded up. Gini = 1 − 2 × the area under the Lorenz curve.
    """
    values = np.sort(spent[spent > 0])[::-1]
    n = len(values)
    if not n:
        return Concentration(0, 0.0, (), (), 0.0, 0)
    sums = np.cumsum(values)
    total = float(sums[-1])
    rank = np.arange(1, n + 1)
    steps = sorted({round(at) for at in np.linspace(0, n, min(points, n) + 1)})
    return Concentration(
        customers=n,
        revenue=total,
        tops=tuple(_top(share, values, sums) for share in shares),
        curve=tuple((at / n, float(sums[at - 1]) / total if at else 0.0) for at in steps),
        gini=float((n + 1 - 2 * (rank * values).sum() / total) / n) if n else 0.0,
        half=int(np.searchsorted(sums, total / 2 - 1e-9) + 1),
    )


def _top(share: float, values: Floats, sums: Floats) -> Top:
    # A share times a count may miss a whole number by a rounding error.
    many = max(1, ceil(round(share * len(values), 9)))
    revenue = float(sums[many - 1])
    return Top(share, many, revenue, revenue / float(sums[-1]), float(values[many - 1]))
