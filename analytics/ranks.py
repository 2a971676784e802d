"""Ranks with numpy alone, as the web process may use them."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def mean_ranks(values: Floats) -> Floats:
    """Ranks from 1; equal values share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    highest = np.cumsum(counts)
    return (highest - (counts - 1) / 2.0)[place]


def deciles(score: Floats, parts: int = 10) -> npt.NDArray[np.int16]:
    """1 for the tenth with the highest scores, 10 for the lowest; equal scores are together."""
    if not len(score):
        return np.empty(0, np.int16)
    above = len(score) - mean_ranks(score)
    return np.minimum(1 + above * parts // len(score), parts).astype(np.int16)
