"""The figures behind the pictures of a model's page, as plain lists."""

import numpy as np
import numpy.typing as npt

from analytics.metrics import cumulative, equal_count_bins

Floats = npt.NDArray[np.float64]
POINTS = 60


def reliability(truth: Floats, score: Floats, bins: int = 10) -> list[dict[str, float]]:
    """Of each tenth by score: mean score, share that left, with a 95 % Wilson interval."""
    return [_bin(truth[part], score[part]) for part in equal_count_bins(score, bins)]


def lift(truth: Floats, score: Floats, bins: int = 10) -> list[dict[str, float]]:
    """Of each tenth, the highest scores first: its share ÷ the base, and what is caught so far."""
    base, total = float(truth.mean()) if len(truth) else 0.0, float(truth.sum())
    caught, rows = 0.0, []
    for number, part in enumerate(reversed(equal_count_bins(score, bins)), start=1):
        caught += float(truth[part].sum())
        rows.append(
            {
                "decile": number,
                "customers": len(part),
                "share": float(truth[part].mean()),
                "lift": float(truth[part].mean() / base) if base else 0.0,
                "caught": caught / total if total else 0.0,
            }
        )
    return rows


def roc(truth: Floats, score: Floats, points: int = POINTS) -> list[list[float]]:
    """[false positive rate, true positive rate] from (0, 0) to (1, 1), thinned."""
    ones, zeros = float(truth.sum()), float((1 - truth).sum())
    if not ones or not zeros:
        return []
    hits, taken, _ = cumulative(truth, score)
    curve = np.column_stack([(taken - hits) / zeros, hits / ones])
    return [[0.0, 0.0], *_thinned(curve, points)]


def precision_recall(truth: Floats, score: Floats, points: int = POINTS) -> list[list[float]]:
    """[recall, precision] by falling score, thinned."""
    if not truth.sum():
        return []
    hits, taken, _ = cumulative(truth, score)
    return _thinned(np.column_stack([hits / hits[-1], hits / taken]), points)


def totals(truth: Floats, score: Floats, bins: int = 10) -> list[dict[str, float]]:
    """Of each tenth by predicted quantity: mean predicted and mean actual."""
    return [
        {"customers": len(p), "predicted": float(score[p].mean()), "actual": float(truth[p].mean())}
        for p in equal_count_bins(score, bins)
    ]


def _bin(truth: Floats, score: Floats) -> dict[str, float]:
    n, share, z = len(truth), float(truth.mean()), 1.959964
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))) / (1 + z * z / n)
    return {
        "score": float(score.mean()),
        "share": share,
        "customers": n,
        "low": max(0.0, middle - half),
        "high": min(1.0, middle + half),
    }


def _thinned(curve: Floats, points: int) -> list[list[float]]:
    """At most ``points`` of the curve, evenly along it, both ends among them."""
    if len(curve) > points:
        curve = curve[np.unique(np.linspace(0, len(curve) - 1, points).round().astype(int))]
    return [[round(float(x), 5), round(float(y), 5)] for x, y in curve]
