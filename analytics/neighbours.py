"""What a missing number probably is: the mean over the customers who are most alike."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# Rows that are compared at once with every donor; bounds the memory.
AT_ONCE = 500


@dataclass(frozen=True)
class Donors:
    """Rows whose ``targets`` are known; ``features`` may have holes (NaN).

    Features are divided by ``scales``, or money would outweigh age.
    """

    features: Floats
    targets: Floats
    scales: Floats


def donors_of(features: Floats, targets: Floats) -> Donors:
    """Rows × features and their targets (NaN: not known) → those that can tell of others."""
    known = ~np.isnan(targets)
    rows = features[known]
    there = ~np.isnan(rows)
    many = np.maximum(there.sum(axis=0), 1)
    filled = np.where(there, rows, 0.0)
    means = filled.sum(axis=0) / many
    scales = np.sqrt((np.where(there, rows - means, 0.0) ** 2).sum(axis=0) / many)
    scales = np.where(scales > 0, scales, 1.0)
    return Donors(rows / scales, targets[known], scales)


def nearest_mean(features: Floats, donors: Donors, *, k: int) -> Floats:
    """The mean target of the k nearest donors of each row; NaN where nobody can be compared.

    Distances leave out the features that one of the two lacks and are scaled up for it (Dixon
    1979, as scikit-learn's KNNImputer). Equally near donors count in their order.
    """
    found = np.full(len(features), np.nan)
    for start in range(0, len(features), AT_ONCE):
        some = features[start : start + AT_ONCE] / donors.scales
        near = _nearest(_distances(some, donors.features), k)
        counted = near.sum(axis=1)
        found[start : start + AT_ONCE] = np.divide(
            near @ donors.targets, counted, out=np.full(len(some), np.nan), where=counted > 0
        )
    return found


def _nearest(distances: Floats, k: int) -> NDArray[np.bool_]:
    """Which k of a row are the least, without sorting the others; never an infinite one."""
    if distances.shape[1] <= k:
        return np.isfinite(distances)
    kth = np.partition(distances, k - 1, axis=1)[:, k - 1 : k]
    nearer, as_near = distances < kth, distances == kth
    room = k - nearer.sum(axis=1, keepdims=True)
    first = as_near & (np.cumsum(as_near, axis=1) <= room)
    return (nearer | first) & np.isfinite(distances)


def _distances(rows: Floats, others: Floats) -> Floats:
    """Rows × others, squared, per feature that both have; infinite where they share none."""
    here, there = ~np.isnan(rows), ~np.isnan(others)
    a, b = np.where(here, rows, 0.0), np.where(there, others, 0.0)
    shared = here.astype(float) @ there.T.astype(float)
    squares = (a**2) @ there.T.astype(float) + here.astype(float) @ (b**2).T - 2 * (a @ b.T)
    mean = np.divide(squares, shared, out=np.full(shared.shape, np.inf), where=shared > 0)
    return np.maximum(mean, 0.0)
