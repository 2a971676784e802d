"""What the formulas need to know of a group: its size and moments, never its members.

Every field may be a number or an array of one shape (days, campaigns): all formulas of the package
work element by element. Values are in the metric's own unit (minor units of money, orders, shares).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """``variance`` is that of one customer's value, with n − 1 below."""

    n: Any
    mean: Any
    variance: Any

    @classmethod
    def of(cls, values: npt.ArrayLike) -> "Sample":
        """Customers along the last axis; a single customer has variance 0."""
        table = np.asarray(values, dtype=float)
        n = table.shape[-1]
        return cls(n, table.mean(axis=-1), table.var(axis=-1) * n / max(n - 1, 1))


@dataclass(frozen=True)
class PairedSample:
    """A metric beside its covariate: the same customers' spend before the launch."""

    value: Sample
    before: Sample
    covariance: Any

    @classmethod
    def of(cls, values: npt.ArrayLike, before: npt.ArrayLike) -> "PairedSample":
        y, x = np.asarray(values, dtype=float), np.asarray(before, dtype=float)
        n = y.shape[-1]
        joint = (y * x).mean(axis=-1) - y.mean(axis=-1) * x.mean(axis=-1)
        return cls(Sample.of(y), Sample.of(x), joint * n / max(n - 1, 1))

    @classmethod
    def of_sums(cls, n: Any, y: Any, yy: Any, x: Any, xx: Any, xy: Any) -> "PairedSample":
        """From Σy, Σy², Σx, Σx² and Σxy over n customers."""
        n, y, yy, x, xx, xy = (np.asarray(part, dtype=float) for part in (n, y, yy, x, xx, xy))
        some, rest = np.maximum(n, 1), np.maximum(n - 1, 1)
        return cls(
            Sample(n, y / some, np.maximum(yy - y * y / some, 0) / rest),
            Sample(n, x / some, np.maximum(xx - x * x / some, 0) / rest),
            (xy - x * y / some) / rest,
        )
