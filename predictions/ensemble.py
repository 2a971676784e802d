"""The model that is kept: the blended predictors, the recipe that blends them, and a baseline."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analytics.design import LABELS
from analytics.packing import as_array, packed, unpacked
from core.contracts.predictor import FittedPredictor, Floats, Predictor, Target
from core.registry import plugins
from predictions.backtest import Recipe
from predictions.profiles import PACKAGE


@dataclass(frozen=True)
class Ensemble:
    """``recipe`` is what the back-test chose, ``baseline`` what answers where it is not trusted.

    ``medians``: the shop's median of each base feature, which reasons compare with.
    """

    target: Target
    horizon_days: int
    recipe: Recipe
    baseline: Recipe
    models: dict[str, FittedPredictor]
    medians: dict[str, float]

    @property
    def wants_labels(self) -> bool:
        return not set(LABELS).isdisjoint(self.medians)

    def predict(self, features: pd.DataFrame) -> Floats:
        return self._applied(self.recipe, features)

    def cautious(self) -> "Ensemble":
        """The same with its baseline in the place of the recipe."""
        return Ensemble(
            self.target, self.horizon_days, self.baseline, self.baseline, self.models, self.medians
        )

    def _applied(self, recipe: Recipe, features: pd.DataFrame) -> Floats:
        scores = {name: self.models[name].predict(features) for name in recipe.weights}
        return recipe.applied(pd.DataFrame(scores, index=features.index))

    def stored(self) -> bytes:
        """One safetensors file; each predictor's own bytes are an array in it."""
        words = {
            "target": self.target.value,
            "horizon_days": self.horizon_days,
            "recipe": self.recipe.parameters(),
            "baseline": self.baseline.parameters(),
            "medians": self.medians,
        }
        return packed({name: as_array(m.stored()) for name, m in self.models.items()}, words)


def restored(data: bytes) -> Ensemble:
    """What ``stored`` gave; ValueError for other bytes, and for a predictor nobody knows."""
    arrays, words = unpacked(data)
    found: dict[str, type[Predictor]] = plugins(packages=[PACKAGE], contract=Predictor)  # type: ignore[type-abstract]  # looked up
    missing = sorted(set(arrays) - set(found))
    if missing or "recipe" not in words:
        raise ValueError(f"no predictor is named {', '.join(missing)}")
    target = Target(words["target"])
    return Ensemble(
        target=target,
        horizon_days=words["horizon_days"],
        recipe=Recipe.of(target, words["recipe"]),
        baseline=Recipe.of(target, words["baseline"]),
        models={name: found[name].restored(array.tobytes()) for name, array in arrays.items()},
        medians=words["medians"],
    )


def medians_of(features: pd.DataFrame) -> dict[str, float]:
    """The median of each base feature among those who have a value; none where nobody has."""
    found: dict[str, Any] = features.median().to_dict()
    return {str(name): float(value) for name, value in found.items() if np.isfinite(value)}
