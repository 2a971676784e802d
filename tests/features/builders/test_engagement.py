"""Visits, contacts and answers, by a table worked out on paper."""

from datetime import datetime, timedelta

import polars as pl

from features.builders.engagement import Engagement
from tests.shops.frames import built, inputs

AS_OF = datetime.fromisoformat("2026-03-01T12:00")
MOMENT = timedelta(microseconds=1)


def row(customer: int, before: timedelta, **values):
    return {"customer_pk": customer, "local_at": AS_OF - before, **values}


def days(number: float) -> timedelta:
    return timedelta(days=number)


def told(**frames) -> dict[int, tuple]:
    frame = built(Engagement(), inputs([], as_of=AS_OF, **frames))
    return {pk: tuple(values) for pk, *values in frame.rows()}


def test_a_window_holds_its_first_moment_and_not_its_end():
    events = [
        row(1, days(30), kind="visit"),
        row(1, days(30) + MOMENT, kind="visit"),
        row(1, days(2.5), kind="visit"),
        row(1, days(0), kind="visit"),
        row(1, days(1), kind="product_view"),
        row(1, days(1), kind="basket"),
        row(2, days(40), kind="product_view"),
        row(3, days(1), kind="sign_in"),
    ]
    assert told(events=events) == {
        1: (2, 1, 2, None, None, None),
        2: (0, 0, None, None, None, None),
    }


def test_contacts_of_the_last_90_days_and_the_newest_answer():
    contacts = [row(1, days(90)), row(1, days(90) + MOMENT), row(1, days(1)), row(2, days(100))]
    answers = [
        row(1, days(9), kind="nps", score=9),
        row(1, days(3), kind="nps", score=0),
        row(1, days(1), kind="csat", score=5),
        row(1, days(0), kind="nps", score=10),
        row(3, days(400), kind="nps", score=7),
    ]
    assert told(contacts=contacts, answers=answers) == {
        1: (None, None, None, 2, 0, None),
        2: (None, None, None, 0, None, None),
        3: (None, None, None, None, 7, None),
    }


def test_days_since_a_visit_are_whole_ones():
    events = [row(1, days(2), kind="visit"), row(2, days(2) - MOMENT, kind="visit")]
    assert {pk: values[2] for pk, values in told(events=events).items()} == {1: 2, 2: 1}


def test_an_empty_shop_has_the_columns():
    frame = built(Engagement(), inputs([], as_of=AS_OF))
    assert frame.schema == {
        "customer_pk": pl.Int64, "visits_30d": pl.Int32, "product_views_30d": pl.Int32,
        "last_visit_days": pl.Int32, "support_contacts_90d": pl.Int32, "last_nps": pl.Int16,
        "email_open_rate_90d": pl.Float32,
    }  # fmt: skip


def mail(customer: int, before: timedelta, kind: str, campaign: str | None, channel="email"):
    return row(customer, before, kind=kind, campaign=campaign, channel=channel)


def test_the_share_of_the_campaigns_sent_lately_that_were_opened_each_once():
    events = [
        mail(1, days(90), "sent", "a"),
        mail(1, days(89), "opened", "a"),
        mail(1, days(88), "opened", "a"),
        mail(1, days(50), "sent", "b"),
        mail(1, days(50), "delivered", "b"),
        mail(1, days(9), "delivered", "c"),
        mail(1, days(8), "clicked", "c"),
        mail(1, days(2), "sent", "d"),
        mail(1, days(0), "opened", "d"),
        mail(1, days(90) + MOMENT, "sent", "e"),
        mail(1, days(2), "opened", "e"),
        mail(1, days(2), "sent", "f", "sms"),
        mail(1, days(2), "sent", None),
        mail(2, days(2), "opened", "a"),
        mail(3, days(2), "sent", "a"),
    ]
    assert {pk: values[5] for pk, values in told(events=events).items()} == {1: 0.5, 3: 0.0}
