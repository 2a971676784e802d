"""Figures of how good predictions are: probabilities against what came, counts and money too.

``truth`` is 0/1 (churn) or a quantity, ``score`` the prediction, both by customer. A figure that is
not defined (one class only, one customer) is NaN.
"""

import numpy as np
import numpy.typing as npt

from analytics.ranks import mean_ranks

Floats = npt.NDArray[np.float64]
NAN = float("nan")
BINS = 10
TINY = 1e-12


def auc(truth: Floats, score: Floats) -> float:
    """Probability that one who left scores above one who stayed, ties half (Mann–Whitney)."""
    left = truth > 0.5
    ones, zeros = int(left.sum()), int((~left).sum())
    if not ones or not zeros:
        return NAN
    ranks = mean_ranks(score)
    return float((ranks[left].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def average_precision(truth: Floats, score: Floats) -> float:
    """Σ (recall_n − recall_n−1) · precision_n over the distinct scores, the highest first."""
    if not (truth > 0.5).any():
        return NAN
    hits, taken, _ = cumulative(truth, score)
    recall = hits / hits[-1]
    return float((np.diff(recall, prepend=0.0) * hits / taken).sum())


def cumulative(truth: Floats, score: Floats) -> tuple[Floats, Floats, Floats]:
    """Hits and customers at or above each distinct score, the highest first; and the scores."""
    order = np.argsort(-score, kind="stable")
    ranked, hits = score[order], np.cumsum(truth[order])
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    return hits[last].astype(float), (last + 1).astype(float), ranked[last]


def brier(truth: Floats, score: Floats) -> float:
    return float(np.mean((score - truth) ** 2)) if len(truth) else NAN


def log_loss(truth: Floats, score: Floats) -> float:
    """Mean −ln of the probability that was given to what came."""
    if not len(truth):
        return NAN
    sure = np.clip(score, TINY, 1 - TINY)
    return float(-np.mean(truth * np.log(sure) + (1 - truth) * np.log1p(-sure)))


def expected_calibration_error(truth: Floats, score: Floats, bins: int = BINS) -> float:
    """Mean |share that left − mean score| over ten bins with equally many customers each,
    weighted by their customers; equal scores stay in the order of the rows."""
    parts = equal_count_bins(score, bins)
    gaps = [abs(truth[p].mean() - score[p].mean()) * len(p) for p in parts]
    return float(sum(gaps) / len(truth)) if len(truth) else NAN


def equal_count_bins(score: Floats, bins: int = BINS) -> list[npt.NDArray[np.int64]]:
    """Row numbers by rising score in ``bins`` parts of sizes that differ by one at most."""
    order = np.argsort(score, kind="stable")
    return [part for part in np.array_split(order, bins) if len(part)]


def at_cut(truth: Floats, score: Floats, cut: float) -> dict[str, object]:
    """Accuracy, precision, recall, F1 and the confusion matrix where score ≥ cut says "leaves".

    The matrix has a row for what came and a column for what was said: stays, leaves. A share of
    nothing is 0.
    """
    came, said = truth > 0.5, score >= cut
    hit, wrong = int((came & said).sum()), int((~came & said).sum())
    missed, rest = int((came & ~said).sum()), int((~came & ~said).sum())
    precision, recall = _share(hit, hit + wrong), _share(hit, hit + missed)
    return {
        "cut": float(cut),
        "accuracy": _share(hit + rest, len(truth)),
        "precision": precision,
        "recall": recall,
        "f1": _share(2 * precision * recall, precision + recall),
        "support": len(truth),
        "confusion": {"labels": ["stays", "leaves"], "matrix": [[rest, wrong], [missed, hit]]},
    }


def best_cut(truth: Floats, score: Floats) -> float:
    """The score from which on F1 is largest; .5 where nobody left."""
    if not (truth > 0.5).any():
        return 0.5
    hits, taken, at = cumulative(truth, score)
    return float(at[int(np.argmax(2 * hits / (taken + hits[-1])))])


def rmse(truth: Floats, score: Floats) -> float:
    return float(np.sqrt(np.mean((score - truth) ** 2))) if len(truth) else NAN


def bias(truth: Floats, score: Floats) -> float:
    """Predicted total ÷ actual total − 1: 0.05 is 5 % too much."""
    total = float(truth.sum())
    return float(score.sum() / total - 1) if total > 0 else NAN


def spearman(truth: Floats, score: Floats) -> float:
    """Correlation of mean ranks."""
    if len(truth) < 2:
        return NAN
    a, b = mean_ranks(truth), mean_ranks(score)
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b / norm) if norm > 0 else NAN


def paired_standard_error(first: Floats, second: Floats) -> float:
    """Standard error of mean(first − second) over customers, each the loss of one method."""
    difference = first - second
    if len(difference) < 2:
        return NAN
    return float(difference.std(ddof=1) / np.sqrt(len(difference)))


def auc_standard_error(truth: Floats, first: Floats, second: Floats) -> float:
    """Standard error of the difference of two AUCs on the same customers.

    DeLong, DeLong & Clarke-Pearson (1988), by placements: of one who left among those who stayed,
    and the other way round.
    """
    left = truth > 0.5
    if left.sum() < 2 or (~left).sum() < 2:
        return NAN
    ones = _placements(first, left) - _placements(second, left)
    zeros = _placements(-first, ~left) - _placements(-second, ~left)
    variance = ones.var(ddof=1) / len(ones) + zeros.var(ddof=1) / len(zeros)
    return float(np.sqrt(variance))


def _placements(score: Floats, group: npt.NDArray[np.bool_]) -> Floats:
    """Share of the others below each of the group, ties half."""
    inside, others = score[group], int((~group).sum())
    below = mean_ranks(score)[group] - mean_ranks(inside)
    return below / others


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0
