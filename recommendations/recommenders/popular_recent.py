"""What everybody buys at present."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from core.contracts.recommender import Arrays, Floats, Interactions, Recommender


@dataclass(frozen=True)
class PopularRecent(Recommender):
    """Days on which customers bought a product, halved for every half-life since."""

    key: ClassVar[str] = "popular_recent"
    half_life: float = 14.0

    def fit(self, interactions: Interactions) -> Arrays:
        return {"popularity": popularity(interactions, self.half_life)}

    def scores(self, arrays: Mapping[str, Any], histories: Interactions) -> Floats:
        known = np.asarray(arrays["popularity"])
        row = np.where(known > 0, known, -np.inf).astype(np.float32)
        return np.tile(row, (histories.customers, 1))


def popularity(interactions: Interactions, half_life: float | None) -> Floats:
    """Summed weights by product; 0 only for what nobody has bought."""
    weights = interactions.weights(half_life)
    total = np.bincount(interactions.product, weights, minlength=interactions.products)
    # A product of long ago stays above one that was never sold.
    floor = np.finfo(np.float32).tiny
    return np.where(interactions.buyers > 0, np.maximum(total, floor), 0).astype(np.float32)
