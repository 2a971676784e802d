from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.contracts.predictor import FittedPredictor, Predictor, Target, TrainingSet
from predictions.learning import Constant, Linear, learnable, restored, shrunk_mean, space_of


@dataclass(frozen=True)
class PoissonRegression(Predictor):
    """Log-linear regression with the Poisson loss: its total is that of the past, for money too."""

    key: ClassVar[str] = "poisson_regression"
    targets: ClassVar[tuple[Target, ...]] = (Target.ORDERS, Target.SPEND)
    # Against the sum of losses: many rows outweigh it, few do not.
    penalty: float = 30.0

    def fit(self, training: TrainingSet, target: Target) -> FittedPredictor:
        from sklearn.linear_model import PoissonRegressor

        if not learnable(training, target):
            return Constant(shrunk_mean(training.target, target))
        space = space_of(training.features)
        unit = float(training.target.mean())
        model = PoissonRegressor(
            alpha=self.penalty / len(training.target), max_iter=300, solver="newton-cholesky"
        )
        model.fit(space.scaled(training.features), training.target / unit)
        return Linear(
            space,
            model.coef_.astype(float),
            float(model.intercept_ + np.log(unit)),
            "log",
            most=2.0 * float(training.target.max()),
        )

    @classmethod
    def restored(cls, data: bytes) -> FittedPredictor:
        return restored(data)
