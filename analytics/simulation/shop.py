"""A whole shop from its options: what a shop would know of itself, what is true, what comes."""

from dataclasses import dataclass, replace

import numpy as np

from analytics.simulation.activity import (
    World,
    draw_worth,
    mean_basket,
    record,
    sell,
    those,
    together,
)
from analytics.simulation.baskets import draw_tastes
from analytics.simulation.campaign_plans import check_plans
from analytics.simulation.campaign_truth import Worth, campaign_truths
from analytics.simulation.campaigns import (
    Campaign,
    Course,
    influenced,
    respond,
    split,
    value_factors,
)
from analytics.simulation.catalogue import draw_catalogue
from analytics.simulation.clock import clock_of
from analytics.simulation.options import ShopOptions
from analytics.simulation.people import draw_consents, draw_customers, draw_ways
from analytics.simulation.processes import draw_habits, purchase_times, rate_scale, value_scale
from analytics.simulation.purchases import (
    Past,
    Purchases,
    happen,
    in_all,
    past_of,
    until_dropout,
)
from analytics.simulation.tables import Activity, Consents, Customers, Products
from analytics.simulation.truth import SegmentTruth, Truth

# Each part draws from a stream of its own, so that no part shifts the numbers of another.
HABITS, CATALOGUE, TASTES, WAYS, CUSTOMERS, CONSENTS, PURCHASES, BASKETS, RETURNS = range(9)
FUTURE = 100
CAMPAIGN_BASKETS, CAMPAIGNS, OUTCOMES = range(200, 203)


@dataclass(frozen=True)
class Shop:
    """``future`` holds the ``future_days`` after the end, and is None where none were asked for."""

    options: ShopOptions
    products: Products
    customers: Customers
    consents: Consents
    history: Activity
    future: Activity | None
    truth: Truth
    campaigns: tuple[Campaign, ...] = ()


def simulate(options: ShopOptions) -> Shop:
    """The same options give the same bytes; the history is the same with any ``future_days``.

    With campaigns, whatever they do not change is bought as without them.
    """
    check_plans(options.campaigns, options.days)
    world, scale = _world(options)
    length = world.clock.elapsed(0, options.days)
    course = _course(world, length)
    past = past_of(world.habits, course.possible.take(course.made))
    basket = mean_basket(world, course.possible.customer[course.worlds[0]])
    sold, worth = _sold(world, course, basket)
    history, pending = record(
        world, _stream(options, RETURNS), sold, pending=None, until=options.days, first_number=0
    )
    joined_at = world.moments(world.habits.joined, options.days)
    return Shop(
        options=options,
        products=world.catalogue.products,
        customers=draw_customers(_stream(options, CUSTOMERS), joined_at),
        consents=draw_consents(_stream(options, CONSENTS), joined_at),
        history=history,
        future=_future(world, past, basket, pending, len(history.orders)),
        truth=replace(
            _truth(world, past, scale, length),
            campaigns=campaign_truths(world, course, worth),
        ),
        campaigns=tuple(
            respond(effect.campaign, history, _stream(options, OUTCOMES, place))
            for place, effect in enumerate(course.effects)
        ),
    )


def _stream(options: ShopOptions, *part: int) -> np.random.Generator:
    return np.random.default_rng([options.seed, *part])


def _world(options: ShopOptions) -> tuple[World, float]:
    """All that is drawn before the first purchase, and the factor on the segments' rates."""
    clock = clock_of(options)
    length = clock.elapsed(0, options.days)
    habits = draw_habits(_stream(options, HABITS), options, length)
    scale = rate_scale(habits, options, length)
    catalogue = draw_catalogue(_stream(options, CATALOGUE), options)
    returns = np.array([segment.return_share for segment in options.segments])[habits.segment]
    world = World(
        options=options,
        clock=clock,
        catalogue=catalogue,
        habits=replace(habits, rate=habits.rate * scale),
        tastes=draw_tastes(_stream(options, TASTES), options, catalogue, returns),
        ways=draw_ways(_stream(options, WAYS), options.customers, options.stores),
    )
    return world, scale


