"""Rare classes: weights, more of the few, or fewer of the many; and the way back to the truth."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Imbalance = Literal["none", "weights", "oversample", "undersample"]


@dataclass(frozen=True)
class Balance:
    """Rows to learn from (numbers, repeats allowed), their weights, and by how much the odds of
    class 1 were raised."""

    rows: npt.NDArray[np.int64]
    weights: Floats
    odds: float

    def undone(self, score: Floats) -> Floats:
        return corrected(score, self.odds)


def balanced(truth: Floats, how: Imbalance, seed: int) -> Balance:
    """Both classes with equal weight in all; ``none``, or one class only, leaves them alone."""
    ones, zeros = np.flatnonzero(truth > 0.5), np.flatnonzero(truth <= 0.5)
    everybody = np.arange(len(truth))
    if how == "none" or not len(ones) or not len(zeros):
        return Balance(everybody, np.ones(len(truth)), 1.0)
    odds = len(zeros) / len(ones)
    if how == "weights":
        weights = np.where(truth > 0.5, 0.5 / len(ones), 0.5 / len(zeros)) * len(truth)
        return Balance(everybody, weights, odds)
    dice = np.random.default_rng(seed)
    few, many = (ones, zeros) if len(ones) < len(zeros) else (zeros, ones)
    if how == "oversample":
        drawn = np.concatenate([many, few, dice.choice(few, len(many) - len(few))])
    else:
        drawn = np.concatenate([few, dice.choice(many, len(few), replace=False)])
    rows = np.sort(drawn)
    return Balance(rows, np.ones(len(rows)), odds)


def corrected(score: Floats, odds: float) -> Floats:
    """Probabilities learnt with raised odds, brought back to the true base rate."""
    return score / (score + odds * (1.0 - score))
