"""A new order reaches its customer's features, groups, scores, segments, list and page at once."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from customers.models import Customer
from features.frames import customer_features, snapshot
from pipelines.services import update_customers
from predictions.selectors import customer_predictions
from runs.models import Run, RunState
from runs.services import perform, request
from segmentation.models import Membership, Segment
from segmentation.services import create_segment
from tests.conftest import PASSWORD
from tests.pipelines.test_kills import worker
from tests.shops.coming_in import bring_in, refreshed
from tests.shops.opened_once import opened_once
from tests.shops.simulated import order_lines

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

LATER = datetime(2026, 1, 1, tzinfo=UTC)
BACK = {"all": [
    {"feature": "recency_days", "op": "<", "value": 3},
    {"feature": "churn_probability", "op": "<", "value": 0.999},
]}  # fmt: skip
PATIENCE = 60


@opened_once
def open_learnt(folder: Path) -> None:
    """A shop with models, whose last order is of 2025."""
    bring_in(folder, order_lines())
    refreshed(LATER)
    refreshed(LATER + timedelta(days=300), only=["features", "scores", "segments", "lists"])


@pytest.fixture
def learnt(tmp_path, mara):
    """Nobody is in the segment."""
    open_learnt(tmp_path)
    create_segment(name="Just back", definition=BACK, actor=mara)


def post(client, customer: str, order: str = "new1"):
    at = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    lines = [
        {"customer_id": customer, "order_id": order, "occurred_at": at, "sku": sku, "amount": 41.5}
        for sku in ("p1", "p2", "p3")
    ]
    body = json.dumps(lines)
    return client.post("/api/v1/transactions/", body, content_type="application/json")


def posted_and_updated(client, customer: str) -> Run:
    load = post(client, customer, f"of {customer}").json()
    pks = Run.objects.get(pk=load["run"]).result["customers"]
    assert pks == [Customer.objects.get(customer_id=customer).pk]
    run = request(name="update_customers", task="t", arguments={"customers": pks}, send=False)
    ended = perform(run=run, job=update_customers)
    assert (ended.error, ended.state) == ("", RunState.SUCCEEDED)
    return ended


def differing(one: dict, other: dict) -> dict:
    return {
        name: (value, other[name])
        for name, value in one.items()
        if value != (pytest.approx(other[name]) if isinstance(value, float) else other[name])
    }


def inside(slug: str) -> set[str]:
    now = Membership.objects.filter(segment__slug=slug, left_at=None)
    return set(now.values_list("customer__customer_id", flat=True))


def test_what_is_said_of_one_customer_is_what_a_full_refresh_would_say(learnt, ann, api_of):
    customer = Customer.objects.get(customer_id="c7")
    others = snapshot().collect().filter(snapshot().collect()["customer_pk"] != customer.pk)
    client = api_of(ann)
    ended = posted_and_updated(client, "c7")

    now, told = customer_features(customer.pk), customer_predictions(customer.pk)
    after = snapshot().collect().filter(snapshot().collect()["customer_pk"] != customer.pk)
    assert after.equals(others)
    assert now["recency_days"] == 0
    assert inside("just-back") == {"c7"}
    assert (Segment.objects.get(slug="just-back").size, told.as_of) == (
        1, datetime.fromisoformat(ended.result["as_of"]),
    )  # fmt: skip

    refreshed(
        datetime.fromisoformat(ended.result["as_of"]), only=["features", "segments", "scores"]
    )
    anew, said = customer_features(customer.pk), customer_predictions(customer.pk)
    # Clusters are found anew by a refresh, and may have other names.
    assert set(differing(now, anew)) <= {"cluster"}
    assert [(r.feature, r.words) for r in told.reasons] == [
        (r.feature, r.words) for r in said.reasons
    ]


def test_a_posted_order_changes_everything_of_its_customer_through_the_worker(learnt, ann, api_of):
    client, page = api_of(ann), Client()
    page.login(email=ann.email, password=PASSWORD)
    refreshes = Run.objects.filter(name="refresh").count()
    seen = {
        name: client.get(f"/api/v1/customers/c7/{name}/").json()
        for name in ("features", "predictions", "recommendations")
    }
    before = page.get("/customers/c7/").content.decode()
    with worker():
        answer = post(client, "c7")
        posted = time.monotonic()
        assert answer.status_code == 200
        ended = until_updated(posted)
    assert ended.state == RunState.SUCCEEDED, ended.error
    now = {name: client.get(f"/api/v1/customers/c7/{name}/").json() for name in seen}
    assert now["features"]["features"]["recency_days"] == 0
    assert seen["features"]["features"]["recency_days"] > 250
    assert now["features"]["features"]["rfm_group"] != seen["features"]["features"]["rfm_group"]
    assert now["predictions"]["churn_probability"] < seen["predictions"]["churn_probability"]
    assert now["predictions"]["reasons"] != seen["predictions"]["reasons"]
    assert now["recommendations"] != seen["recommendations"]
    assert inside("just-back") == {"c7"}
    after = page.get("/customers/c7/").content.decode()
    words = now["predictions"]["reasons"][0]["words"]
    assert words not in before
    assert words in after
    assert now["features"]["features"]["rfm_group"] in after
    # The refresh of everybody waits; nothing of this was its work.
    assert Run.objects.filter(name="refresh").exclude(state=RunState.QUEUED).count() == refreshes


def until_updated(posted: float) -> Run:
    while time.monotonic() - posted < PATIENCE:
        run = Run.objects.filter(name="update_customers", finished_at__isnull=False).first()
        if run is not None:
            return run
        time.sleep(0.05)
    raise AssertionError(list(Run.objects.values_list("name", "state", "error")))
