"""What a synthetic shop is asked to be: its size, its calendar, and the segments behind it."""

from dataclasses import dataclass, field
from datetime import date
from math import sqrt

from analytics.simulation.campaign_plans import CampaignPlan

# Fewer lines a customer would leave orders without a line.
LEAST_LINES_PER_CUSTOMER = 1.5
MEAN_LINE_VALUE_MINOR = 800


@dataclass(frozen=True)
class Segment:
    """Customers of one kind. Rates are per day of the shop's clock, before any scaling.

    rate λ ~ Gamma(rate_shape, rate_days), mean rate_shape / rate_days a day; dropout p ~
    Beta(dropout_a, dropout_b) after each purchase; an order's value ~ Gamma(value_shape, ν) with
    ν ~ Gamma(value_mixing, γ), where γ makes the segment's mean ``value_level`` times the shop's.
    """

    name: str
    share: float
    rate_shape: float
    rate_days: float
    dropout_a: float
    dropout_b: float
    value_level: float = 1.0
    value_shape: float = 6.0
    value_mixing: float = 4.0
    return_share: float = 0.03


SEGMENTS = (
    Segment("loyal", 0.15, 6.0, 60.0, 1.5, 60.0, value_level=1.3, return_share=0.02),
    Segment("regular", 0.30, 4.0, 100.0, 2.0, 40.0, value_level=1.1),
    Segment("occasional", 0.30, 3.0, 210.0, 2.0, 20.0, value_level=0.9),
    Segment("one-off", 0.15, 3.0, 270.0, 30.0, 3.0, value_level=0.8, return_share=0.08),
    Segment("lapsing", 0.10, 4.0, 60.0, 3.0, 9.0, return_share=0.05),
)


@dataclass(frozen=True)
class ShopOptions:
    """A shop to simulate. What is None is derived from the size by the properties below.

    ``lines`` counts the order lines of the history, returns included: rates and baskets are scaled
    to it. With ``lines=None`` the segments' rates hold as they are. The history is the ``days``
    days before ``end_day``, which itself is the first day after it.
    """

    customers: int
    lines: int | None = None
    seed: int = 0
    days: int = 365
    end_day: date = date(2026, 1, 1)
    # Days simulated past the end, told apart from the history and without influence on it.
    future_days: int = 0
    segments: tuple[Segment, ...] = field(default=SEGMENTS)
    # The purchase after which one first may drop out: True is the modified BG/NBD of Batislam,
    # Denizel & Filiztekin (2007), whose coin falls after the first purchase too; False is the
    # BG/NBD of Fader, Hardie & Lee (2005), in which nobody drops out before the second.
    coin_after_first: bool = True
    # 0: every day is alike; 1: the strengths written in clock.py.
    seasonality: float = 1.0
    # 0: every hour is alike; 1: the hours written in clock.py, closed at night.
    daily_rhythm: float = 1.0
    # A first purchase falls at (uniform ** early_joining) of the history; 1 spreads them evenly.
    early_joining: float = 1.5
    without_order_share: float = 0.02
    lines_per_order: float | None = None
    order_value_minor: float | None = None
    products: int | None = None
    blocks: int | None = None
    home_share: float = 0.88
    favourites: int = 8
    favourite_share: float = 0.5
    popularity_exponent: float = 0.9
    # Price sensitivity (the share of lines bought at a discount) ~ Beta.
    sensitivity_a: float = 1.2
    sensitivity_b: float = 4.8
    stores: int = 12
    # One after the other; what they change comes on top of ``lines``.
    campaigns: tuple[CampaignPlan, ...] = ()

    @property
    def expected_lines(self) -> float:
        return float(self.lines if self.lines is not None else 10 * self.customers)

    @property
    def basket(self) -> float:
        """Wanted mean lines an order: the square root of the lines a customer has."""
        if self.lines_per_order is not None:
            return self.lines_per_order
        return max(1.1, sqrt(self.expected_lines / self.customers))

    @property
    def mean_order_value_minor(self) -> float:
        return self.order_value_minor or MEAN_LINE_VALUE_MINOR * self.basket

    @property
    def product_count(self) -> int:
        return self.products or int(min(20_000, max(40, 2 * sqrt(self.expected_lines))))

    @property
    def block_count(self) -> int:
        return self.blocks or min(16, max(4, self.product_count // 50))


def least_lines(customers: int) -> int:
    """The fewest order lines that a shop of so many customers can be asked for."""
    return max(10, round(LEAST_LINES_PER_CUSTOMER * customers))
