from dataclasses import dataclass
from typing import Any, ClassVar

from predictions.learning import Classifier


@dataclass(frozen=True)
class GradientBoosting(Classifier):
    """Histogram gradient boosting of small trees; silence may only raise churn."""

    key: ClassVar[str] = "gradient_boosting"
    trees: int = 200
    rate: float = 0.05
    leaves: int = 7
    least_in_leaf: int = 100
    penalty: float = 5.0
    share_of_columns: float = 0.3

    @classmethod
    def fast(cls) -> "GradientBoosting":
        return cls(trees=100, rate=0.1)

    def model(self, rows: int, constraints: list[int]) -> Any:
        from sklearn.ensemble import HistGradientBoostingClassifier

        return HistGradientBoostingClassifier(
            max_iter=self.trees,
            learning_rate=self.rate,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=min(self.least_in_leaf, max(10, rows // 50)),
            l2_regularization=self.penalty,
            max_features=self.share_of_columns,
            monotonic_cst=constraints,
            early_stopping=False,
            random_state=self.seed,
        )
