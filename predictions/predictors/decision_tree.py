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
class DecisionTree(Predictor):
    """One tree with large leaves, for those who want to read it."""

    key: ClassVar[str] = "decision_tree"
    targets: ClassVar[tuple[Target, ...]] = (Target.CHURN,)
    leaves: int = 40
    least_in_leaf: float = 0.005
    imbalance: Imbalance = "none"
    seed: int = 0

    def fit(self, training: TrainingSet, target: Target) -> FittedPredictor:
        from sklearn.tree import DecisionTreeClassifier

        if not learnable(training, target):
            return Constant(shrunk_mean(training.target, target))
        space = space_of(training.features)
        balance = balanced(training.target, self.imbalance, self.seed)
        # A customer stands in the table once an origin, so a leaf of 50 rows is a few people.
        least = max(50, int(self.least_in_leaf * len(balance.rows)))
        model = DecisionTreeClassifier(
            max_leaf_nodes=self.leaves,
            min_samples_leaf=least,
            monotonic_cst=signs(space.columns, target),
            random_state=self.seed,
        )
        table = space.values(training.features).astype(np.float32)[balance.rows]
        model.fit(table, training.target[balance.rows] > 0.5, sample_weight=balance.weights)
        return Estimator(space, model, balance.odds, edge=1.0 / least)

    @classmethod
    def restored(cls, data: bytes) -> FittedPredictor:
        return restored(data)
