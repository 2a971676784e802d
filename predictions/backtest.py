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
    return Walk(target, plan, scores, truth, models)


def choose(found: Walk, window: datetime) -> Recipe:
    """The recipe for a window from the windows that were over when it began."""
    target = found.target
    windows = [w for w in found.plan.choosing(window) if w in found.truth]
    methods = list(found.scores[window].columns)
    if not windows:
        return _unchosen(target, methods, "no earlier window to choose by")
    scores, truth = found.pooled(windows)
    if len(truth) < ENOUGH_TO_CHOOSE or np.ptp(truth) == 0:
        reason = f"{len(truth)} customers in earlier windows are too few to choose by"
        recipe = _unchosen(target, methods, reason)
    else:
        weights = blend_weights(truth, scores.to_numpy(), on_logits=target is Target.CHURN)
        kept = {m: float(w) for m, w in zip(methods, weights, strict=True) if w > 0}
        recipe = Recipe(target, kept, reason=f"least loss over {len(windows)} earlier windows")
    return scaled(recipe, scores, truth)


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


def _unchosen(target: Target, methods: list[str], reason: str) -> Recipe:
    """Without evidence: a process model and the shop's mean, half each."""
    safe = [name for name in ("bg_nbd", "base_rate") if name in methods] or methods
    return Recipe(target, {name: 1.0 / len(safe) for name in safe}, reason=reason)
