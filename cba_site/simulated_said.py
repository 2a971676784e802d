"""The people of a simulated shop and what they did and said, as the kinds' frames."""

from collections.abc import Callable, Iterator

import numpy as np
import polars as pl

from analytics.simulation import Shop
from analytics.simulation.names import draw_people, plain, pool
from analytics.simulation.voices import (
    EVENT_KINDS,
    FEEDBACK_KINDS,
    NPS,
    REQUEST_CHANNELS,
    SIGN_IN,
    Interactions,
    draw_events,
    draw_feedback,
    draw_interactions,
)
from cba_site.demo.said import BLAME, PRAISE, SITE, TOPICS
from cba_site.simulated_columns import customer_ids, moments, named, skus

# Streams of their own: nothing here shifts a number of what is bought.
PEOPLE, EVENTS, INTERACTIONS, FEEDBACK = range(300, 304)
COUNTRY_CODE = "+999"
LEAST_PRAISING, LEAST_SILENT = 9, 7


def people_columns(shop: Shop) -> dict[str, pl.Series]:
    """name, email, phone and address of each customer, none of whom exists."""
    people = draw_people(_stream(shop, PEOPLE), len(shop.customers))
    of = pool()
    first, last = pl.Series(of.first), pl.Series(of.last)
    local = [pl.Series(plain(part)) for part in (of.first, of.last)]
    columns = pl.select(
        name=_joined(first.gather(people.first), " ", last.gather(people.last)),
        email=_joined(
            local[0].gather(people.first), ".", local[1].gather(people.last), ".",
            pl.Series(np.arange(1, len(people) + 1)).cast(pl.String), "@example.com",
        ),
        phone=_joined(COUNTRY_CODE, pl.Series(people.phone).cast(pl.String).str.zfill(9)),
        address=pl.Series(of.street).gather(people.street),
    )  # fmt: skip
    return columns.to_dict()


def said_frames(shop: Shop) -> Iterator[tuple[str, Callable[[], pl.DataFrame]]]:
    """Kind and frame, each made only when it is asked for: a large shop has one at a time."""
    yield "events", lambda: _events(shop)
    yield "interactions", lambda: _interactions(shop)
    yield "feedback", lambda: _feedback(shop)


def _events(shop: Shop) -> pl.DataFrame:
    events = draw_events(_stream(shop, EVENTS), shop.history)
    product = pl.Series(events.product)
    sku = skus(shop).gather(product.replace(-1, None))
    kind = named(EVENT_KINDS, events.kind)
    who = pl.Series(np.where(events.kind == SIGN_IN, events.customer, -1)).replace(-1, None)
    return pl.DataFrame(
        {
            "customer_id": customer_ids(shop).gather(who),
            "visitor_id": _joined("web-", customer_ids(shop).gather(events.visitor)),
            "kind": kind,
            "at": moments(events.at),
            "sku": sku,
        }
    ).with_columns(
        url=pl.concat_str(
            pl.lit(f"{SITE}/"),
            pl.when(pl.col("sku").is_not_null())
            .then(pl.concat_str(pl.lit("products/"), "sku"))
            .otherwise(pl.lit("")),
        )
    )


def _interactions(shop: Shop) -> pl.DataFrame:
    made = _requests(shop)
    closed = np.isnat(made.closed_at)
    outcome = named([topic[2] for topic in TOPICS], made.topic)
    return pl.DataFrame(
        {
            "customer_id": customer_ids(shop).gather(made.customer),
            "channel": named(REQUEST_CHANNELS, made.channel),
            "opened_at": moments(made.opened_at),
            "closed_at": moments(made.closed_at),
            "subject": named([topic[0] for topic in TOPICS], made.topic),
            "text": named([topic[1] for topic in TOPICS], made.topic),
            "outcome": outcome.set(pl.Series(closed), None),
        }
    )


def _feedback(shop: Shop) -> pl.DataFrame:
    rng = _stream(shop, FEEDBACK)
    made = draw_feedback(rng, shop.history, _requests(shop), end=_end(shop))
    word = named(PRAISE, rng.integers(len(PRAISE), size=len(made)))
    blame = named(BLAME, rng.integers(len(BLAME), size=len(made)))
    nps, score = pl.lit(made.kind == NPS), pl.col("score")
    return pl.DataFrame(
        {
            "customer_id": customer_ids(shop).gather(made.customer),
            "kind": named(FEEDBACK_KINDS, made.kind),
            "score": made.score,
            "at": moments(made.at),
        }
    ).with_columns(
        text=pl.when(nps & (score >= LEAST_PRAISING))
        .then(word)
        .when(nps & (score < LEAST_SILENT))
        .then(blame)
    )


def _requests(shop: Shop) -> Interactions:
    return draw_interactions(
        _stream(shop, INTERACTIONS), shop.history, topics=len(TOPICS), end=_end(shop)
    )


def _end(shop: Shop) -> np.datetime64:
    return np.datetime64(shop.options.end_day, "s")


def _stream(shop: Shop, part: int) -> np.random.Generator:
    return np.random.default_rng([shop.options.seed, part])


def _joined(*parts: pl.Series | str) -> pl.Series:
    written = [pl.lit(part) for part in parts]
    return pl.select(pl.concat_str(written)).to_series()
