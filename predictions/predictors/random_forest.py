from dataclasses import dataclass
from typing import Any, ClassVar

from predictions.learning import Classifier


@dataclass(frozen=True)
class RandomForest(Classifier):
    """Many trees on drawn rows and columns."""

    key: ClassVar[str] = "random_forest"
    trees: int = 100
    least_in_leaf: int = 20
    share_of_columns: float = 0.3
    most_drawn: int = 12_000

    @classmethod
    def fast(cls) -> "RandomForest":
        return cls(trees=60, most_drawn=6_000)

    def model(self, rows: int, constraints: list[int]) -> Any:
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(
            n_estimators=self.trees,
            min_samples_leaf=self.least_in_leaf,
            max_features=self.share_of_columns,
            max_samples=min(self.most_drawn, max(1, rows // 2)),
            monotonic_cst=constraints,
            n_jobs=2,
            random_state=self.seed,
        )

    def edge(self, rows: int) -> float:
        return 0.1 / self.least_in_leaf
