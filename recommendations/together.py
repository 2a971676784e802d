"""What lies in one basket more often than chance would have it."""

from typing import Any

import numpy as np

from core.contracts.recommender import Arrays, Interactions

# Bought together fewer times than this is chance.
LEAST_SUPPORT = 5
MOST_PRODUCTS = 3_000
KEPT = 30


def bought_together(interactions: Interactions) -> Arrays:
    """Compressed rows: for each product others by count × log lift, with their lift.

    A basket is what one customer bought on one day. lift = n_ij × baskets ÷ (n_i × n_j).
    """
    from scipy import sparse

    key = interactions.customer.astype(np.int64) * (interactions.as_of + 1) + interactions.day
    baskets, basket = np.unique(key, return_inverse=True)
    count = np.bincount(interactions.product, minlength=interactions.products)
    order = np.argsort(-count, kind="stable")[:MOST_PRODUCTS]
    chosen = np.sort(order[count[order] >= LEAST_SUPPORT])
    shape = (len(baskets), interactions.products)
    ones = np.ones(len(basket), np.float32)
    matrix = sparse.csr_matrix((ones, (basket, interactions.product)), shape=shape)[:, chosen]
    both = (matrix.T @ matrix).tocoo()
    real = (both.row != both.col) & (both.data >= LEAST_SUPPORT)
    source, target, times = chosen[both.row[real]], chosen[both.col[real]], both.data[real]
    lift = times * len(baskets) / (count[source] * count[target])
    return _strongest(source, target, lift, times, interactions.products)


def _strongest(source: Any, target: Any, lift: Any, times: Any, products: int) -> Arrays:
    above = lift > 1
    source, target, lift, times = source[above], target[above], lift[above], times[above]
    order = np.lexsort((target, -times * np.log(lift), source))
    source = source[order]
    kept = np.arange(len(source)) - np.searchsorted(source, source) < KEPT
    return {
        "start": np.searchsorted(source[kept], np.arange(products + 1)),
        "target": target[order][kept].astype(np.int32),
        "lift": lift[order][kept].astype(np.float32),
        "times": times[order][kept].astype(np.int32),
    }
