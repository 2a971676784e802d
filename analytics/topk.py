"""The best k of each row, exactly as a full sort would give them."""

import numpy as np
import numpy.typing as npt


def top_k(
    scores: npt.NDArray[np.floating], k: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.floating]]:
    """Positions and scores of the k best of each row, best first; of equals the lower position.

    Places that −inf would take have position −1.
    """
    rows, width = scores.shape
    k = max(0, min(k, width))
    if k == 0 or rows == 0:
        return np.empty((rows, k), np.int64), np.empty((rows, k), scores.dtype)
    if k < width:
        # The k-th best value; a partition alone would choose among equals by chance.
        bar = np.partition(scores, width - k, axis=1)[:, width - k]
        found = np.stack([_best(row, bar[i], k) for i, row in enumerate(scores)])
    else:
        found = np.tile(np.arange(width), (rows, 1))
    values = np.take_along_axis(scores, found, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    found = np.take_along_axis(found, order, axis=1)
    values = np.take_along_axis(values, order, axis=1)
    return np.where(np.isneginf(values), -1, found), values


def _best(row: npt.NDArray[np.floating], bar: float, k: int) -> npt.NDArray[np.int64]:
    """k positions in their order: all above the bar, and the first of those on it."""
    above = np.flatnonzero(row > bar)
    on = np.flatnonzero(row == bar)[: k - len(above)]
    return np.sort(np.concatenate([above, on]))
