from dataclasses import dataclass
from typing import Any, ClassVar

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
    """Many trees on drawn rows and columns; squared error for orders and money."""

    key: ClassVar[str] = "random_forest"
    targets: ClassVar[tuple[Target, ...]] = tuple(Target)
    trees: int = 150
    least_in_leaf: int = 20
    share_of_columns: float = 0.3
    most_drawn: int = 20_000
    imbalance: Imbalance = "none"
    seed: int = 0

    @classmethod
    def fast(cls) -> "RandomForest":
        return cls(trees=50, most_drawn=6_000)

    def fit(self, training: TrainingSet, target: Target) -> FittedPredictor:
        if not learnable(training, target):
            return Constant(shrunk_mean(training.target, target))
        space = space_of(training.features)
        how: Imbalance = self.imbalance if target is Target.CHURN else "none"
        balance = balanced(training.target, how, self.seed)
        truth = training.target[balance.rows]
        model = self._model(target, min(self.most_drawn, max(1, len(truth) // 2)))
        model.set_params(monotonic_cst=signs(space.columns, target))
        table = space.values(training.features).astype(np.float32)[balance.rows]
        model.fit(
            table, truth > 0.5 if target is Target.CHURN else truth, sample_weight=balance.weights
        )
        # Threads do not pay for the few rows of a look-up.
        return Estimator(space, model, balance.odds)

    def _model(self, target: Target, drawn: int) -> Any:
        from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

        kind = RandomForestClassifier if target is Target.CHURN else RandomForestRegressor
        return kind(
            n_estimators=self.trees,
            min_samples_leaf=self.least_in_leaf,
            max_features=self.share_of_columns,
            max_samples=drawn,
            n_jobs=2,
            random_state=self.seed,
        )

    @classmethod
    def restored(cls, data: bytes) -> FittedPredictor:
        return restored(data)
