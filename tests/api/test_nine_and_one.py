"""A shop of ten, through import_file and refresh to the API, against what paper says."""

import pytest

from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(tmp_path, transactional_db, api_of):
    from tests.conftest import person

    load = bring_in(tmp_path, shop.ORDER_LINES)
    assert (load.read, load.loaded, load.rejected) == (18, 18, 0)
    return api_of(person("ann"))


def features_of(client, customer: str) -> dict:
    return client.get(f"/api/v1/customers/{customer}/features/").json()["features"]


RFM_NAMES = (
    "recency_days", "purchase_frequency", "purchase_monetary_value", "rfm_score", "rfm_group",
)  # fmt: skip


def test_every_rfm_figure_and_group(client):
    refreshed(shop.AS_OF)
    found = {c: tuple(features_of(client, c)[name] for name in RFM_NAMES) for c in shop.RFM}
    assert found == shop.RFM


def test_every_feature_of_one_customer(client):
    refreshed(shop.AS_OF)
    found = features_of(client, "A")
    assert {name: found[name] for name in shop.FEATURES_OF_A} == pytest.approx(shop.FEATURES_OF_A)


def test_windows_begin_at_their_midnight_and_move_with_as_of(client):
    refreshed(shop.AS_OF)
    today = {c: features_of(client, c)[name] for c, (name, _, _) in shop.WINDOWS.items()}
    refreshed(shop.A_DAY_LATER)
    later = {c: features_of(client, c)[name] for c, (name, _, _) in shop.WINDOWS.items()}
    assert today == {c: expected for c, (_, expected, _) in shop.WINDOWS.items()}
    assert later == {c: expected for c, (_, _, expected) in shop.WINDOWS.items()}


def test_a_day_later_everybody_is_a_day_more_silent_and_in_the_same_group(client):
    refreshed(shop.AS_OF)
    refreshed(shop.A_DAY_LATER)
    for customer, (recency, *_, score, group) in shop.RFM.items():
        found = features_of(client, customer)
        assert found["recency_days"] == (None if recency is None else recency + 1)
        assert (found["rfm_score"], found["rfm_group"]) == (score, group)


def test_an_order_after_as_of_does_not_count(client):
    from datetime import UTC, datetime

    refreshed(datetime(2026, 2, 28, 12, tzinfo=UTC))
    assert features_of(client, "A")["recency_days"] == 10
    assert features_of(client, "B")["recency_days"] is None


def test_the_segments_hold_the_groups(client):
    refreshed(shop.AS_OF)
    segments = client.get("/api/v1/segments/?page_size=100").json()["results"]
    sizes = {s["name"]: (s["size"], s["revenue"]) for s in segments if s["kind"] == "rfm"}
    assert sizes == {
        "Champions": (1, 35.0),
        "Loyal": (1, 50.0),
        "Active": (2, 55.0),
        "Promising": (1, 5.0),
        "New": (0, 0.0),
        "Needs attention": (0, 0.0),
        "Previously loyal": (1, 100.0),
        "At risk": (2, 95.0),
        "Almost lost": (0, 0.0),
        "Dormant": (1, 10.0),
        "Prospects": (1, 0.0),
    }
    at_risk = client.get("/api/v1/segments/at-risk/members/?sort=-recency_days").json()
    assert [(m["customer_id"], m["recency_days"]) for m in at_risk["results"]] == [
        ("H", 49), ("G", 30),
    ]  # fmt: skip
