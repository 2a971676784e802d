"""Who buys when, and for how much: BG/NBD purchases and Gamma–Gamma order values.

Buying and dropping out follow Fader, Hardie & Lee (2005), "Counting your customers the easy way":
while alive a customer buys at rate λ, and after a purchase drops out with probability p. The waits
are exponential; here they are drawn as the equivalent uniform order statistics of a Poisson count,
so that a later stretch of time never changes an earlier one. Values follow Fader & Hardie (2013).
"""

from dataclasses import dataclass

import numpy as np

from analytics.simulation.options import Segment, ShopOptions
from analytics.simulation.tables import Bools, Floats, Ints, Table

SMALLEST_DROPOUT = 1e-12
SCALE_BOUNDS = (-12.0, 12.0)  # of the logarithm
SCALE_STEPS = 60


@dataclass(frozen=True)
class Habits(Table):
    """What drives each customer, one row a customer.

    rate: purchases per operational day; purchases_in_all: how many, the first included, until
    dropout; value_rate: ν of the order value, per minor unit; joined: operational time of the first
    purchase, and of the registration for whoever never ``buys``.
    """

    segment: Ints
    buys: Bools
    joined: Floats
    rate: Floats
    dropout: Floats
    purchases_in_all: Ints
    value_rate: Floats


def draw_habits(rng: np.random.Generator, options: ShopOptions, history: float) -> Habits:
    """``history``: operational days of the history. Rates are not scaled yet."""
    number, segments = options.customers, options.segments
    shares = np.array([segment.share for segment in segments])
    kind = rng.choice(len(segments), size=number, p=shares / shares.sum())

    def each(name: str) -> Floats:
        return np.array([getattr(segment, name) for segment in segments], dtype=np.float64)[kind]

    dropout = np.clip(rng.beta(each("dropout_a"), each("dropout_b")), SMALLEST_DROPOUT, 1.0)
    scales = np.array([value_scale(segment, options) for segment in segments])[kind]
    value_rate = rng.gamma(each("value_mixing"), 1 / scales)
    return Habits(
        segment=kind,
        buys=rng.random(number) >= options.without_order_share,
        joined=history * rng.random(number) ** options.early_joining,
        rate=rng.gamma(each("rate_shape"), 1 / each("rate_days")),
        dropout=dropout,
        purchases_in_all=rng.geometric(dropout) + (0 if options.coin_after_first else 1),
        value_rate=value_rate,
    )


def value_scale(segment: Segment, options: ShopOptions) -> float:
    """γ in minor units, from E[value] = value_shape · γ / (value_mixing - 1)."""
    mean = segment.value_level * options.mean_order_value_minor
    return mean * (segment.value_mixing - 1) / segment.value_shape


def expected_orders(habits: Habits, options: ShopOptions, history: float, scale: float) -> float:
    """Expected purchases of all in the history, were every rate ``scale`` times as high.

    E[X(T)] = a · (1 - exp(-λ p T)) / p further purchases in T, as a customer lives T operational
    days with probability a · exp(-λ p T); a = 1 - p where the coin falls after the first purchase.
    """
    p = habits.dropout
    alive = 1 - p if options.coin_after_first else np.ones_like(p)
    further = -alive * np.expm1(-scale * habits.rate * p * (history - habits.joined)) / p
    return float(np.where(habits.buys, 1 + further, 0).sum())


def rate_scale(habits: Habits, options: ShopOptions, history: float) -> float:
    """The factor on all rates at which the expected orders meet the wanted number of lines."""
    if options.lines is None:
        return 1.0
    wanted = options.lines / options.basket
    low, high = SCALE_BOUNDS
    for _ in range(SCALE_STEPS):
        middle = (low + high) / 2
        enough = expected_orders(habits, options, history, float(np.exp(middle))) > wanted
        low, high = (low, middle) if enough else (middle, high)
    return float(np.exp(low))


def purchase_times(
    rng: np.random.Generator, rate: Floats, start: Floats, stop: float
) -> tuple[Ints, Floats]:
    """Purchases in (start, stop) of each customer, if none of them drops out; operational time.

    → customers (positions, ascending) and times (ascending within a customer).
    """
    count = rng.poisson(rate * (stop - start))
    owner = np.repeat(np.arange(rate.size), count)
    times = start[owner] + rng.random(owner.size) * (stop - start[owner])
    return owner, times[np.lexsort((times, owner))]


def order_values(rng: np.random.Generator, shape: Floats, rate: Floats) -> Ints:
    """Values in minor units ~ Gamma(shape, rate), one an order."""
    return np.asarray(np.rint(rng.gamma(shape, 1 / rate)), dtype=np.int64)
