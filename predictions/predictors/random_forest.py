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
class RandomForest(Predictor):
    """Many trees on drawn rows and columns."""

    key: ClassVar[str] = "random_forest"
    targets: ClassVar[tuple[Target, ...]] = (Target.CHURN,)
    trees: int = 100
    least_in_leaf: int = 20
    share_of_columns: float = 0.3
    most_drawn: int = 12_000
    imbalance: Imbalance = "none"
    seed: int = 0

    @classmethod
    def fast(cls) -> "RandomForest":
        return cls(trees=60, most_drawn=6_000)

    def fit(self, training: TrainingSet, target: Target) -> FittedPredictor:
        from sklearn.ensemble import RandomForestClassifier

        if not learnable(training, target):
            return Constant(shrunk_mean(training.target, target))
        space = space_of(training.features)
        balance = balanced(training.target, self.imbalance, self.seed)
        model = RandomForestClassifier(
            n_estimators=self.trees,
            min_samples_leaf=self.least_in_leaf,
            max_features=self.share_of_columns,
            max_samples=min(self.most_drawn, max(1, len(balance.rows) // 2)),
            monotonic_cst=signs(space.columns, target),
            n_jobs=2,
            random_state=self.seed,
        )
        table = space.values(training.features).astype(np.float32)[balance.rows]
        model.fit(table, training.target[balance.rows] > 0.5, sample_weight=balance.weights)
        # Two threads would add the trees up in an order of their own, and so in other last digits.
        model.set_params(n_jobs=1)
        return Estimator(space, model, balance.odds, edge=0.1 / self.least_in_leaf)

    @classmethod
    def restored(cls, data: bytes) -> FittedPredictor:
        return restored(data)
