"""Rolling origin: each window is predicted by models that were fitted on what was over by then."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from analytics.blend import (
    blend_weights,
    blended,
    calibrated,
    platt,
    total_factor,
)
from analytics.metrics import log_loss
from core.contracts.predictor import FittedPredictor, Floats, Predictor, Target
from predictions.frames import History
from predictions.profiles import Plan

MEASURE = {Target.CHURN: "log loss", Target.ORDERS: "squared error", Target.SPEND: "squared error"}
# Fewer customers than this in all validation windows choose nothing: the methods share equally.
ENOUGH_TO_CHOOSE = 100


@dataclass(frozen=True)
class Recipe:
    """What a back-test chose: the weights of the methods and how the blend is brought to scale.

    Churn is blended on logits, then ``slope`` and ``shift`` on the logit; orders and money as they
    are, then times ``factor``.
    """

    target: Target
    weights: dict[str, float]
    slope: float = 1.0
    shift: float = 0.0
    factor: float = 1.0
    reason: str = ""

    def applied(self, scores: pd.DataFrame) -> Floats:
        """One score a row from a frame with a column a method."""
        raw = blend_of(
            scores[list(self.weights)], np.array(list(self.weights.values())), self.target
        )
        if self.target is Target.CHURN:
            return calibrated(raw, self.slope, self.shift)
        return raw * self.factor

    def parameters(self) -> dict[str, Any]:
        rest = {"slope": self.slope, "shift": self.shift} if self.target is Target.CHURN else {
            "factor": self.factor
        }  # fmt: skip
        return {"weights": dict(self.weights), **rest, "reason": self.reason}

    @classmethod
    def of(cls, target: Target, parameters: dict[str, Any]) -> "Recipe":
        known = ("weights", "slope", "shift", "factor", "reason")
        return cls(target, **{name: parameters[name] for name in known if name in parameters})


@dataclass(frozen=True)
class Walk:
    """Predictions out of every window, by its start: rows customers, columns methods.

    ``models`` holds what was fitted for each window.
    """

    target: Target
    plan: Plan
    scores: dict[datetime, pd.DataFrame]
    truth: dict[datetime, Floats]
    models: dict[datetime, dict[str, FittedPredictor]] = field(default_factory=dict)
    baselines: frozenset[str] = frozenset()

    def pooled(self, windows: list[datetime]) -> tuple[pd.DataFrame, Floats]:
        return (
            pd.concat([self.scores[w] for w in windows], ignore_index=True),
            np.concatenate([self.truth[w] for w in windows]),
        )


def walk(history: History, plan: Plan, target: Target, methods: dict[str, Predictor]) -> Walk:
    """Fit every method for every window of the plan that has a past, and predict it."""
    scores, truth, models = {}, {}, {}
    for window in plan.windows:
        origins = plan.before(window)
        if not origins:
            continue
        training = history.training(origins, target)
        fitted = {name: method.fit(training, target) for name, method in methods.items()}
        rows, models[window] = history.features[window], fitted
        found = {name: model.predict(rows) for name, model in fitted.items()}
        scores[window] = pd.DataFrame(found, index=rows.index)
        if window in history.labels:
            truth[window] = history.labels[window][target.value].to_numpy(float)
    baselines = frozenset(name for name, method in methods.items() if method.is_baseline)
    return Walk(target, plan, scores, truth, models, baselines)


def choose(found: Walk, window: datetime) -> Recipe:
    """The recipe for a window from the windows that were over when it began.

    The weights of least loss are drawn towards equal shares of all methods but the baselines, as
    if these had been the choice of one window more: the equal blend is seldom far off.
    """
    target = found.target
    windows = [w for w in found.plan.choosing(window) if w in found.truth]
    equal = equal_shares(found, window)
    if not windows:
        return Recipe(target, equal, reason="equal shares: no earlier window to choose by")
    scores, truth = found.pooled(windows)
    if len(truth) < ENOUGH_TO_CHOOSE or np.ptp(truth) == 0:
        told = f"equal shares: {len(truth)} customers in earlier windows are too few to choose by"
        return scaled(Recipe(target, equal, reason=told), scores, truth)
    best = blend_weights(truth, scores.to_numpy(), on_logits=target is Target.CHURN)
    pull = 1.0 / (1 + len(windows))
    mixed = {
        method: round((1 - pull) * float(weight) + pull * equal.get(method, 0.0), 6)
        for method, weight in zip(scores.columns, best, strict=True)
    }
    kept = {method: weight for method, weight in mixed.items() if weight > 0}
    told = f"least loss over {len(windows)} earlier windows, drawn towards equal shares"
    return scaled(Recipe(target, kept, reason=told), scores, truth)


def equal_shares(found: Walk, window: datetime) -> dict[str, float]:
    """Equal weights of the methods that learnt something; the process model and the mean where
    there was too little for any other."""
    scores = found.scores[window]
    learnt = [m for m in scores.columns if m not in found.baselines and np.ptp(scores[m]) > 0]
    if learnt in ([], ["bg_nbd"]):
        learnt = ["base_rate", "bg_nbd"]
    return {method: 1.0 / len(learnt) for method in learnt}


def scaled(recipe: Recipe, scores: pd.DataFrame, truth: Floats) -> Recipe:
    """The recipe brought to the scale of what came in the earlier windows."""
    raw = Recipe(recipe.target, recipe.weights).applied(scores)
    if recipe.target is Target.CHURN:
        slope, shift = platt(truth, raw)
        return Recipe(recipe.target, recipe.weights, slope, shift, reason=recipe.reason)
    factor = total_factor(truth, raw)
    return Recipe(recipe.target, recipe.weights, factor=factor, reason=recipe.reason)


def blend_of(scores: pd.DataFrame, weights: Floats, target: Target) -> Floats:
    return blended(scores.to_numpy(dtype=float), weights, on_logits=target is Target.CHURN)


def loss(target: Target, truth: Floats, score: Floats) -> float:
    """What the choice and the promotion go by: log loss, or squared error."""
    if target is Target.CHURN:
        return log_loss(truth, score)
    return float(np.mean((truth - score) ** 2))


def losses(target: Target, truth: Floats, score: Floats) -> Floats:
    """The loss of each customer."""
    if target is Target.CHURN:
        sure = np.clip(score, 1e-12, 1 - 1e-12)
        return -(truth * np.log(sure) + (1 - truth) * np.log1p(-sure))
    return (truth - score) ** 2
