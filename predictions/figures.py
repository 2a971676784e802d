"""Rows and pictures of an evaluation from what came and what was said, window by window."""

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np

from analytics import curves, metrics
from core.contracts.predictor import Floats, Target
from predictions.backtest import loss

PROMOTED = "promoted"
FIGURES: dict[str, Callable[[Floats, Floats], float]] = {
    "auc": metrics.auc,
    "average_precision": metrics.average_precision,
    "brier": metrics.brier,
    "ece": metrics.expected_calibration_error,
    "log_loss": metrics.log_loss,
}
QUANTITIES: dict[str, Callable[[Floats, Floats], float]] = {
    "rmse": metrics.rmse,
    "bias": metrics.bias,
    "spearman": metrics.spearman,
}


def row(
    target: Target, method: str, truths: list[Floats], peers: dict[str, list[Floats]], days: int
) -> dict[str, Any]:
    """Means over the windows, and the difference to the promoted method with its standard error;
    the promoted method's own is to the best of the others."""
    of = figures(target)
    means = {n: _mean([f(t, s) for t, s in zip(truths, peers[method], strict=True)])
             for n, f in of.items()}  # fmt: skip
    other = PROMOTED if method != PROMOTED else _best_peer(target, truths, peers)
    key = next(iter(of))
    theirs = _mean([of[key](t, s) for t, s in zip(truths, peers[other], strict=True)])
    errors = [
        _error(target, t, a, b) for t, a, b in zip(truths, peers[method], peers[other], strict=True)
    ]
    return {
        "method": method,
        "horizon_days": days,
        **means,
        "support": sum(len(t) for t in truths),
        "compared_with": other,
        "difference": means[key] - theirs,
        "standard_error": float(np.sqrt(np.sum(np.square(errors))) / len(errors)),
    }


def at_cuts(truths: list[Floats], scores: list[Floats], cuts: list[float]) -> dict[str, Any]:
    """All windows in one confusion matrix, each by its own cut."""
    said = [np.where(s >= c, 1.0, 0.0) for s, c in zip(scores, cuts, strict=True)]
    whole = metrics.at_cut(np.concatenate(truths), np.concatenate(said), 0.5)
    return {**whole, "cut": float(np.mean(cuts))}


def pictures(
    target: Target, truths: list[Floats], peers: dict[str, list[Floats]]
) -> dict[str, Any]:
    truth, score = np.concatenate(truths), np.concatenate(peers[PROMOTED])
    if target is not Target.CHURN:
        return {"totals": curves.totals(truth, score), "lift": curves.lift(truth, score)}
    return {
        "reliability": curves.reliability(truth, score),
        "lift": curves.lift(truth, score),
        "roc": {m: curves.roc(truth, np.concatenate(s)) for m, s in peers.items()},
        "precision_recall": {
            m: curves.precision_recall(truth, np.concatenate(s)) for m, s in peers.items()
        },
    }


def figures(target: Target) -> dict[str, Callable[[Floats, Floats], float]]:
    return FIGURES if target is Target.CHURN else QUANTITIES


def _best_peer(target: Target, truths: list[Floats], peers: dict[str, list[Floats]]) -> str:
    losses = {
        m: np.mean([loss(target, t, s) for t, s in zip(truths, scores, strict=True)])
        for m, scores in peers.items()
        if m != PROMOTED
    }
    return min(losses, key=lambda m: losses[m])


def _error(target: Target, truth: Floats, first: Floats, second: Floats) -> float:
    """Paired standard error of the difference of the first figure: AUC, or RMSE by the delta
    method."""
    if target is Target.CHURN:
        return metrics.auc_standard_error(truth, first, second)
    both = metrics.rmse(truth, first) + metrics.rmse(truth, second)
    error = metrics.paired_standard_error((truth - first) ** 2, (truth - second) ** 2)
    return error / both if both else 0.0


def _mean(values: list[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")


def plain(value: Any) -> Any:
    """Ready for JSON: NaN is None, a day its ISO text."""
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
