"""What an order holds: how many lines, which products, at what amounts, and what comes back."""

from dataclasses import dataclass

import numpy as np

from analytics.simulation.catalogue import Catalogue
from analytics.simulation.clock import DAY_SECONDS
from analytics.simulation.options import ShopOptions
from analytics.simulation.people import STORE
from analytics.simulation.tables import Activity, Bools, Floats, Ints, Lines, Orders, Table

BASKET_SHAPE = 2.0
AMOUNT_SPREAD = (0.7, 1.3)  # of a line's share around its list price's
MOST_PIECES = 50
# Discounts take these parts of the full price, each as often as the others.
DISCOUNTS = np.array([0.1, 0.2, 0.3])
RETURN_DAYS = 10.0  # mean days to a return, beyond the first
LATEST_RETURN_DAYS = 60


@dataclass(frozen=True)
class Tastes(Table):
    """What each customer chooses; favourites are products of the home block, (customers, n)."""

    home_block: Ints
    favourites: Ints
    price_sensitivity: Floats
    return_share: Floats


def draw_tastes(
    rng: np.random.Generator, options: ShopOptions, catalogue: Catalogue, return_share: Floats
) -> Tastes:
    number = options.customers
    home = rng.integers(options.block_count, size=number)
    favourites = catalogue.draw(rng, np.repeat(home[:, None], options.favourites, axis=1))
    return Tastes(
        home_block=home,
        favourites=favourites,
        price_sensitivity=rng.beta(options.sensitivity_a, options.sensitivity_b, size=number),
        return_share=return_share,
    )


def basket_sizes(rng: np.random.Generator, orders: int, mean: float) -> Ints:
    """Lines of each order: 1 and a gamma-distributed rest, rounded so that the total is kept."""
    if orders == 0:
        return np.zeros(0, dtype=np.int64)
    weights = rng.gamma(BASKET_SHAPE, size=orders)
    further = round(max(0.0, mean - 1) * orders)
    reached = np.floor(np.cumsum(weights) * (further / weights.sum()) + 1e-6)
    return 1 + np.diff(reached, prepend=0.0).astype(np.int64)


def choose_products(
    rng: np.random.Generator,
    options: ShopOptions,
    catalogue: Catalogue,
    tastes: Tastes,
    customer: Ints,
) -> Ints:
    """A product for each line of these customers.

    ``home_share`` of the lines are of the home block: ``favourite_share`` of those one of the
    favourites, the i-th with a weight of 1 / (i + 1), the others by the block's popularity. The
    rest is of any other block.
    """
    number, blocks = customer.size, options.block_count
    home = tastes.home_block[customer]
    away = (home + rng.integers(1, max(2, blocks), size=number)) % blocks
    at_home = rng.random(number) < options.home_share
    product = catalogue.draw(rng, np.where(at_home, home, away))
    liked = at_home & (rng.random(number) < options.favourite_share)
    weights = 1 / (1 + np.arange(options.favourites))
    height = rng.random(number) * weights.sum()
    place = np.searchsorted(np.cumsum(weights)[:-1], height, side="right")
    product[liked] = tastes.favourites[customer[liked], place[liked]]
    return product


def split_amounts(value: Ints, sizes: Ints, weights: Floats) -> Ints:
    """Parts of each order's value by weight, at least 1 a line, that add up to it exactly.

    value: (orders,), none below its size; weights: (lines,), order by order.
    """
    last = np.cumsum(sizes)
    ends = np.cumsum(weights)
    start = np.concatenate([[0.0], ends])[last - sizes]
    free = np.repeat(value - sizes, sizes)
    reach = np.repeat(ends[last - 1] - start, sizes)
    reached = np.rint(free * ((ends - np.repeat(start, sizes)) / reach)).astype(np.int64)
    before = np.concatenate([[0], reached[:-1]])
    before[last - sizes] = 0
    return 1 + reached - before


def fill_baskets(
    rng: np.random.Generator,
    options: ShopOptions,
    catalogue: Catalogue,
    tastes: Tastes,
    orders: Orders,
    sizes: Ints,
) -> Lines:
    """The lines of these orders; ``orders.value_minor`` is what they add up to.

    Amounts follow list prices; as the order's value is drawn on its own, the number of pieces makes
    up for a part of the difference and the price of a piece for the rest.
    """
    order = np.repeat(np.arange(len(orders)), sizes)
    customer = orders.customer[order]
    product = choose_products(rng, options, catalogue, tastes, customer)
    price = catalogue.products.price_minor[product]
    weights = price * rng.uniform(*AMOUNT_SPREAD, size=order.size)
    amount = split_amounts(orders.value_minor, sizes, weights)
    reduced = rng.random(order.size) < tastes.price_sensitivity[customer]
    part = DISCOUNTS[rng.integers(DISCOUNTS.size, size=order.size)] * reduced
    discount = np.rint(amount * part / (1 - part)).astype(np.int64)
    return Lines(
        order=order,
        line_number=np.arange(order.size) - np.repeat(np.cumsum(sizes) - sizes, sizes) + 1,
        product=product,
        quantity=np.clip(np.rint((amount + discount) / price), 1, MOST_PIECES).astype(np.int64),
        amount_minor=amount,
        discount_minor=discount,
        returned=np.zeros(order.size, dtype=bool),
    )


def bring_back(rng: np.random.Generator, tastes: Tastes, sold: Activity) -> Activity:
    """A return of each line that comes back, whole days later; its order_id is a new one.

    Here ``returns_order`` is the position of the purchase in ``sold.orders``.
    """
    customer = sold.orders.customer[sold.lines.order]
    back = _chosen(rng, tastes.return_share[customer])
    lines = sold.lines.take(back)
    purchase = sold.orders.take(lines.order)
    days = 1 + np.minimum(rng.geometric(1 / RETURN_DAYS, size=len(lines)), LATEST_RETURN_DAYS)
    orders = Orders(
        number=np.full(len(lines), -1),
        customer=purchase.customer,
        at=purchase.at + (days * DAY_SECONDS).astype("timedelta64[s]"),
        channel=purchase.channel,
        store=np.where(purchase.channel == STORE, purchase.store, -1),
        value_minor=-lines.amount_minor,
        returns_order=lines.order,
    )
    return Activity(
        orders,
        Lines(
            order=np.arange(len(lines)),
            line_number=np.ones(len(lines), dtype=np.int64),
            product=lines.product,
            quantity=-lines.quantity,
            amount_minor=-lines.amount_minor,
            discount_minor=np.zeros(len(lines), dtype=np.int64),
            returned=np.ones(len(lines), dtype=bool),
        ),
    )


def _chosen(rng: np.random.Generator, share: Floats) -> Bools:
    return np.asarray(rng.random(share.size) < share)
