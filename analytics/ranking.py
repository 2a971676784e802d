"""How good ranked lists are: figures for each customer, and what they are on average."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ranked:
    """Figures of each customer, in the order of the lists."""

    ndcg: Floats
    recall: Floats
    average_precision: Floats
    hits: Floats


def judge(hits: npt.NDArray[np.bool_], truths: Ints) -> Ranked:
    """``hits``: customers × k, best first; ``truths``: how many products each one bought.

    NDCG is ours ÷ that of a perfect list of k; recall is hits ÷ truths; average precision is the
    mean over min(k, truths) of the precision at each hit. Every customer has a truth.
    """
    k = hits.shape[1]
    worth = 1 / np.log2(np.arange(2, k + 2))
    best = np.concatenate([[0.0], np.cumsum(worth)])[np.minimum(truths, k)]
    found = hits.sum(axis=1)
    precision = np.cumsum(hits, axis=1) / np.arange(1, k + 1)
    return Ranked(
        ndcg=(hits * worth).sum(axis=1) / best,
        recall=found / truths,
        average_precision=(precision * hits).sum(axis=1) / np.minimum(truths, k),
        hits=found.astype(np.float64),
    )


def paired_error(first: Floats, second: Floats) -> float:
    """Standard error of the mean difference between two methods on the same customers."""
    if len(first) < 2:
        return 0.0
    return float((first - second).std(ddof=1) / np.sqrt(len(first)))


def mean_error(values: Floats) -> float:
    return paired_error(values, np.zeros_like(values))
