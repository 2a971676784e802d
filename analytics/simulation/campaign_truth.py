"""The true effect of a campaign on its treated customers: expected, and as it came about."""

from dataclasses import dataclass

import numpy as np

from analytics.simulation.activity import World
from analytics.simulation.campaigns import Course, Effect
from analytics.simulation.purchases import Purchases, in_all
from analytics.simulation.tables import Bools, Floats


@dataclass(frozen=True)
class Difference:
    """Of treated customers until the horizon, each beside itself without the treatment.

    Means per treated customer, money in minor units. ``expected`` are over all that was still open
    at the launch; ``realised`` by the same random numbers with and without the campaign.
    """

    treated: int
    extra_orders: float
    extra_revenue_minor: float
    realised_extra_orders: float
    realised_extra_revenue_minor: float
    # Orders that the same customers were expected to make without it.
    orders_without: float
    revenue_without_minor: float


@dataclass(frozen=True)
class SegmentEffect:
    """The planted factors of one segment, and what came of them."""

    segment: str
    rate: float
    value: float
    difference: Difference


@dataclass(frozen=True)
class CampaignTruth:
    name: str
    overall: Difference
    segments: tuple[SegmentEffect, ...]


@dataclass(frozen=True)
class Worth:
    """Of every possible purchase that happens in any case, in minor units; 0 of the others."""

    plain: Floats
    paid: Floats  # with the value factors of the campaign that it fell into


def campaign_truths(world: World, course: Course, worth: Worth) -> tuple[CampaignTruth, ...]:
    truths = []
    for effect, without in zip(course.effects, course.worlds, strict=False):
        expected = _expected(world, course.possible, course.made, effect)
        worlds = course.made, without
        realised = _realised(world, course.possible, worth, worlds, effect)
        truths.append(_told(world, effect, np.vstack([expected, realised])))
    return tuple(truths)


def expected_purchases(rate: Floats, dropout: Floats, rise: float) -> Floats:
    """Of a living customer in ``rise`` operational days: E[min(Poisson(λu), Geometric(p))].

    The purchases until dropout have no memory, whatever was bought before: (1 - exp(-λpu)) / p.
    """
    return np.asarray(-np.expm1(-rate * dropout * rise) / dropout, dtype=np.float64)


def _expected(world: World, possible: Purchases, made: Bools, effect: Effect) -> Floats:
    """(orders more, revenue more, orders without, revenue without) of each customer: (4, n)."""
    habits, rise = world.habits, effect.stop - effect.start
    before = possible.customer[made & (possible.times < effect.start)]
    alive = np.bincount(before, minlength=len(habits)) < in_all(habits)
    shapes = np.array([segment.value_shape for segment in world.options.segments])
    value = shapes[habits.segment] / habits.value_rate
    plain = alive * expected_purchases(habits.rate, habits.dropout, rise)
    orders = alive * expected_purchases(habits.rate * effect.rate, habits.dropout, rise)
    revenue = orders * effect.value * value
    return np.stack([orders - plain, revenue - plain * value, plain, plain * value])


def _realised(
    world: World, possible: Purchases, worth: Worth, worlds: tuple[Bools, Bools], effect: Effect
) -> Floats:
    """(orders more, revenue more) of each customer by the purchases that took place: (2, n)."""
    sums = []
    for happened, value in zip(worlds, (worth.paid, worth.plain), strict=True):
        rows = happened & effect.during(possible.times)
        owner, number = possible.customer[rows], len(world.habits)
        spent = np.bincount(owner, weights=value[rows], minlength=number)
        sums.append(np.stack([np.bincount(owner, minlength=number), spent]))
    return np.asarray(sums[0] - sums[1], dtype=np.float64)


def _told(world: World, effect: Effect, by_customer: Floats) -> CampaignTruth:
    plan, kinds = effect.campaign.plan, world.options.segments
    responses = {response.segment: response for response in plan.responses}
    segments = []
    for place, segment in enumerate(kinds):
        found = responses.get(segment.name)
        rate, value = (found.rate, found.value) if found else (1.0, 1.0)
        rows = effect.treated & (world.habits.segment == place)
        segments.append(SegmentEffect(segment.name, rate, value, _mean(by_customer, rows)))
    return CampaignTruth(plan.name, _mean(by_customer, effect.treated), tuple(segments))


def _mean(by_customer: Floats, rows: Bools) -> Difference:
    number = int(rows.sum())
    means = by_customer[:, rows].sum(axis=1) / max(number, 1)
    orders, revenue, orders_without, revenue_without, orders_so, revenue_so = map(float, means)
    return Difference(
        number, orders, revenue, orders_so, revenue_so, orders_without, revenue_without
    )
