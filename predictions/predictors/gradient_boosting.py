from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from analytics.imbalance import Imbalance, balanced
from core.contracts.predictor import FittedPredictor, Predictor, Target, TrainingSet
from predictions.learning import (
    Constant,
    Estimator,
    learnable,
    restored,
    shrunk_mean,
    signs,
    space_of,
)


@dataclass(frozen=True)
class GradientBoosting(Predictor):
    """Histogram gradient boosting of small trees; silence may only raise churn."""

    key: ClassVar[str] = "gradient_boosting"
    targets: ClassVar[tuple[Target, ...]] = (Target.CHURN,)
    trees: int = 200
    rate: float = 0.05
    leaves: int = 7
    least_in_leaf: int = 100
    penalty: float = 5.0
    share_of_columns: float = 0.3
    imbalance: Imbalance = "none"
    seed: int = 0

    @classmethod
    def fast(cls) -> "GradientBoosting":
        return cls(trees=100, rate=0.1)

    def fit(self, training: TrainingSet, target: Target) -> FittedPredictor:
        from sklearn.ensemble import HistGradientBoostingClassifier

        if not learnable(training, target):
            return Constant(shrunk_mean(training.target, target))
        space = space_of(training.features)
        balance = balanced(training.target, self.imbalance, self.seed)
        model = HistGradientBoostingClassifier(
            max_iter=self.trees,
            learning_rate=self.rate,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=min(self.least_in_leaf, max(10, len(balance.rows) // 50)),
            l2_regularization=self.penalty,
            max_features=self.share_of_columns,
            monotonic_cst=signs(space.columns, target),
            early_stopping=False,
            random_state=self.seed,
        )
        table = space.values(training.features).astype(np.float32)[balance.rows]
        model.fit(table, training.target[balance.rows] > 0.5, sample_weight=balance.weights)
        return Estimator(space, model, balance.odds)

    @classmethod
    def restored(cls, data: bytes) -> FittedPredictor:
        return restored(data)
