"""What goes with what the customer has: EASE (Steck 2019), kept as each product's neighbours.

B = I − P / diag(P) with P = (XᵀX + λ)⁻¹ predicts each product from the others. With fewer customers
than products the same B is solved for in the space of customers (Woodbury).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from core.contracts.recommender import Arrays, Floats, Interactions, Pairs, Recommender


@dataclass(frozen=True)
class ItemNeighbours(Recommender):
    """Log counts, each customer's divided by a power of their sum, so that the busy do not rule."""

    key: ClassVar[str] = "item_neighbours"
    regularisation: float = 10.0
    row_power: float = 0.5
    # Products that are predicted: those with the most buyers.
    targets: int = 2_500
    # Neighbours kept for each of them on average; the strongest of all are kept.
    neighbours: int = 800
    # Products with fewer buyers predict nothing: chance alone would choose what goes with them.
    least_buyers: int = 5
    # The matrix to be inverted has no more rows than this: 8,000 are 512 MB.
    most_rows: int = 8_000
    # Products that predict, those with the most buyers.
    most_sources: int = 20_000

    def fit(self, interactions: Interactions) -> Arrays:
        source = self._sources(interactions)
        target = _most_bought(interactions.buyers[source], self.targets)
        matrix = _sparse(self.inputs(interactions), interactions.products)[:, source]
        if matrix.nnz == 0:
            nothing = np.empty(0, np.int64)
            return _by_source(nothing, nothing, np.empty(0, np.float32), interactions)
        in_user_space = matrix.shape[0] <= min(len(source), self.most_rows)
        solve = _in_user_space if in_user_space else _in_item_space
        weights = solve(matrix, target, self.regularisation)
        at, column = np.nonzero(self._strongest(weights, matrix))
        return _by_source(source[at], source[target[column]], weights[at, column], interactions)

    def scores(self, arrays: Mapping[str, Any], histories: Interactions) -> Floats:
        start, target, weight = (np.asarray(arrays[n]) for n in ("start", "target", "weight"))
        full = np.empty((histories.customers, histories.products), np.float32)
        inputs = self.inputs(histories)
        for row in range(histories.customers):
            at, value = inputs.row(row)
            length = start[at + 1] - start[at]
            place = np.arange(length.sum()) + np.repeat(
                start[at] - np.cumsum(length) + length, length
            )
            told = weight[place] * np.repeat(value, length)
            full[row] = np.bincount(target[place], told, minlength=histories.products)
        full[:, ~np.asarray(arrays["sold"])] = -np.inf
        return full

    def inputs(self, interactions: Interactions) -> Pairs:
        pairs = interactions.pairs()
        value = np.log1p(pairs.value)
        total = np.bincount(pairs.customer, value, minlength=pairs.customers)
        value = (value / total[pairs.customer] ** self.row_power).astype(np.float32)
        return Pairs(pairs.customer, pairs.product, value, pairs.customers)

    def _sources(self, interactions: Interactions) -> Any:
        """Products by position that have buyers enough and a place in the matrix."""
        few = interactions.customers <= min(self.most_rows, interactions.products)
        most = self.most_sources if few else min(self.most_rows, self.most_sources)
        chosen = _most_bought(interactions.buyers, most)
        return chosen[interactions.buyers[chosen] >= self.least_buyers]

    def _strongest(self, weights: Any, matrix: Any) -> Any:
        """Which entries say most: their size times how much of the source customers have."""
        there = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=0)).ravel())
        told = np.abs(weights) * there[:, None].astype(np.float32)
        kept = self.neighbours * weights.shape[1]
        if kept >= told.size:
            return told > 0
        bar = np.partition(told, told.size - kept, axis=None)[told.size - kept]
        return told >= max(bar, np.finfo(np.float32).tiny)


def _most_bought(buyers: Any, most: int) -> Any:
    return np.sort(np.argsort(-buyers, kind="stable")[:most])


def _sparse(pairs: Pairs, products: int) -> Any:
    from scipy import sparse

    shape = (pairs.customers, products)
    return sparse.csr_matrix((pairs.value, (pairs.customer, pairs.product)), shape=shape).tocsc()


def _in_user_space(matrix: Any, target: Any, regularisation: float) -> Any:
    """Columns of B for the targets: with K = (XXᵀ + λ)⁻¹ it is XᵀKX / (1 − its diagonal)."""
    outer = (matrix @ matrix.T).toarray().astype(np.float64)
    kernel = np.linalg.inv(outer + regularisation * np.eye(len(outer))).astype(np.float32)
    told = np.ascontiguousarray((matrix[:, target].T @ kernel).T)
    weights = np.asarray(matrix.T.tocsr() @ told)
    own = np.arange(len(target))
    weights /= 1 - weights[target, own]
    weights[target, own] = 0
    return weights


def _in_item_space(matrix: Any, target: Any, regularisation: float) -> Any:
    gram = (matrix.T @ matrix).toarray().astype(np.float64)
    inverse = np.linalg.inv(gram + regularisation * np.eye(len(gram)))
    weights = (-inverse[:, target] / np.diag(inverse)[target]).astype(np.float32)
    weights[target, np.arange(len(target))] = 0
    return weights


def _by_source(source: Any, target: Any, weight: Any, interactions: Interactions) -> Arrays:
    """All neighbours as compressed rows: what each product says about others."""
    order = np.lexsort((target, source))
    return {
        "start": np.searchsorted(source[order], np.arange(interactions.products + 1)),
        "target": target[order].astype(np.int32),
        "weight": weight[order].astype(np.float32),
        "sold": interactions.buyers > 0,
    }
