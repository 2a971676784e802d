"""Outcomes of campaigns reach the training, and the version says how many it has seen."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.models import Assignment, Campaign, Decision, Origin, Outcome
from core.services import configure_organisation
from customers.models import Customer
from features.building import record_shop
from pipelines.trainers import campaign_outcomes
from pipelines.training import request_training, train
from predictions.treated import OUTCOME_SCHEMA
from runs.models import ModelVersion, Run
from runs.services import perform
from tests.shops.coming_in import bring_in, refreshed
from tests.shops.simulated import order_lines

pytestmark = pytest.mark.django_db(transaction=True)

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
LAUNCH = AS_OF - timedelta(days=20)


def a_campaign(slug: str, origin: Origin) -> Campaign:
    return Campaign.objects.create(
        slug=slug, name=slug, definition={}, channel="email", horizon_days=28, salt="s",
        origin=origin, launched_at=LAUNCH, ends_at=AS_OF,
    )  # fmt: skip


def assign(campaign: Campaign, customer: Customer, decision: Decision) -> None:
    Assignment.objects.create(campaign=campaign, customer=customer, decision=decision)


def test_the_frame_holds_all_treated_of_our_own_campaigns_by_the_shops_clock():
    configure_organisation(time_zone="America/New_York", currency="USD")
    one, two, three = (Customer.objects.create(customer_id=c, load_id=1) for c in "ABC")
    ours, old = a_campaign("ours", Origin.OWN), a_campaign("old", Origin.HISTORY)
    assign(ours, one, Decision.TREATED)
    assign(ours, two, Decision.TREATED)
    assign(ours, three, Decision.CONTROL)
    assign(old, three, Decision.TREATED)
    at = LAUNCH + timedelta(days=1)
    Outcome.objects.create(campaign=ours, customer=one, kind="clicked", at=at, value_minor=250)
    frame = campaign_outcomes(record_shop())
    assert dict(frame.schema) == OUTCOME_SCHEMA
    launched = datetime.fromisoformat("2025-12-11T19:00")
    assert frame.rows() == [
        (one.pk, launched, "clicked", launched + timedelta(days=1), 2.5),
        (two.pk, launched, None, None, None),
    ]


def test_a_retraining_says_what_it_has_seen_and_left_out(tmp_path, ann):
    bring_in(tmp_path, order_lines())
    refreshed(AS_OF, only=["features"])
    ours = a_campaign("ours", Origin.OWN)
    treated = list(Customer.objects.order_by("pk")[:60])
    for customer in treated:
        assign(ours, customer, Decision.TREATED)
    Outcome.objects.create(campaign=ours, customer=treated[0], kind="redeemed", at=LAUNCH)
    run = request_training(models=["orders"], profile="fast", actor=ann, send=False)
    Run.objects.filter(pk=run.pk).update(arguments={**run.arguments, "as_of": AS_OF.isoformat()})
    run.refresh_from_db()
    assert perform(run=run, job=train).error == ""
    version = ModelVersion.objects.get(name="orders")
    seen = version.parameters["campaigns"]
    assert (seen["outcomes"], seen["treated_customers"]) == (1, 60)
    assert 0 < seen["rows_left_out"] < seen["rows"]
    assert (
        f"{seen['rows_left_out']:,} of {seen['rows']:,} rows were not learnt from"
        in (version.evaluation["protocol"])
    )