def _course(world: World, length: float) -> Course:
    options, habits = world.options, world.habits
    total, buyers = in_all(habits), np.flatnonzero(habits.buys)
    rate = np.where(total > 1, habits.rate, 0.0)
    owner, times = purchase_times(_stream(options, PURCHASES), rate, habits.joined, length)
    if not options.campaigns:
        # Only a campaign can make room for what would come after dropout.
        kept = until_dropout(owner, total - 1)
        owner, times = owner[kept], times[kept]
    possible = Purchases.by_habit(
        np.concatenate([buyers, owner]), np.concatenate([habits.joined[buyers], times])
    )
    effects = []
    for place, plan in enumerate(options.campaigns):
        rng = _stream(options, CAMPAIGNS, place)
        effects.append(split(world, plan, rng))
        possible = influenced(world, possible, effects[-1], place, rng)
    worlds = [happen(possible, total, upto) for upto in range(-1, len(effects))]
    return Course(possible, effects, worlds)


def _sold(world: World, course: Course, basket: float) -> tuple[Activity, Worth]:
    """What is bought without any campaign keeps its numbers, whatever campaigns there are."""
    options, possible = world.options, course.possible
    worth = Worth(np.zeros(len(possible)), np.zeros(len(possible)))
    usual = course.worlds[0]
    further = np.logical_or.reduce(course.worlds) & ~usual
    parts = []
    for chosen, stream in ((usual, BASKETS), (further, CAMPAIGN_BASKETS)):
        rows = np.flatnonzero(chosen)
        at = world.moments(possible.times[rows], options.days)
        by_time = np.lexsort((possible.customer[rows], at))
        rows, at = rows[by_time], at[by_time]
        bought = possible.take(rows)
        factor = value_factors(course.effects, bought)
        sold = sell(world, _stream(options, stream), bought.customer, at, basket, factor)
        worth.paid[rows] = sold.orders.value_minor
        _, worth.plain[rows] = draw_worth(world, _stream(options, stream), bought.customer, basket)
        parts.append(those(sold, course.made[rows]))
    return together(*parts), worth


def _future(
    world: World, past: Past, basket: float, pending: Activity, first_number: int
) -> Activity | None:
    """What follows the history: the process has no memory, so it goes on from the end."""
    options = world.options
    if not options.future_days:
        return None
    until = options.days + options.future_days
    start = np.full(past.left.size, world.clock.elapsed(0, options.days))
    customer, times = purchase_times(
        _stream(options, FUTURE + PURCHASES),
        np.where(past.left > 0, world.habits.rate, 0.0),
        start,
        world.clock.elapsed(0, until),
    )
    kept = until_dropout(customer, past.left)
    customer, times = customer[kept], times[kept]
    # What rounding puts a moment too early belongs to the future all the same.
    at = np.maximum(world.moments(times, until), world.midnight(options.days))
    sold = sell(world, _stream(options, FUTURE + BASKETS), customer, at, basket)
    rng = _stream(options, FUTURE + RETURNS)
    future, _ = record(world, rng, sold, pending=pending, until=until, first_number=first_number)
    return future


def _truth(world: World, past: Past, scale: float, length: float) -> Truth:
    options, habits = world.options, world.habits
    dropped_at = world.moments(past.last, options.days)
    dropped_at[(past.left > 0) | (past.count == 0)] = np.datetime64("NaT")
    shapes = np.array([segment.value_shape for segment in options.segments])
    numbers = np.bincount(habits.segment, minlength=len(options.segments))
    return Truth(
        segment=habits.segment,
        rate=habits.rate,
        dropout=habits.dropout,
        dropped_at=dropped_at,
        alive=past.left > 0,
        silence=length - past.last,
        purchases=past.count,
        home_block=world.tastes.home_block,
        favourites=world.tastes.favourites,
        price_sensitivity=world.tastes.price_sensitivity,
        mean_order_value_minor=shapes[habits.segment] / habits.value_rate,
        product_block=world.catalogue.block,
        product_rank=world.catalogue.rank,
        base_price_minor=world.catalogue.products.price_minor,
        segments=tuple(
            SegmentTruth(segment, scale, value_scale(segment, options), int(number))
            for segment, number in zip(options.segments, numbers, strict=True)
        ),
        clock=world.clock,
        history_days=options.days,
        coin_after_first=options.coin_after_first,
    )
