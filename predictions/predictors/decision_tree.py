from dataclasses import dataclass
from typing import Any, ClassVar

from predictions.learning import Classifier


@dataclass(frozen=True)
class DecisionTree(Classifier):
    """One tree with large leaves, for those who want to read it."""

    key: ClassVar[str] = "decision_tree"
    leaves: int = 40
    least_in_leaf: float = 0.005

    def model(self, rows: int, constraints: list[int]) -> Any:
        from sklearn.tree import DecisionTreeClassifier

        return DecisionTreeClassifier(
            max_leaf_nodes=self.leaves,
            min_samples_leaf=self._least(rows),
            monotonic_cst=constraints,
            random_state=self.seed,
        )

    def edge(self, rows: int) -> float:
        return 1.0 / self._least(rows)

    def _least(self, rows: int) -> int:
        # A customer stands in the table once an origin, so a leaf of 50 rows is a few people.
        return max(50, int(self.least_in_leaf * rows))
