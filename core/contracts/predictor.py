"""The contract of a predictor: what was known of customers on past days in, one score each out."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]


class Target(StrEnum):
    """What is asked of the next ``horizon_days``: [origin, origin + horizon)."""

    CHURN = "churn"  # 1: no purchase, 0: at least one; predicted as a probability
    ORDERS = "orders"  # orders, those of one day counted once
    SPEND = "spend"  # money in major units


@dataclass(frozen=True)
class TrainingSet:
    """What was known at past moments, and what came then. Rows are sorted by origin and customer.

    ``features``: float64 base features, NaN for no value, one row an origin and customer;
    ``target``: by row, finite; ``origin``: the day number (date.toordinal) of each row's origin.
    """

    features: pd.DataFrame
    target: Floats
    origin: npt.NDArray[np.int64]
    horizon_days: int

    def rows(self, chosen: npt.NDArray[Any]) -> "TrainingSet":
        """Some rows, by a mask or by numbers."""
        return TrainingSet(
            self.features.iloc[chosen] if chosen.dtype != bool else self.features[chosen],
            self.target[chosen],
            self.origin[chosen],
            self.horizon_days,
        )


class FittedPredictor(ABC):
    """A predictor that has learnt."""

    @abstractmethod
    def predict(self, features: pd.DataFrame) -> Floats:
        """One finite score a row in the target's unit. Missing columns and values are allowed."""

    @abstractmethod
    def stored(self) -> bytes:
        """Everything that ``restored`` needs: safetensors, or skops for scikit-learn's models."""


@dataclass(frozen=True)
class Predictor(ABC):
    """One way to predict; options are fields. Same training set and options, same scores.

    ``fit`` looks at nothing but the training set and leaves it as it was.
    """

    key: ClassVar[str]
    targets: ClassVar[tuple[Target, ...]]
    # What any other must beat; never called a model.
    is_baseline: ClassVar[bool] = False

    @abstractmethod
    def fit(self, training: TrainingSet, target: Target) -> FittedPredictor:
        """Learn ``target``, one of ``targets``. A single class or a constant target is learnt as
        that constant, shrunk."""

    @classmethod
    @abstractmethod
    def restored(cls, data: bytes) -> FittedPredictor:
        """What ``stored`` gave; raises ValueError for bytes that are not."""

    @classmethod
    def fast(cls) -> "Predictor":
        """Options for a quick training: fewer trees, fewer rows."""
        return cls()
