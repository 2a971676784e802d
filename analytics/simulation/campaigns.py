"""Campaigns as they are run: who is treated, and what that adds to purchases or takes from them.

Purchases are a Poisson process. A rate that is m times as high is an independent process of
(m - 1) times the rate laid over the first one; a lower rate keeps each purchase with probability m.
So whatever happens without a campaign stays as it was drawn, and the same random numbers tell what
would have happened without it. Dropping out stays a matter of purchases made.
"""

from dataclasses import dataclass, replace

import numpy as np

from analytics.simulation.activity import World
from analytics.simulation.campaign_plans import CampaignPlan
from analytics.simulation.processes import purchase_times
from analytics.simulation.purchases import Purchases
from analytics.simulation.tables import Activity, Bools, Floats, Ints, Moments, Table

OPENED_SHARE, REDEEMED_SHARE = 0.4, 0.5
OPENED_AFTER_DAYS = 1.5  # on average
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Outcomes(Table):
    """One row a thing that a treated customer did; ``kind`` is a position in OUTCOME_KINDS."""

    customer: Ints
    kind: Ints
    at: Moments
    value_minor: Ints  # 0 where it is worth nothing


OUTCOME_KINDS = ("opened", "redeemed")


@dataclass(frozen=True)
class Campaign:
    """What the shop knows of it. ``members``: who was known at the launch; ``treated`` of them."""

    plan: CampaignPlan
    launched_at: np.datetime64
    ends_at: np.datetime64
    members: Ints
    treated: Bools
    outcomes: Outcomes | None = None

    def treats(self, customers: int) -> Bools:
        """Of each customer of the shop."""
        chosen = np.zeros(customers, dtype=bool)
        chosen[self.members[self.treated]] = True
        return chosen


@dataclass(frozen=True)
class Effect:
    """Factors on each treated customer's rate and order value in (start, stop) of the clock."""

    campaign: Campaign
    treated: Bools  # one entry a customer, like the factors, which are 1 for all others
    rate: Floats
    value: Floats
    start: float
    stop: float

    def during(self, times: Floats) -> Bools:
        return (times >= self.start) & (times < self.stop)


@dataclass(frozen=True)
class Course:
    """``worlds[n]``: which of the possible purchases happen if only the first n campaigns run."""

    possible: Purchases
    effects: list[Effect]
    worlds: list[Bools]

    @property
    def made(self) -> Bools:
        return self.worlds[-1]


def split(world: World, plan: CampaignPlan, rng: np.random.Generator) -> Effect:
    """Everybody who joined before the launch, into treated and control by chance."""
    start, stop = (world.clock.elapsed(0, day) for day in (plan.launch_day, plan.end_day))
    members = np.flatnonzero(world.habits.joined < start)
    treated = rng.random(members.size) < plan.treated_share
    first, end = world.midnight(plan.launch_day), world.midnight(plan.end_day)
    campaign = Campaign(plan, first, end, members, treated)
    reached = campaign.treats(len(world.habits))
    rate, value = (_factors(world, plan, name)[world.habits.segment] for name in ("rate", "value"))
    return Effect(
        campaign, reached, np.where(reached, rate, 1.0), np.where(reached, value, 1.0), start, stop
    )


def _factors(world: World, plan: CampaignPlan, name: str) -> Floats:
    """One a segment."""
    told = {response.segment: getattr(response, name) for response in plan.responses}
    return np.array([told.get(each.name, 1.0) for each in world.options.segments])


def influenced(
    world: World, possible: Purchases, effect: Effect, place: int, rng: np.random.Generator
) -> Purchases:
    """With what the campaign at this place adds, and with its mark on what it prevents."""
    habits = world.habits
    more = np.where(habits.buys, habits.rate * np.maximum(effect.rate - 1, 0.0), 0.0)
    start = np.full(len(habits), effect.start)
    extra = Purchases.added(*purchase_times(rng, more, start, effect.stop), place)
    kept = rng.random(len(possible)) < effect.rate[possible.customer]
    lost = effect.during(possible.times) & ~kept
    marked = replace(possible, prevented_by=np.where(lost, place, possible.prevented_by))
    return Purchases.stacked(marked, extra)


def value_factors(effects: list[Effect], made: Purchases) -> Floats:
    """On the worth of each of these purchases."""
    factor = np.ones(len(made))
    for effect in effects:
        factor = np.where(effect.during(made.times), effect.value[made.customer], factor)
    return factor


def respond(campaign: Campaign, history: Activity, rng: np.random.Generator) -> Campaign:
    """With what treated customers did, as a shop would see it: it tells nothing of the effect.

    Some open, whoever buys or not; and half of the first orders until the horizon are redeemed.
    """
    treated = campaign.members[campaign.treated]
    openers = treated[rng.random(treated.size) < OPENED_SHARE]
    longest = (campaign.ends_at - campaign.launched_at).astype(np.int64) - 1
    waited = rng.exponential(OPENED_AFTER_DAYS * DAY_SECONDS, size=openers.size)
    seconds = np.minimum(waited.astype(np.int64), longest)
    orders = history.orders
    within = (orders.at >= campaign.launched_at) & (orders.at < campaign.ends_at)
    bought = orders.take(within & (orders.returns_order < 0) & np.isin(orders.customer, treated))
    _, first = np.unique(bought.customer, return_index=True)
    redeemed = bought.take(first[rng.random(first.size) < REDEEMED_SHARE])
    opened = Outcomes(
        openers, np.zeros_like(openers), campaign.launched_at + seconds.astype("timedelta64[s]"),
        np.zeros_like(openers),
    )  # fmt: skip
    used = Outcomes(
        redeemed.customer, np.ones_like(redeemed.customer), redeemed.at, redeemed.value_minor
    )
    return replace(campaign, outcomes=Outcomes.stacked(opened, used))
