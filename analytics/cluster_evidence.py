"""What speaks for a number of clusters, whatever the method that found them, and which to take."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from analytics.centroids import Floats

Labels = npt.NDArray[np.int64]

SURE = 0.9
# Groups that lie as the corners of a square are found surely by 4 and not by 3: a larger number
# that is nearly always found again, and separates better, is taken all the same.
UNMISTAKABLE = 0.98
NAN = float("nan")


@dataclass(frozen=True)
class EvidenceForK:
    """What speaks for one number of clusters. NaN where a measure is not defined."""

    k: int
    stability: float
    silhouette: float
    davies_bouldin: float
    wcss: float

    def numbers(self) -> dict[str, Any]:
        """JSON has no NaN: a measure that is not defined is null."""
        return {name: None if value != value else value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Partition:
    """What a fit found: a label for any row. Centroids where the nearest of them is that label."""

    assign: Callable[[Floats], Labels]
    centroids: Floats | None = None


class Fit(Protocol):
    """Finds k clusters in rows; ``again`` asks for the cheaper fit that a bootstrap needs."""

    def __call__(self, rows: Floats, k: int, *, seed: int, again: bool) -> Partition: ...


@dataclass(frozen=True)
class Looking:
    """How evidence is gathered: on at most ``sample`` rows, with so many bootstrap samples."""

    seed: int
    bootstraps: int
    sample: int


def evidence_by_k(
    ordered: Floats, fit: Fit, looking: Looking, *, k: int | None, k_max: int
) -> tuple[EvidenceForK, ...]:
    """Evidence for the k given, or for every k from 2 to ``k_max`` that these rows can have.

    ``ordered`` are scaled rows in lexical order, so that equal rows lie beside each other.
    """
    different = distinct(ordered)
    if k is not None:
        return (evidence_for(ordered, fit, looking, min(k, different)),)
    largest = min(k_max, different, len(ordered) - 1)
    return tuple(evidence_for(ordered, fit, looking, each) for each in range(2, largest + 1)) or (
        evidence_for(ordered, fit, looking, 1),
    )


def evidence_for(ordered: Floats, fit: Fit, looking: Looking, k: int) -> EvidenceForK:
    rows = sampled(ordered, looking.sample, looking.seed)
    found = fit(rows, min(k, distinct(rows)), seed=looking.seed, again=False)
    labels = found.assign(rows)
    silhouette, davies_bouldin = separation(rows, labels)
    return EvidenceForK(
        k=k,
        stability=stability(rows, labels, fit, looking, k),
        silhouette=silhouette,
        davies_bouldin=davies_bouldin,
        wcss=within(rows, labels, found.centroids) * len(ordered) / len(rows),
    )


def stability(rows: Floats, labels: Labels, fit: Fit, looking: Looking, k: int) -> float:
    """Mean adjusted Rand index between these labels and those of fits on rows drawn again."""
    from sklearn.metrics import adjusted_rand_score

    dice = np.random.default_rng(looking.seed)
    agreements = []
    for number in range(looking.bootstraps):
        drawn = rows[np.sort(dice.integers(0, len(rows), len(rows)))]
        if distinct(drawn) < k:
            agreements.append(0.0)
            continue
        # A seed of its own: equal starts would agree, or fail, all together.
        other = fit(drawn, k, seed=looking.seed + 1 + number, again=True)
        agreements.append(float(adjusted_rand_score(labels, other.assign(rows))))
    return float(np.mean(agreements))


def separation(rows: Floats, labels: Labels) -> tuple[float, float]:
    """Silhouette and Davies–Bouldin; NaN where there is one cluster, or one for every row."""
    from sklearn.metrics import davies_bouldin_score, silhouette_score

    if not 1 < len(np.unique(labels)) < len(rows):
        return NAN, NAN
    return float(silhouette_score(rows, labels)), float(davies_bouldin_score(rows, labels))


def within(rows: Floats, labels: Labels, centroids: Floats | None = None) -> float:
    """Sum of squares around the centroids, or around the clusters' means where there are none."""
    if centroids is None:
        _, labels = np.unique(labels, return_inverse=True)
        sizes = np.bincount(labels)
        sums = [np.bincount(labels, weights=column) for column in rows.T]
        centroids = np.column_stack(sums) / sizes[:, None]
    return float(((rows - centroids[labels]) ** 2).sum())


def choose(evidence: tuple[EvidenceForK, ...]) -> EvidenceForK:
    """The largest k up to which every k is sure; where even the first is not, the most stable."""
    chosen = None
    for entry in evidence:
        if entry.stability < SURE:
            break
        chosen = entry
    chosen = chosen or max(evidence, key=lambda entry: entry.stability)
    better = [
        entry
        for entry in evidence
        if entry.k > chosen.k
        and entry.stability >= UNMISTAKABLE
        and entry.silhouette > chosen.silhouette
    ]
    return max(better, key=lambda entry: entry.silhouette) if better else chosen


def around(centroids: Floats) -> Partition:
    """The nearest centroid is the label; the highest last feature is label 0."""
    centres = centroids[np.lexsort(centroids.T)[::-1]]
    return Partition(lambda rows: nearest(rows, centres), centres)


def around_occupied(centroids: Floats, rows: Floats) -> Partition:
    """As ``around``, without the centroids that are the nearest of no row."""
    return around(centroids[np.unique(nearest(rows, centroids))])


def one_thread() -> Any:
    """Matrices of a few columns: threads would wait for each other, twenty times longer."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1)


def sampled(rows: Floats, most: int, seed: int) -> Floats:
    """At most so many rows, in their order."""
    if len(rows) <= most:
        return rows
    chosen = np.random.default_rng(seed).choice(len(rows), most, replace=False)
    return rows[np.sort(chosen)]


def sampled_with(rows: Floats, most: int, seed: int, k: int) -> Floats:
    """A sample that holds at least k different rows; all rows where the sample does not."""
    start = sampled(rows, most, seed)
    return rows if len(start) < len(rows) and distinct(start) < k else start


def distinct(ordered: Floats) -> int:
    """Number of different rows; equal rows lie beside each other."""
    return 1 + int((ordered[1:] != ordered[:-1]).any(axis=1).sum())


def nearest(rows: Floats, centroids: Floats) -> Labels:
    squares = (centroids**2).sum(axis=1) - 2 * rows @ centroids.T
    return squares.argmin(axis=1)


def placed(rows: Floats, labels: Labels, noise: int | None = None) -> Labels:
    """Labels 0 … without a gap, the highest mean of the last column first; ``noise`` comes last."""
    known, inverse = np.unique(labels, return_inverse=True)
    means = np.array([rows[inverse == at].mean(axis=0) for at in range(len(known))])
    order = np.lexsort(means.T)[::-1]
    order = np.concatenate([order[known[order] != noise], order[known[order] == noise]])
    return np.argsort(order)[inverse].astype(np.int64)
