"""What lies in one order together, and how much more often than it would by chance."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
# Pairs of one order that are counted at once: what bounds the memory.
AT_ONCE = 4_000_000
# How many standard errors of a count must lie between it and chance; many pairs are looked at.
BEYOND_CHANCE = 4.0


@dataclass(frozen=True)
class Pairs:
    """By position: the first and second item, and how many orders hold both, the first, the second.

    Each pair stands there once in either direction.
    """

    first: Ints
    second: Ints
    both: Ints
    with_first: Ints
    with_second: Ints

    def lift(self, orders: int) -> Any:
        """both × orders ÷ (with the first × with the second)."""
        return self.both * orders / (self.with_first * self.with_second)


def pairs_beyond_chance(order: Ints, item: Ints, *, items: int, orders: int, least: int) -> Pairs:
    """``order`` ascends and holds each item once; items are 0 … ``items`` − 1.

    Kept are pairs of at least ``least`` orders whose count exceeds what chance expects,
    with the first × with the second ÷ orders, by BEYOND_CHANCE times √count.
    """
    count = np.bincount(item, minlength=items).astype(np.int64)
    both = _counted(order, item, items)
    first, second = np.nonzero(both >= least)
    times = both[first, second]
    expected = count[first] * count[second] / max(orders, 1)
    real = times - expected > BEYOND_CHANCE * np.sqrt(times)
    first, second, times = first[real], second[real], times[real]
    return Pairs(first, second, times, count[first], count[second])


def _counted(order: Ints, item: Ints, items: int) -> Ints:
    """How many orders hold both, as a symmetric table with an empty diagonal."""
    _, start, length = np.unique(order, return_index=True, return_counts=True)
    # To each row belong the rows after it in its order.
    after = np.repeat(start + length, length) - np.arange(len(order)) - 1
    table = np.zeros(items * items, np.int64)
    ends = np.cumsum(after)
    begin = 0
    while begin < len(order):
        done = ends[begin - 1] if begin else 0
        end = max(int(np.searchsorted(ends, done + AT_ONCE, side="right")), begin + 1)
        rows = np.arange(begin, end)
        left = np.repeat(rows, after[begin:end])
        steps = np.arange(len(left)) - np.repeat(
            ends[begin:end] - after[begin:end] - done, after[begin:end]
        )
        right = left + 1 + steps
        table += np.bincount(item[left] * items + item[right], minlength=items * items)
        begin = end
    square = table.reshape(items, items)
    whole: Ints = square + square.T
    np.fill_diagonal(whole, 0)
    return whole
