from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from analytics.imbalance import Imbalance, balanced
from core.contracts.predictor import FittedPredictor, Predictor, Target, TrainingSet
from predictions.learning import (
    Constant,
    Linear,
    learnable,
    restored,
    shrunk_mean,
    signs,
    space_of,
)


@dataclass(frozen=True)
class LogisticRegression(Predictor):
    """Ridge logistic regression on the designed columns. Silence never lowers churn: columns whose
    weight would have the wrong sign are left out, the most wrong first."""

    key: ClassVar[str] = "logistic_regression"
    targets: ClassVar[tuple[Target, ...]] = (Target.CHURN,)
    inverse_penalty: float = 0.05
    imbalance: Imbalance = "none"
    seed: int = 0

    def fit(self, training: TrainingSet, target: Target) -> FittedPredictor:
        if not learnable(training, target):
            return Constant(shrunk_mean(training.target, target))
        space = space_of(training.features)
        balance = balanced(training.target, self.imbalance, self.seed)
        table = space.scaled(training.features)[balance.rows]
        truth = training.target[balance.rows]
        wanted = np.array(signs(space.columns, target))
        free = np.ones(len(wanted), bool)
        while True:
            weights, bias = self._fitted(table[:, free], truth, balance.weights)
            wrong = weights * wanted[free] < 0
            if not wrong.any():
                break
            # All that are wrong by at least half as much as the most wrong.
            size = np.where(wrong, np.abs(weights), 0.0)
            free[np.flatnonzero(free)[size >= size.max() / 2]] = False
        full = np.zeros(len(free))
        full[free] = weights
        return Linear(space, full, bias, "logit", odds=balance.odds)

    def _fitted(
        self, table: np.ndarray, truth: np.ndarray, weights: np.ndarray
    ) -> tuple[np.ndarray, float]:
        from sklearn.linear_model import LogisticRegression as Sklearn

        model = Sklearn(C=self.inverse_penalty, solver="newton-cholesky", max_iter=50)
        model.fit(table, truth > 0.5, sample_weight=weights)
        return model.coef_[0].astype(float), float(model.intercept_[0])

    @classmethod
    def restored(cls, data: bytes) -> FittedPredictor:
        return restored(data)
