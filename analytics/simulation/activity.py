"""Purchases become orders, lines and returns, in the order of time, with numbers that count on."""

from dataclasses import dataclass, replace

import numpy as np

from analytics.simulation.baskets import Tastes, basket_sizes, bring_back, fill_baskets
from analytics.simulation.catalogue import Catalogue
from analytics.simulation.clock import Clock
from analytics.simulation.options import ShopOptions
from analytics.simulation.people import Ways, where_bought
from analytics.simulation.processes import Habits, order_values
from analytics.simulation.tables import Activity, Bools, Floats, Ints, Lines, Moments, Orders


@dataclass(frozen=True)
class World:
    """All that is drawn before the first purchase."""

    options: ShopOptions
    clock: Clock
    catalogue: Catalogue
    habits: Habits
    tastes: Tastes
    ways: Ways

    def moments(self, operational: Floats, days: int) -> Moments:
        """Operational time → wall clock, below ``days`` after the start: datetime64[s]."""
        seconds = self.clock.seconds(operational, days)
        return self.midnight(0) + seconds.astype("timedelta64[s]")

    def midnight(self, day: int) -> np.datetime64:
        return np.datetime64(self.clock.first_day + day, "D").astype("datetime64[s]")


def mean_basket(world: World, customer: Ints) -> float:
    """Lines an order, at which these purchases and what is brought back make the wanted lines."""
    if world.options.lines is None or customer.size == 0:
        return world.options.basket
    returned = float(world.tastes.return_share[customer].mean())
    return world.options.lines / (1 + returned) / customer.size


def sell(
    world: World,
    rng: np.random.Generator,
    customer: Ints,
    at: Moments,
    basket: float,
    factor: Floats | None = None,
) -> Activity:
    """Orders with their lines, by time, of ``basket`` lines on average; not numbered yet.

    ``factor``: on the worth of each order; it changes no other order's random numbers.
    """
    by_time = np.lexsort((customer, at))
    customer, at = customer[by_time], at[by_time]
    factor = None if factor is None else factor[by_time]
    sizes, value = draw_worth(world, rng, customer, basket, factor)
    channel, store = where_bought(rng, world.ways, customer, world.options.stores)
    none = np.full(customer.size, -1, dtype=np.int64)
    orders = Orders(none, customer, at, channel, store, value, none)
    lines = fill_baskets(rng, world.options, world.catalogue, world.tastes, orders, sizes)
    return Activity(orders, lines)


def draw_worth(
    world: World,
    rng: np.random.Generator,
    customer: Ints,
    basket: float,
    factor: Floats | None = None,
) -> tuple[Ints, Ints]:
    """Lines of each of these customers' orders, and what it is worth in minor units."""
    sizes = basket_sizes(rng, customer.size, basket)
    shapes = np.array([segment.value_shape for segment in world.options.segments])
    rate = world.habits.value_rate[customer]
    rate = rate if factor is None else rate / factor
    value = order_values(rng, shapes[world.habits.segment[customer]], rate)
    # A line is worth one minor unit at the least.
    return sizes, np.maximum(value, sizes)


def together(*parts: Activity) -> Activity:
    """One activity of several that are not numbered yet."""
    before = np.cumsum([0, *(len(part.orders) for part in parts)])
    lines = (
        replace(part.lines, order=part.lines.order + start)
        for part, start in zip(parts, before[:-1], strict=True)
    )
    return Activity(Orders.stacked(*(part.orders for part in parts)), Lines.stacked(*lines))


def record(
    world: World,
    rng: np.random.Generator,
    sold: Activity,
    *,
    pending: Activity | None,
    until: int,
    first_number: int,
) -> tuple[Activity, Activity]:
    """Sold orders and what comes back until midnight of day ``until``; and what comes back later.

    ``pending`` are returns of an earlier stretch, whose purchases have their numbers.
    """
    back = bring_back(rng, world.tastes, sold)
    end = world.midnight(until)
    now, later = those(back, back.orders.at < end), those(back, back.orders.at >= end)
    earlier = [] if pending is None else [those(pending, pending.orders.at < end)]
    parts = [sold, now, *earlier]
    both = together(*parts)
    orders = both.orders
    by_time = np.argsort(orders.at, kind="stable")
    place = np.empty_like(by_time)
    place[by_time] = np.arange(by_time.size)
    number_sold = first_number + place[: len(sold.orders)]
    known = [
        sold.orders.returns_order,
        number_sold[now.orders.returns_order],
        *(part.orders.returns_order for part in earlier),
    ]
    orders = replace(orders, number=first_number + place, returns_order=np.concatenate(known)).take(
        by_time
    )
    later_orders = replace(later.orders, returns_order=number_sold[later.orders.returns_order])
    # Lines order by order, each order where it ended up.
    lines = replace(both.lines, order=place[both.lines.order])
    lines = lines.take(np.argsort(lines.order, kind="stable"))
    return Activity(orders, lines), replace(later, orders=later_orders)


def those(activity: Activity, chosen: Bools) -> Activity:
    """The chosen orders and their lines."""
    place = np.cumsum(chosen) - 1
    lines = activity.lines.take(chosen[activity.lines.order])
    return Activity(activity.orders.take(chosen), replace(lines, order=place[lines.order]))
