"""Shops of one homogeneous segment, whose numbers are known in closed form, and their waits."""

import numpy as np

from analytics.simulation import Segment, ShopOptions
from analytics.simulation.clock import DAY_SECONDS

# Gamma and Beta so narrow that everybody has the same rate and the same p.
NARROW = 1e9


def alike(rate: float, dropout: float) -> Segment:
    return Segment("all", 1.0, NARROW, NARROW / rate, dropout * NARROW, (1 - dropout) * NARROW)


# Without seasons and opening hours: waits are exponential with 1 purchase in 20 days.
PLAIN = ShopOptions(
    customers=5_000, seed=5, segments=(alike(0.05, 0.05),), seasonality=0.0, daily_rhythm=0.0,
    without_order_share=0.0, early_joining=1.0, lines_per_order=1.5,
)  # fmt: skip
# Everybody joins at the start, and has dropped out long before the end.
LONG = ShopOptions(
    customers=20_000, seed=6, days=2_000, segments=(alike(0.2, 0.2),), early_joining=1e9,
    without_order_share=0.0, lines_per_order=1.2,
)  # fmt: skip


def _sorted_days(shop) -> tuple[np.ndarray, np.ndarray]:
    """Customer and day (a fraction, since the start) of each purchase, customer by customer."""
    orders = shop.history.orders.take(shop.history.orders.returns_order < 0)
    by_customer = np.lexsort((orders.at, orders.customer))
    start = np.datetime64(shop.options.end_day, "s") - shop.options.days * DAY_SECONDS
    days = (orders.at - start).astype(np.int64) / DAY_SECONDS
    return orders.customer[by_customer], days[by_customer]


def waits(shop) -> np.ndarray:
    """Days between consecutive purchases of a customer."""
    customer, days = _sorted_days(shop)
    return np.diff(days)[np.diff(customer) == 0]


def horizon_left(shop) -> np.ndarray:
    """For each of these waits: the days from its beginning to the end of the history."""
    customer, days = _sorted_days(shop)
    return (shop.options.days - days)[:-1][np.diff(customer) == 0]
