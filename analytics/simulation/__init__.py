"""A synthetic shop with a known truth, to check forecasts, groups and recommendations against.

No learner may import it (`.importlinter`). ``simulate(ShopOptions(...))`` answers a ``Shop`` of
numpy tables; rows refer to each other by position. Money is in minor units, times are wall clock.
"""

from analytics.simulation.campaign_plans import (
    CampaignPlan,
    Response,
    most_campaigns,
    plan_campaigns,
)
from analytics.simulation.campaign_truth import CampaignTruth, Difference
from analytics.simulation.campaigns import Campaign
from analytics.simulation.options import SEGMENTS, Segment, ShopOptions, least_lines
from analytics.simulation.shop import Shop, simulate
from analytics.simulation.tables import Activity
from analytics.simulation.truth import Truth, oracle_churn

__all__ = [
    "SEGMENTS",
    "Activity",
    "Campaign",
    "CampaignPlan",
    "CampaignTruth",
    "Difference",
    "Response",
    "Segment",
    "Shop",
    "ShopOptions",
    "Truth",
    "least_lines",
    "most_campaigns",
    "oracle_churn",
    "plan_campaigns",
    "simulate",
]
