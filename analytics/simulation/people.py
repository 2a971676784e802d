"""What is known of the customers besides what they buy; drawn independently of their segment."""

from dataclasses import dataclass

import numpy as np

from analytics.simulation.tables import Consents, Customers, Floats, Ints, Moments, Table

CHANNELS = ("web", "app", "store")
WEB, APP, STORE = range(3)
REGIONS = ("North", "East", "South", "West", "Centre")
REGION_SHARES = np.array([0.22, 0.18, 0.25, 0.20, 0.15])
ACQUISITION_CHANNELS = ("search", "social", "friend", "leaflet", "in store")
ACQUISITION_SHARES = np.array([0.30, 0.22, 0.18, 0.12, 0.18])
CONSENT_CHANNELS = ("email", "sms", "phone", "post")
CONSENT_SHARES = np.array([0.70, 0.25, 0.15, 0.45])
YOUNGEST_DAYS, OLDEST_DAYS = 18 * 366, 85 * 365
APP_SHARE = 0.4  # of the online orders
ELSEWHERE_SHARE = 0.1  # of the visits, to any store


@dataclass(frozen=True)
class Ways(Table):
    """How each customer shops: share of orders online, and the store they are used to."""

    online_share: Floats
    home_store: Ints


def draw_customers(rng: np.random.Generator, joined_at: Moments) -> Customers:
    """``joined_at``: datetime64[s], one a customer."""
    number = joined_at.size
    joined = joined_at.astype("datetime64[D]")
    age_days = rng.integers(YOUNGEST_DAYS, OLDEST_DAYS, size=number)
    return Customers(
        region=rng.choice(len(REGIONS), size=number, p=REGION_SHARES),
        acquisition_channel=rng.choice(
            len(ACQUISITION_CHANNELS), size=number, p=ACQUISITION_SHARES
        ),
        joined_at=joined,
        birth_date=joined - age_days.astype("timedelta64[D]"),
    )


def draw_consents(rng: np.random.Generator, joined_at: Moments) -> Consents:
    """A statement of each customer about each channel, given at the day of joining."""
    number, channels = joined_at.size, len(CONSENT_CHANNELS)
    return Consents(
        customer=np.repeat(np.arange(number), channels),
        channel=np.tile(np.arange(channels), number),
        granted=(rng.random((number, channels)) < CONSENT_SHARES).ravel(),
        at=np.repeat(joined_at.astype("datetime64[s]"), channels),
    )


def draw_ways(rng: np.random.Generator, customers: int, stores: int) -> Ways:
    return Ways(
        online_share=rng.beta(0.6, 0.9, size=customers),
        home_store=rng.integers(stores, size=customers),
    )


def where_bought(
    rng: np.random.Generator, ways: Ways, customer: Ints, stores: int
) -> tuple[Ints, Ints]:
    """Channel (position in CHANNELS) and store (-1 online) of each customer's order."""
    number = customer.size
    online = rng.random(number) < ways.online_share[customer]
    app = rng.random(number) < APP_SHARE
    elsewhere = rng.random(number) < ELSEWHERE_SHARE
    store = np.where(elsewhere, rng.integers(stores, size=number), ways.home_store[customer])
    channel = np.where(online, np.where(app, APP, WEB), STORE)
    return channel.astype(np.int64), np.where(online, -1, store).astype(np.int64)
