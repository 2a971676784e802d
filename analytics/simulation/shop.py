"""A whole shop from its options: what a shop would know of itself, what is true, what comes."""

from dataclasses import dataclass, replace

import numpy as np

from analytics.simulation.activity import World, mean_basket, record, sell
from analytics.simulation.baskets import draw_tastes
from analytics.simulation.catalogue import draw_catalogue
from analytics.simulation.clock import clock_of
from analytics.simulation.options import ShopOptions
from analytics.simulation.people import draw_consents, draw_customers, draw_ways
from analytics.simulation.processes import draw_habits, purchase_times, rate_scale, value_scale
from analytics.simulation.tables import Activity, Consents, Customers, Floats, Ints, Products
from analytics.simulation.truth import SegmentTruth, Truth

# Each part draws from a stream of its own, so that no part shifts the numbers of another.
HABITS, CATALOGUE, TASTES, WAYS, CUSTOMERS, CONSENTS, PURCHASES, BASKETS, RETURNS = range(9)
FUTURE = 100


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


@dataclass(frozen=True)
class Past:
    """Purchases of the history, the first ones included, and how they left each customer."""

    customer: Ints  # (purchases,)
    times: Floats  # (purchases,), operational
    count: Ints  # (customers,)
    last: Floats  # (customers,), operational; of no meaning without a purchase
    left: Ints  # (customers,): purchases still to be made before dropout; 0 without a purchase


def simulate(options: ShopOptions) -> Shop:
    """The same options give the same bytes; the history is the same with any ``future_days``."""
    world, scale = _world(options)
    length = world.clock.elapsed(0, options.days)
    past = _past(world, _stream(options, PURCHASES), length)
    basket = mean_basket(world, past.customer)
    at = world.moments(past.times, options.days)
    sold = sell(world, _stream(options, BASKETS), past.customer, at, basket)
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
        truth=_truth(world, past, scale, length),
    )


def _stream(options: ShopOptions, part: int) -> np.random.Generator:
    return np.random.default_rng([options.seed, part])


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


def _past(world: World, rng: np.random.Generator, length: float) -> Past:
    habits = world.habits
    total = np.where(habits.buys, habits.purchases_in_all, 0)
    buyers = np.flatnonzero(habits.buys)
    owner, times = purchase_times(rng, habits.rate, total - 1, habits.joined, length)
    count = habits.buys + np.bincount(owner, minlength=total.size)
    last = habits.joined.copy()
    np.maximum.at(last, owner, times)
    return Past(
        customer=np.concatenate([buyers, owner]),
        times=np.concatenate([habits.joined[buyers], times]),
        count=count,
        last=last,
        left=total - count,
    )


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
        world.habits.rate,
        past.left,
        start,
        world.clock.elapsed(0, until),
    )
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
