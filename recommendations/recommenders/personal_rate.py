"""How often the customer buys each product, lately more than long ago."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from core.contracts.recommender import Arrays, Floats, Interactions, Recommender
from recommendations.recommenders.popular_recent import popularity


@dataclass(frozen=True)
class PersonalRate(Recommender):
    """Days with a purchase, halved every half-life; what was never bought follows by popularity."""

    key: ClassVar[str] = "personal_rate"
    half_life: float = 120.0
    popular_half_life: float = 14.0
    # Small beside one purchase of a year ago, so that it only fills up and breaks ties.
    popular_weight: float = 0.01

    def fit(self, interactions: Interactions) -> Arrays:
        return {"popularity": popularity(interactions, self.popular_half_life)}

    def scores(self, arrays: Mapping[str, Any], histories: Interactions) -> Floats:
        known = np.asarray(arrays["popularity"])
        share = self.popular_weight * known / max(float(known.max(initial=0)), 1e-30)
        row = np.where(known > 0, share, -np.inf).astype(np.float32)
        full = np.tile(row, (histories.customers, 1))
        mine = histories.pairs(self.half_life)
        full[mine.customer, mine.product] += mine.value
        return full
