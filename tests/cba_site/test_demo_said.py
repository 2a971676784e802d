"""What the demo's households are made up to have asked, answered and looked at."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from cba_site.demo import said
from customers.models import Customer, Feedback, Interaction
from tests.shops.coming_in import bring_in
from transactions.models import Event

UNTIL = datetime(2026, 11, 23, 5, tzinfo=UTC)
IDS = [str(number) for number in range(1, 2470)]
BOUGHT = {one: ["p1", "p2", "p3"] for one in IDS}


@pytest.fixture(scope="module")
def made() -> dict[str, pl.DataFrame]:
    requests = said.interactions(IDS, until=UNTIL)
    return {
        "interactions": requests,
        "feedback": said.feedback(IDS, requests, until=UNTIL),
        "events": said.events(BOUGHT, until=UNTIL),
    }


def test_the_same_seed_says_the_same(made):
    again = said.interactions(list(reversed(IDS)), until=UNTIL)
    assert made["interactions"].equals(again)
    assert made["feedback"].equals(said.feedback(IDS, again, until=UNTIL))
    assert made["events"].equals(said.events(BOUGHT, until=UNTIL))


def test_about_as_many_households_as_were_asked_for(made):
    nps = made["feedback"].filter(pl.col("kind") == "nps")
    shares = {
        "asking": made["interactions"]["customer_id"].n_unique() / len(IDS),
        "answering": nps["customer_id"].n_unique() / len(IDS),
        "visiting": made["events"]["customer_id"].drop_nulls().n_unique() / len(IDS),
    }
    assert shares == pytest.approx({"asking": 0.15, "answering": 0.12, "visiting": 0.4}, abs=0.02)
    assert made["events"]["visitor_id"].n_unique() == round(shares["visiting"] * len(IDS))


@pytest.mark.parametrize(
    ("kind", "column"),
    [("interactions", "opened_at"), ("interactions", "closed_at"), ("feedback", "at"),
     ("events", "at")],
)  # fmt: skip
def test_all_of_it_lies_in_the_last_year_of_data(made, kind, column):
    times = made[kind][column].drop_nulls().str.to_datetime(time_zone="UTC")
    assert times.min() >= UNTIL - timedelta(days=365)
    assert times.max() < UNTIL


@pytest.mark.django_db(transaction=True)
def test_it_enters_by_the_ordinary_door_and_is_marked(made, tmp_path):
    Customer.objects.bulk_create(Customer(customer_id=one, load_id=1) for one in IDS)
    synthetic = {"mapping": {"options": {"synthetic": True}}}
    loads = {kind: bring_in(tmp_path, rows.write_csv(), kind, **synthetic)
             for kind, rows in made.items()}  # fmt: skip
    assert {kind: (load.loaded, load.rejected) for kind, load in loads.items()} == {
        kind: (rows.height, 0) for kind, rows in made.items()
    }
    assert {load.notes["unknown_customers"] for load in loads.values()} == {0}
    for model in (Interaction, Feedback, Event):
        assert not model.objects.filter(is_synthetic=False).exists()
    assert not Event.objects.filter(customer=None).exists()
