from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from core.contracts.predictor import FittedPredictor, Predictor, Target, TrainingSet
from predictions.learning import Constant, Estimator, learnable, restored, shrunk_mean, space_of


@dataclass(frozen=True)
class BoostedRegression(Predictor):
    """Histogram gradient boosting with the Poisson loss, whose total is that of the past."""

    key: ClassVar[str] = "boosted_regression"
    targets: ClassVar[tuple[Target, ...]] = (Target.ORDERS, Target.SPEND)
    loss: Literal["poisson", "squared_error"] = "poisson"
    trees: int = 150
    rate: float = 0.05
    leaves: int = 7
    least_in_leaf: int = 100
    penalty: float = 5.0
    share_of_columns: float = 0.3
    seed: int = 0

    @classmethod
    def fast(cls) -> "BoostedRegression":
        return cls(trees=80, rate=0.1)

    def fit(self, training: TrainingSet, target: Target) -> FittedPredictor:
        from sklearn.ensemble import HistGradientBoostingRegressor

        if not learnable(training, target):
            return Constant(shrunk_mean(training.target, target))
        space = space_of(training.features)
        model = HistGradientBoostingRegressor(
            loss=self.loss,
            max_iter=self.trees,
            learning_rate=self.rate,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=min(self.least_in_leaf, max(10, len(training.target) // 50)),
            l2_regularization=self.penalty,
            max_features=self.share_of_columns,
            early_stopping=False,
            random_state=self.seed,
        )
        model.fit(space.values(training.features).astype(np.float32), training.target)
        return Estimator(space, model)

    @classmethod
    def restored(cls, data: bytes) -> FittedPredictor:
        return restored(data)
