"""What customers do and say beside buying: visits to the web shop, requests, answers to surveys."""

from dataclasses import dataclass

import numpy as np

from analytics.simulation.people import STORE
from analytics.simulation.tables import Activity, Floats, Ints, Moments, Table

VISIT, VIEW, BASKET, SIGN_IN = range(4)
EVENT_KINDS = ("visit", "product_view", "basket", "sign_in")
# Visits that end without an order, per order online; and how often an order begins by signing in.
LOOKING, SIGNING_IN = 0.8, 0.3
SITTING_SECONDS = 1_800
LOOKING_DAYS = 14
# Of the orders: followed by a request. Of the settled requests and of the orders: by an answer.
ASKING, RATING, ANSWERING = 0.01, 0.4, 0.02
REQUEST_DAYS, SETTLED_DAYS, ANSWER_DAYS = 10, 5, 7
REQUEST_CHANNELS = ("email", "phone", "chat", "store")
NPS, CSAT = range(2)
FEEDBACK_KINDS = ("nps", "csat")
NPS_SHARES = np.array([2, 1, 2, 3, 4, 8, 9, 14, 22, 19, 16]) / 100
CSAT_SHARES = np.array([0.06, 0.10, 0.22, 0.34, 0.28])
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Events(Table):
    """One row an event, by time; ``customer`` is -1 where only the browser is known, ``product``
    where the event is about none. ``visitor`` is the customer to whom the browser belongs."""

    customer: Ints
    visitor: Ints
    kind: Ints  # position in EVENT_KINDS
    at: Moments  # datetime64[s], local wall clock
    product: Ints


@dataclass(frozen=True)
class Interactions(Table):
    """One row a request, by time; ``closed_at`` is NaT while it is open."""

    customer: Ints
    channel: Ints  # position in REQUEST_CHANNELS
    opened_at: Moments
    closed_at: Moments
    topic: Ints


@dataclass(frozen=True)
class Feedback(Table):
    """One row an answer, by time."""

    customer: Ints
    kind: Ints  # position in FEEDBACK_KINDS
    score: Ints
    at: Moments


def draw_events(rng: np.random.Generator, activity: Activity) -> Events:
    """A sitting before each order online (visit, look, basket), and sittings that end in none."""
    orders = activity.orders
    first_line = np.full(len(orders), -1)
    backwards = activity.lines.order[::-1]
    first_line[backwards] = activity.lines.product[::-1]
    online = np.flatnonzero((orders.channel != STORE) & (orders.returns_order < 0))
    customer, product, at = orders.customer[online], first_line[online], orders.at[online]
    looked = np.flatnonzero(rng.random(online.size) < LOOKING)
    before = _seconds(1 + rng.random(looked.size) * (LOOKING_DAYS - 1), DAY_SECONDS)
    signs = np.flatnonzero(rng.random(online.size) < SIGNING_IN)
    buying = [
        _events(rng, VISIT, customer, at, product, about=False, share=1.0),
        _events(rng, VIEW, customer, at, product, about=True, share=0.6),
        _events(rng, BASKET, customer, at, product, about=True, share=0.2),
        _events(rng, SIGN_IN, customer[signs], at[signs], product[signs], about=False, share=0.1),
    ]
    idle = at[looked] - before
    looking = [
        _events(rng, VISIT, customer[looked], idle, product[looked], about=False, share=1.0),
        _events(rng, VIEW, customer[looked], idle, product[looked], about=True, share=0.6),
    ]
    made = Events.stacked(*buying, *looking)
    return made.take(np.lexsort((made.kind, made.visitor, made.at)))


def draw_interactions(
    rng: np.random.Generator, activity: Activity, *, topics: int, end: np.datetime64
) -> Interactions:
    asked = _after(rng, activity, ASKING)
    opened = activity.orders.at[asked] + _seconds(
        rng.random(asked.size) * REQUEST_DAYS, DAY_SECONDS
    )
    closed = opened + _seconds(0.02 + rng.random(asked.size) * SETTLED_DAYS, DAY_SECONDS)
    made = Interactions(
        customer=activity.orders.customer[asked],
        channel=rng.integers(len(REQUEST_CHANNELS), size=asked.size),
        opened_at=opened,
        closed_at=np.where(closed < end, closed, np.datetime64("NaT")),
        topic=rng.integers(topics, size=asked.size),
    )
    made = made.take(made.opened_at < end)
    return made.take(np.lexsort((made.customer, made.opened_at)))


def draw_feedback(
    rng: np.random.Generator, activity: Activity, requests: Interactions, *, end: np.datetime64
) -> Feedback:
    """NPS after orders and CSAT after settled requests; at most one of a kind at one time."""
    asked = _after(rng, activity, ANSWERING)
    settled = requests.take(~np.isnat(requests.closed_at))
    settled = settled.take(rng.random(len(settled)) < RATING)
    parts = [
        _answers(rng, NPS, activity.orders.customer[asked], activity.orders.at[asked], NPS_SHARES),
        _answers(rng, CSAT, settled.customer, settled.closed_at, CSAT_SHARES),
    ]
    made = Feedback.stacked(*parts)
    made = made.take(made.at < end)
    made = made.take(np.lexsort((made.customer, made.kind, made.at)))
    keys = np.stack([made.customer, made.kind, made.at.astype(np.int64)])
    return made.take(np.sort(np.unique(keys, axis=1, return_index=True)[1]))


def _events(
    rng: np.random.Generator,
    kind: int,
    customer: Ints,
    until: Moments,
    product: Ints,
    *,
    about: bool,
    share: float,
) -> Events:
    """An event for each of these sittings, up to ``share`` of a sitting before its end."""
    before = _seconds(share - 0.1 * rng.random(customer.size), SITTING_SECONDS)
    nobody = np.full(customer.size, -1)
    return Events(
        customer=customer if kind == SIGN_IN else nobody,
        visitor=customer,
        kind=np.full(customer.size, kind),
        at=until - before,
        product=product if about else nobody,
    )


def _after(rng: np.random.Generator, activity: Activity, share: float) -> Ints:
    """Positions of the purchases that are followed by something, each with this chance."""
    chosen = rng.random(len(activity.orders)) < share
    return np.flatnonzero(chosen & (activity.orders.returns_order < 0))


def _answers(
    rng: np.random.Generator, kind: int, customer: Ints, since: Moments, shares: Floats
) -> Feedback:
    lowest = 0 if kind == NPS else 1
    return Feedback(
        customer=customer,
        kind=np.full(customer.size, kind),
        score=lowest + rng.choice(shares.size, size=customer.size, p=shares),
        at=since + _seconds(0.05 + rng.random(customer.size) * ANSWER_DAYS, DAY_SECONDS),
    )


def _seconds(number: Floats, unit: int) -> np.ndarray:
    return (number * unit).astype(np.int64).astype("timedelta64[s]")
