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
    world: World, rng: np.random.Generator, customer: Ints, at: Moments, basket: float
) -> Activity:
    """Orders with their lines, by time, of ``basket`` lines on average; not numbered yet."""
    by_time = np.lexsort((customer, at))
    customer, at = customer[by_time], at[by_time]
    sizes = basket_sizes(rng, customer.size, basket)
    shapes = np.array([segment.value_shape for segment in world.options.segments])
    shape = shapes[world.habits.segment[customer]]
    # A line is worth one minor unit at the least.
    value = np.maximum(order_values(rng, shape, world.habits.value_rate[customer]), sizes)
    channel, store = where_bought(rng, world.ways, customer, world.options.stores)
    none = np.full(customer.size, -1, dtype=np.int64)
    orders = Orders(none, customer, at, channel, store, value, none)
    lines = fill_baskets(rng, world.options, world.catalogue, world.tastes, orders, sizes)
    return Activity(orders, lines)


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
    now, later = _those(back, back.orders.at < end), _those(back, back.orders.at >= end)
    earlier = [] if pending is None else [_those(pending, pending.orders.at < end)]
    parts = [sold, now, *earlier]
    orders = Orders.stacked(*(part.orders for part in parts))
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
    return Activity(orders, _lines_by_order(parts, place)), replace(later, orders=later_orders)


def _lines_by_order(parts: list[Activity], place: Ints) -> Lines:
    """The lines of all parts, order by order; ``place``: where each joined order ends up."""
    before = np.cumsum([0, *(len(part.orders) for part in parts)])
    lines = Lines.stacked(
        *(
            replace(part.lines, order=place[part.lines.order + start])
            for part, start in zip(parts, before[:-1], strict=True)
        )
    )
    return lines.take(np.argsort(lines.order, kind="stable"))


def _those(activity: Activity, chosen: Bools) -> Activity:
    """The chosen orders and their lines."""
    place = np.cumsum(chosen) - 1
    lines = activity.lines.take(chosen[activity.lines.order])
    return Activity(activity.orders.take(chosen), replace(lines, order=place[lines.order]))
