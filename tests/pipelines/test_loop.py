"""Once around: rows, a campaign, what it brought, and a model that has learnt from it."""

import json
import time
from datetime import timedelta
from statistics import mean
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db.models import F
from django.test import Client
from django.utils import timezone

from campaigns.models import Assignment, Campaign, Message, MessageState, Result
from campaigns.outbox import file_of_message, written
from pipelines.flow import strike
from runs.models import ModelVersion, Run, RunState
from tests.conftest import PASSWORD
from tests.pipelines.test_kills import PATIENCE, wait_until, worker
from tests.shops.simulated import order_lines

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

HORIZON = 28
# So long ago the campaign was launched when its result is asked for: its horizon is over, and the
# orders of its last days are waited for no longer.
SINCE_LAUNCH = timedelta(days=HORIZON + 4)
CAMPAIGN = {
    "name": "Come back",
    "audience": {"definition": {"feature": "churn_probability", "op": ">=", "value": 0.02}},
    "channel": "email",
    "control_share": 0.3,
    "horizon_days": HORIZON,
    "offer_cost": "1.00",
    "variants": [
        {"name": "A", "subject": "{{ first_name|Hello }}", "body": "{{ products:2|Come in }}"}
    ],
}
WITH_CONSENT = [f"c{number}" for number in range(1, 201)]


def test_from_a_file_to_a_measured_campaign_and_a_model_that_knows_of_it(mara, sam, ann, api_of):
    marketing, sales, analyst = api_of(mara), api_of(sam), api_of(ann)
    # Nobody buys by themselves after the day that the launch will have been on.
    before = (timezone.now() - SINCE_LAUNCH).date() - timedelta(days=1)
    with worker():
        bring_in(analyst, "order_lines", order_lines(last_day=before))
        bring_in(analyst, "customers", "customer_id,name,email\n", "{0},Kim Lee,{0}@mail.example\n")
        bring_in(
            analyst, "consents", "customer_id,channel,granted,at\n", "{},email,yes,2025-01-01\n"
        )
        call_command("refresh", queue=True)
        first = ModelVersion.objects.get(name="orders")
        campaign = approved_and_launched(marketing, sales)
        treated, control = group(campaign, "treated"), group(campaign, "control")
        letters = outbox(campaign, of=len(treated))
        campaign = weeks_pass(campaign)
        spent = {one: 50 + place % 20 for place, one in enumerate(treated)}
        spent |= {one: 10 + place % 5 for place, one in enumerate(control[::2])}
        buy(analyst, spent, at=campaign.launched_at + timedelta(days=9))
        strike(now=timezone.now())
        newest = trained_by(ann)
    told = marketing.get(f"/api/v1/campaigns/{campaign.pk}/results/").json()

    assert first.parameters["campaigns"]["treated_customers"] == 0
    assert {*treated, *control} <= {*WITH_CONSENT}
    # By the hash of a salt: of 192 about 58 are held out, give or take six.
    assert 30 < len(control) < 90 < len(treated)
    assert sorted(letters) == sorted(f"{one}@mail.example" for one in treated)
    assert_measured(told, [spent[one] for one in treated], [spent.get(one, 0) for one in control])
    campaign.refresh_from_db()
    assert campaign.state == "finished"
    assert newest.pk > first.pk
    assert newest.parameters["campaigns"]["treated_customers"] == len(treated)
    assert newest.verdict.startswith("Promoted" if newest.promoted else "Not promoted")
    assert [row["method"] for row in newest.evaluation["rows"]][:2] == ["promoted", "base_rate"]


def assert_measured(told: dict[str, Any], treated: list[int], control: list[int]) -> None:
    revenue = told["metrics"][0]
    assert told["frozen"] is True
    assert revenue["treated"] == pytest.approx(mean(treated))
    assert revenue["control"] == pytest.approx(mean(control))
    assert revenue["unadjusted"]["estimate"] == pytest.approx(mean(treated) - mean(control))
    assert revenue["low"] < mean(treated) - mean(control) < revenue["high"]
    assert told["money"]["cost"] == len(treated)
    assert (told["verdict"][:12], told["verdict"][-19:]) == ("It brought $", "It paid for itself.")


def bring_in(analyst, kind: str, text: str, row: str = "") -> None:
    """By upload; ``row`` is written for each customer with consent."""
    content = text + "".join(row.format(one) for one in WITH_CONSENT if row)
    sent = {"file": SimpleUploadedFile(f"{kind}.csv", content.encode()), "kind": kind}
    answer = analyst.post("/api/v1/imports/", sent, format="multipart")
    assert answer.status_code == 202, answer.json()
    wait_until(Run.objects.get(pk=answer.json()["run"]), succeeded)


def approved_and_launched(marketing, sales) -> Campaign:
    made = marketing.post("/api/v1/campaigns/", CAMPAIGN, format="json")
    assert made.status_code == 201, made.json()
    address = f"/api/v1/campaigns/{made.json()['id']}"
    for client, verb in ((sales, "approve"), (marketing, "launch")):
        answer = client.post(f"{address}/{verb}/")
        assert answer.status_code in (200, 202), answer.json()
    return Campaign.objects.get(pk=made.json()["id"])


def group(campaign: Campaign, decision: str) -> list[str]:
    of = Assignment.objects.filter(campaign=campaign, decision=decision).order_by("customer_id")
    return list(of.values_list("customer__customer_id", flat=True))


def outbox(campaign: Campaign, *, of: int) -> list[str]:
    """The addresses of all letters, when all have left."""
    follows("deliver")
    sent = Message.objects.filter(campaign=campaign, state=MessageState.SENT)
    letters = [written(file_of_message(pk)) for pk in sent.values_list("pk", flat=True)]
    assert len(letters) == of
    return [letter["To"] for letter in letters]


def weeks_pass(campaign: Campaign) -> Campaign:
    """Nobody can wait for them here."""
    dates = {name: F(name) - SINCE_LAUNCH for name in ("launched_at", "ends_at")}
    Campaign.objects.filter(pk=campaign.pk).update(**dates)
    campaign.refresh_from_db()
    return campaign


def buy(analyst, spent: dict[str, int], *, at) -> None:
    lines = [
        {"customer_id": one, "order_id": f"new-{one}", "occurred_at": at.isoformat(), "sku": "p1",
         "amount": amount}
        for one, amount in spent.items()
    ]  # fmt: skip
    body = json.dumps(lines)
    answer = analyst.post("/api/v1/transactions/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["loaded"]) == (200, len(spent))
    follows("measure")
    assert Result.objects.get().frozen


def trained_by(ann) -> ModelVersion:
    page = Client()
    page.login(email=ann.email, password=PASSWORD)
    page.post("/predictions/orders/train/")
    follows("train")
    return ModelVersion.objects.filter(name="orders").latest("pk")


def follows(name: str) -> Run:
    """The run of this name, once the worker has come to it and ended it well."""
    deadline = time.monotonic() + PATIENCE
    while (run := Run.objects.filter(name=name).first()) is None:
        assert time.monotonic() < deadline, f"no {name}"
        time.sleep(0.1)
    return wait_until(run, succeeded)


def succeeded(run: Run) -> bool:
    assert run.state not in (RunState.FAILED, RunState.CANCELLED), run.error
    return run.state == RunState.SUCCEEDED
