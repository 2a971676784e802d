from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from analytics.blend import sigmoid
from core.contracts.predictor import FittedPredictor, Predictor, Target, TrainingSet
from predictions.learning import Constant, Linear, Space, restored, shrunk_mean

COLUMN = "log_recency"


@dataclass(frozen=True)
class RecencyRule(Predictor):
    """The longer silent, the more likely gone, and nothing else is looked at."""

    key: ClassVar[str] = "recency_rule"
    targets: ClassVar[tuple[Target, ...]] = (Target.CHURN,)
    is_baseline: ClassVar[bool] = True
    strength: float = 5.0

    def fit(self, training: TrainingSet, target: Target) -> FittedPredictor:
        """Logistic in log(1 + days), slope ≥ 0, both drawn towards no slope by ``strength``."""
        days = training.features["recency_days"].to_numpy(dtype=float)
        known = np.isfinite(days)
        if not known.any():
            return Constant(shrunk_mean(training.target, target))
        logs = np.log1p(np.maximum(days, 0.0))
        middle = float(np.median(logs[known]))
        x, truth = np.where(known, logs, middle), training.target
        spread = float(x.std()) or 1.0
        slope, shift = self._fitted((x - x.mean()) / spread, truth)
        space = Space((COLUMN,), *(np.array([v]) for v in (middle, float(x.mean()), spread)))
        return Linear(space, np.array([slope]), shift, "logit")

    def _fitted(self, x: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
        slope, shift = 0.0, 0.0
        for _ in range(100):
            p = sigmoid(slope * x + shift)
            weight, error = p * (1 - p), p - truth
            a, b = weight @ (x * x) + self.strength, weight @ x
            d = weight.sum() + self.strength / 10
            g, h = error @ x + self.strength * slope, error.sum() + self.strength / 10 * shift
            determinant = a * d - b * b
            moves = (d * g - b * h) / determinant, (a * h - b * g) / determinant
            slope, shift = max(slope - float(moves[0]), 0.0), shift - float(moves[1])
            if abs(moves[0]) + abs(moves[1]) < 1e-10:
                break
        return slope, shift

    @classmethod
    def restored(cls, data: bytes) -> FittedPredictor:
        return restored(data)
