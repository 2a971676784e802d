from dataclasses import dataclass
from typing import ClassVar

from core.contracts.predictor import FittedPredictor, Predictor, Target, TrainingSet
from predictions.learning import Constant, restored, shrunk_mean


@dataclass(frozen=True)
class BaseRate(Predictor):
    """The shop's mean for everybody: what any model must beat."""

    key: ClassVar[str] = "base_rate"
    targets: ClassVar[tuple[Target, ...]] = tuple(Target)
    is_baseline: ClassVar[bool] = True

    def fit(self, training: TrainingSet, target: Target) -> FittedPredictor:
        return Constant(shrunk_mean(training.target, target))

    @classmethod
    def restored(cls, data: bytes) -> FittedPredictor:
        return restored(data)
