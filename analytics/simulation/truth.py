"""What is true of a simulated shop, and the best that any forecast of it could say."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.simulation.campaign_truth import CampaignTruth
from analytics.simulation.clock import Clock
from analytics.simulation.options import Segment
from analytics.simulation.tables import Bools, Floats, Ints, Moments


@dataclass(frozen=True)
class SegmentTruth:
    """A segment as it was simulated: ``rate_scale`` times the rates of ``segment``.

    value_scale: γ of the order values, in minor units.
    """

    segment: Segment
    rate_scale: float
    value_scale: float
    customers: int


@dataclass(frozen=True)
class Truth:
    """One entry a customer, except for those of the products and what follows them.

    rate: λ, purchases per day of the shop's clock; dropout: p after a purchase; silence:
    operational days from the last purchase to the end; mean_order_value_minor: value_shape / ν.
    Whoever never bought is not alive, has no dropped_at (NaT), and buys nothing later.
    """

    segment: Ints
    rate: Floats
    dropout: Floats
    dropped_at: Moments  # datetime64[s]; NaT while alive at the end
    alive: Bools
    silence: Floats
    purchases: Ints  # in the history, the first included
    home_block: Ints
    favourites: Ints  # (customers, favourites): products, the dearest to the customer first
    price_sensitivity: Floats
    mean_order_value_minor: Floats
    # One entry a product.
    product_block: Ints
    product_rank: Ints  # 0 is the most popular of its block
    base_price_minor: Ints
    segments: tuple[SegmentTruth, ...]
    clock: Clock
    history_days: int
    coin_after_first: bool
    campaigns: tuple[CampaignTruth, ...] = ()


def oracle_churn(
    truth: Truth, horizon_days: int, *, knows_dropout: bool = True
) -> npt.NDArray[np.float64]:
    """Probability of buying nothing in the ``horizon_days`` after the end: (customers,).

    Knowing λ, p, the season and who is alive: exp(-λ · Δu) for the living, 1 for the others; no
    forecast has a better expected score. Without the knowledge of who is alive, life is inferred
    from the silence w: P(alive) = (1 - p) e^(-λw) / ((1 - p) e^(-λw) + p), the most that purchases
    up to the end can tell once λ and p are known; 1 for one purchase that no coin followed.
    """
    rise = truth.clock.elapsed(truth.history_days, truth.history_days + horizon_days)
    silent = np.exp(-truth.rate * rise)
    if knows_dropout:
        alive = truth.alive.astype(np.float64)
    else:
        living = (1 - truth.dropout) * np.exp(-truth.rate * truth.silence)
        coins = truth.purchases > (0 if truth.coin_after_first else 1)
        alive = np.where(coins, living / (living + truth.dropout), truth.purchases > 0)
    return np.asarray(1 - alive * (1 - silent), dtype=np.float64)
