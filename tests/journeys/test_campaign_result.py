"""The page of a campaign's result: opened by its verdict, in each of the states it can have."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.utils import timezone

from campaigns.models import Campaign, Origin, Outcome
from campaigns.services.results import update_results
from customers.models import Customer
from tests.campaigns.launched import launched_campaign
from tests.journeys.steps import sign_in
from tests.shops.coming_in import bring_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HEADER = "customer_id,order_id,occurred_at,amount\n"
TREATED = [f"t{i}" for i in range(160)]
CONTROL = [f"c{i}" for i in range(40)]


def measured(tmp_path: Path, *, gain: float, days: int, **options) -> Campaign:
    """A campaign of 28 days and 200 customers, so many days old, and a look at it."""
    now = timezone.now()
    launch = now - timedelta(days=days)
    campaign = launched_campaign(
        slug="october-coupon", launched_at=launch, treated=TREATED, control=CONTROL,
        excluded=["x1", "x2"], horizon_days=28, offer_cost_minor=500, **options,
    )  # fmt: skip
    dice = np.random.default_rng(4)
    lines = []
    for name in [*TREATED, *CONTROL]:
        rate = dice.gamma(2.0, 0.05)
        for day in range(-28, min(days, 28)):
            if dice.random() < rate:
                worth = dice.gamma(2, 10) + (gain if day >= 0 and name[0] == "t" else 0)
                at = launch + timedelta(days=day, hours=dice.uniform(0, 24))
                if at < now:
                    lines.append(f"{name},{name}@{day},{at.isoformat()},{worth:.2f}\n")
    bring_in(tmp_path, HEADER + "".join(lines) + f"z,last,{now.isoformat()},1.00\n")
    pk_of = dict(Customer.objects.values_list("customer_id", "pk"))
    for name in TREATED[:24]:
        Outcome.objects.create(
            campaign=campaign, customer_id=pk_of[name], kind="redeemed",
            at=launch + timedelta(hours=1),
        )  # fmt: skip
    for back in (5, 0):
        update_results(now - timedelta(days=back))
    return campaign


def shown(page, live_server, accessible, campaign: Campaign) -> str:
    """The heading of the page, which axe finds nothing to say about."""
    sign_in(page, live_server, "mara")
    page.goto(f"{live_server.url}/campaigns/{campaign.pk}/result/")
    accessible(page)
    assert page.errors == []
    return page.locator("h1").inner_text()


def test_a_gain_opens_with_its_sentence_and_is_drawn_with_its_band(
    page, live_server, accessible, tmp_path
):
    campaign = measured(tmp_path, gain=25.0, days=30, variants=["Plain", "Warm"])
    heading = shown(page, live_server, accessible, campaign)
    assert heading.startswith("It brought $")
    assert " more per customer in 28 days, between $" in heading
    assert "more revenue" in page.locator(".actions").inner_text()
    assert page.locator("svg .interval path.span").count() == 2
    assert "Frozen with: " in page.locator("main").inner_text()
    assert page.get_by_text("redeemed").is_visible()


def test_not_enough_evidence_has_a_look_of_its_own(page, live_server, accessible, tmp_path):
    campaign = measured(tmp_path, gain=0.0, days=30, origin=Origin.SIMULATED)
    heading = shown(page, live_server, accessible, campaign)
    assert heading.startswith("Not enough evidence: ")
    assert page.locator("svg .unsure path.span").count() == 2
    assert page.locator("svg .interval").count() == 0
    assert "Outcomes are simulated." in page.locator(".opening").inner_text()


def test_before_the_horizon_it_says_how_far_it_is(page, live_server, accessible, tmp_path):
    campaign = measured(tmp_path, gain=0.0, days=12)
    assert shown(page, live_server, accessible, campaign) == "Too early: 12 of 28 days."


def test_history_shows_who_got_it_and_no_lift(page, live_server, accessible, tmp_path):
    campaign = measured(tmp_path, gain=25.0, days=30, origin=Origin.HISTORY)
    heading = shown(page, live_server, accessible, campaign)
    assert heading == "160 customers got it, 24 redeemed."
    words = page.locator("main").inner_text()
    assert "Targeted, not randomised: no causal claim." in words
    assert "Extra revenue" not in words
    assert "per customer" not in words
