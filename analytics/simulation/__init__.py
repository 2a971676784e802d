"""A synthetic shop with a known truth, to check forecasts, groups and recommendations against.

No learner may import it (`.importlinter`). ``simulate(ShopOptions(...))`` answers a ``Shop`` of
numpy tables; rows refer to each other by position. Money is in minor units, times are wall clock.
"""

from analytics.simulation.options import SEGMENTS, Segment, ShopOptions, least_lines
from analytics.simulation.shop import Shop, simulate
from analytics.simulation.tables import Activity
from analytics.simulation.truth import Truth, oracle_churn

__all__ = [
    "SEGMENTS",
    "Activity",
    "Segment",
    "Shop",
    "ShopOptions",
    "Truth",
    "least_lines",
    "oracle_churn",
    "simulate",
]
