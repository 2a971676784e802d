"""Blends of several predictions, and the calibration of one."""

import numpy as np
import numpy.typing as npt

from analytics.metrics import log_loss

Floats = npt.NDArray[np.float64]
EDGE = 1e-4


def logit(score: Floats) -> Floats:
    sure = np.clip(score, EDGE, 1 - EDGE)
    return np.log(sure) - np.log1p(-sure)


def sigmoid(value: Floats) -> Floats:
    return 0.5 * (1.0 + np.tanh(0.5 * value))


def blended(scores: Floats, weights: Floats, *, on_logits: bool) -> Floats:
    """Rows × methods and non-negative weights that sum to 1 → one score a row."""
    if on_logits:
        return sigmoid(logit(scores) @ weights)
    return scores @ weights


def blend_weights(truth: Floats, scores: Floats, *, on_logits: bool) -> Floats:
    """Weights ≥ 0 with sum 1 and the least log loss on logits, or least squared error.

    Caruana's greedy selection with replacement (Ensemble selection from libraries of models, ICML
    2004), in steps of 1/20: it cannot overfit far, and equal losses go to the earlier method.
    """
    steps, methods = 20, scores.shape[1]
    sources = logit(scores) if on_logits else scores
    total, counts = np.zeros(len(truth)), np.zeros(methods)
    for taken in range(1, steps + 1):
        losses = [_loss(truth, (total + sources[:, m]) / taken, on_logits) for m in range(methods)]
        best = int(np.argmin(np.round(losses, 12)))
        total, counts[best] = total + sources[:, best], counts[best] + 1
    return counts / steps


def _loss(truth: Floats, source: Floats, on_logits: bool) -> float:
    if on_logits:
        return log_loss(truth, sigmoid(source))
    return float(np.mean((truth - source) ** 2))


def platt(truth: Floats, score: Floats, *, strength: float = 10.0) -> tuple[float, float]:
    """Slope > 0 and shift on the logit with least log loss (Platt 1999), shrunk towards (1, 0).

    ``strength`` is the prior's weight in customers' worth of information, so that few customers
    or one class only change little.
    """
    x, slope, shift = logit(score), 1.0, 0.0
    for _ in range(50):
        p = sigmoid(slope * x + shift)
        error, weight = p - truth, p * (1 - p)
        gradient = np.array([error @ x + strength * (slope - 1), error.sum() + strength * shift])
        a = float(weight @ (x * x)) + strength
        b, d = float(weight @ x), float(weight.sum()) + strength
        determinant = a * d - b * b
        step_slope = (d * gradient[0] - b * gradient[1]) / determinant
        step_shift = (a * gradient[1] - b * gradient[0]) / determinant
        slope, shift = max(slope - step_slope, 0.05), shift - step_shift
        if abs(step_slope) + abs(step_shift) < 1e-10:
            break
    return float(slope), float(shift)


def calibrated(score: Floats, slope: float, shift: float) -> Floats:
    return sigmoid(slope * logit(score) + shift)


def total_factor(truth: Floats, score: Floats, *, widest: float = 0.25) -> float:
    """Half the way (on the log) to meeting past totals, at most ± ``widest``: seasons move totals
    too, and what was too little last month may be too much the next."""
    total = float(score.sum())
    if total <= 0 or truth.sum() <= 0:
        return 1.0
    return float(np.clip(np.sqrt(truth.sum() / total), 1 - widest, 1 + widest))
