from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from analytics.design import DAYS_OF_ORDERS, WINDOWS
from analytics.packing import packed, unpacked
from core.contracts.predictor import FittedPredictor, Floats, Predictor, Target, TrainingSet

WORDS = {Target.ORDERS: ("order_days", DAYS_OF_ORDERS), Target.SPEND: ("spend", WINDOWS)}


@dataclass(frozen=True)
class LastPeriod(Predictor):
    """What came in the last days comes again: the window nearest to the horizon, scaled to it."""

    key: ClassVar[str] = "last_period"
    targets: ClassVar[tuple[Target, ...]] = (Target.ORDERS, Target.SPEND)
    is_baseline: ClassVar[bool] = True

    def fit(self, training: TrainingSet, target: Target) -> FittedPredictor:
        word, windows = WORDS[target]
        days = min(windows, key=lambda window: abs(window - training.horizon_days))
        return Repeated(f"{word}_{days}d", training.horizon_days / days)

    @classmethod
    def restored(cls, data: bytes) -> FittedPredictor:
        _, words = unpacked(data)
        return Repeated(words["column"], words["factor"])


@dataclass(frozen=True)
class Repeated(FittedPredictor):
    column: str
    factor: float

    def predict(self, features: pd.DataFrame) -> Floats:
        if self.column not in features.columns:
            return np.zeros(len(features))
        return np.nan_to_num(features[self.column].to_numpy(dtype=float)).clip(0) * self.factor

    def stored(self) -> bytes:
        return packed({}, {"column": self.column, "factor": self.factor})
