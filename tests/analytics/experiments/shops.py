"""Spend like a grocer's: most buy nothing, a few buy much, and who bought before buys again."""

from collections.abc import Iterator

import numpy as np

BLOCK = 1_000


def spend(
    dice: np.random.Generator, shape: tuple[int, ...], *, orders: float = 1.0, lift: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Spend before and after a launch, the same customers: about 45 % zeros, skewness about 4.

    Orders are Poisson by a gamma rate of each customer's own, an order is worth a gamma value;
    ``lift`` raises the rate after the launch.
    """
    rate = dice.gamma(0.9, orders / 0.9, shape)
    before = dice.gamma(1.2 * dice.poisson(rate), 25.0)
    after = dice.gamma(1.2 * dice.poisson(rate * (1 + lift)), 25.0)
    return before, after


def blocks(campaigns: int) -> Iterator[int]:
    """The campaigns in parts, so that memory stays small."""
    for start in range(0, campaigns, BLOCK):
        yield min(BLOCK, campaigns - start)
