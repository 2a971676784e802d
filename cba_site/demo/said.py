"""Made-up support requests, survey answers and web visits, the same for the same seed.

They are marked synthetic, as the people are: pages show them, and no learner sees them.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl

SEED = 20170103
YEAR = 365
# Of the households: who asked for something, who answered how likely they recommend the shop.
ASKING, ANSWERING, VISITING = 0.15, 0.12, 0.40
AGAIN, RATING = 0.25, 0.4
MOST_HOURS = 6 * 24
# How often each NPS score from 0 to 10 is given.
SCORES = (2, 1, 2, 3, 4, 8, 9, 14, 22, 19, 16)
CHANNELS = ("email", "phone", "chat", "store")
# Subject, text, outcome, and how satisfied people are afterwards.
TOPICS = (
    ("Charged twice", "The same basket was charged twice on one day.", "refunded", (2, 3, 4)),
    ("Coupon not accepted", "The till did not take a coupon that is still good.", "coupon given",
     (3, 4, 5)),
    ("Something was spoilt", "An item was spoilt when it was opened at home.", "replaced",
     (3, 4, 5)),
    ("Missing from the shelf", "A usual product has been missing for two weeks.", "passed on",
     (2, 3, 4)),
    ("Loyalty card lost", "The card is lost; please send a new one.", "card sent", (4, 5)),
    ("Opening hours", "Asked whether the shop is open on the holiday.", "answered", (4, 5)),
    ("Long wait at the till", "Only one till was open on Saturday morning.", "apologised",
     (1, 2, 3)),
)  # fmt: skip
PRAISE = ("Friendly people, fresh vegetables.", "Good prices.", "Always find what I need.")
BLAME = ("The queues are too long.", "Too often sold out.", "The new layout is confusing.")
SITE = "https://shop.example.com"
MOST_VISITS, MOST_VIEWS = 10, 4
BASKET = 0.3


def interactions(customer_ids: Sequence[str], *, until: datetime) -> pl.DataFrame:
    """Support requests of the year before ``until``: the interactions kind's columns."""
    dice = random.Random(SEED)  # noqa: S311  (a repeatable demo, not a secret)
    return pl.DataFrame(
        [
            _request(one, dice, until)
            for one in sorted(customer_ids)
            if dice.random() < ASKING
            for _ in range(1 + (dice.random() < AGAIN))
        ]
    )


def feedback(
    customer_ids: Sequence[str], requests: pl.DataFrame, *, until: datetime
) -> pl.DataFrame:
    """Answers to surveys, some of them about the requests: the feedback kind's columns."""
    dice = random.Random(SEED + 1)  # noqa: S311  (a repeatable demo, not a secret)
    asked = [one for one in sorted(customer_ids) if dice.random() < ANSWERING]
    answers = [_recommendation(one, dice, until) for one in asked]
    return pl.DataFrame([*answers, *_ratings(requests, dice, until)], infer_schema_length=None)


def events(bought: Mapping[str, Sequence[str]], *, until: datetime) -> pl.DataFrame:
    """Visits to the web shop: the events kind's columns. A visitor signs in once; what they did
    before and after is known by the browser alone.

    ``bought`` are the skus that each household looks at.
    """
    dice = random.Random(SEED + 2)  # noqa: S311  (a repeatable demo, not a secret)
    rows: list[dict[str, Any]] = []
    for one in sorted(bought):
        if dice.random() < VISITING:
            visitor = f"web-{dice.getrandbits(64):016x}"
            days = sorted(dice.sample(range(YEAR), dice.randint(1, MOST_VISITS)), reverse=True)
            known = dice.choice(days)
            for day in days:
                names = one if day == known else None
                rows += _visit(visitor, names, bought[one], _moment(day, dice, until), dice)
    return pl.DataFrame(rows, infer_schema_length=None)


def _moment(days_before: int, dice: random.Random, until: datetime) -> datetime:
    """Some time of the day that ended so many days before a midnight, between 8 and 21."""
    return until - timedelta(days=days_before + 1) + timedelta(minutes=dice.randint(480, 1259))


def _request(customer_id: str, dice: random.Random, until: datetime) -> dict[str, str | None]:
    subject, text, outcome, _ = dice.choice(TOPICS)
    opened = _moment(dice.randrange(YEAR), dice, until)
    closed = opened + timedelta(minutes=dice.randint(10, MOST_HOURS * 60))
    ended = closed < until
    return {
        "customer_id": customer_id,
        "channel": dice.choice(CHANNELS),
        "opened_at": opened.isoformat(),
        "closed_at": closed.isoformat() if ended else None,
        "subject": subject,
        "text": text,
        "outcome": outcome if ended else None,
    }


def _recommendation(customer_id: str, dice: random.Random, until: datetime) -> dict[str, Any]:
    (score,) = dice.choices(range(11), SCORES)
    words = dice.choice(PRAISE if score > 8 else BLAME) if score > 8 or score < 7 else None
    at = _moment(dice.randrange(YEAR), dice, until)
    return _answer(customer_id, "nps", score, words, at)


def _ratings(
    requests: pl.DataFrame, dice: random.Random, until: datetime
) -> Iterator[dict[str, Any]]:
    satisfied = {subject: scores for subject, _, _, scores in TOPICS}
    for request in requests.drop_nulls("closed_at").iter_rows(named=True):
        closed = datetime.fromisoformat(request["closed_at"])
        at = closed + timedelta(minutes=dice.randint(30, 1440))
        if at < until and dice.random() < RATING:
            score = dice.choice(satisfied[request["subject"]])
            yield _answer(request["customer_id"], "csat", score, None, at)


def _answer(
    customer_id: str, kind: str, score: int, text: str | None, at: datetime
) -> dict[str, Any]:
    return {
        "customer_id": customer_id, "kind": kind, "score": score, "text": text,
        "at": at.isoformat(),
    }  # fmt: skip


def _visit(
    visitor: str, customer_id: str | None, skus: Sequence[str], at: datetime, dice: random.Random
) -> Iterator[dict[str, Any]]:
    """One sitting: the page that it begins with, what was looked at, what went into the basket."""

    def event(kind: str, address: str, sku: str | None = None, who: str | None = None) -> dict:
        nonlocal at
        at += timedelta(seconds=dice.randint(5, 240))
        return {
            "customer_id": who, "visitor_id": visitor, "kind": kind, "at": at.isoformat(),
            "sku": sku, "url": f"{SITE}/{address}",
        }  # fmt: skip

    yield event("visit", "")
    if customer_id is not None:
        yield event("sign_in", "account", who=customer_id)
    for sku in dice.sample(list(skus), min(len(skus), dice.randint(0, MOST_VIEWS))):
        yield event("product_view", f"products/{sku}", sku)
        if dice.random() < BASKET:
            yield event("basket", "basket", sku)
