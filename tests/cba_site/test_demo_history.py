"""The demo's past campaigns come in whole through the ordinary doors."""

from datetime import timedelta

import polars as pl
import pytest
from django.utils import timezone

from campaigns.models import Assignment, Campaign, Origin, Outcome, Result
from campaigns.services.results import update_results
from cba_site.demo.files import published
from cba_site.demo.prepare import SOURCE, _parts
from core.selectors import organisation_zone
from core.services import configure_organisation
from customers.models import Customer
from ingestion.models import Load
from ingestion.services import load_file, receive_file
from runs.services import perform
from transactions.models import Source

pytestmark = pytest.mark.django_db(transaction=True)
SHIFT = 3248


@pytest.fixture
def history(tmp_path, settings):
    """Both parts, loaded; all households are known, and their source's dates move by 464 weeks."""
    settings.CBA_HOME = tmp_path
    configure_organisation(time_zone="America/New_York", is_demo=True)
    Source.objects.create(name=SOURCE, shift_days=SHIFT)
    households = pl.read_parquet(published("campaigns"))["household_id"].unique()
    Customer.objects.bulk_create(
        Customer(customer_id=str(one), load_id=1) for one in households.to_list()
    )
    for part in _parts():
        if part.kind in ("past_campaigns", "outcomes"):
            load = receive_file(
                path=part.make(), kind=part.kind, source=SOURCE, preset=part.preset,
                send=False,
            )  # fmt: skip
            perform(run=load.run, job=load_file)


def test_27_campaigns_with_6589_members_and_2102_redeemed_coupons(history):
    loads = {load.kind: load for load in Load.objects.all()}
    assert (loads["past_campaigns"].loaded, loads["past_campaigns"].rejected) == (6589, 0)
    assert (loads["outcomes"].loaded, loads["outcomes"].rejected) == (2102, 0)
    assert Campaign.objects.filter(origin=Origin.HISTORY).count() == 27
    assert (Assignment.objects.count(), Outcome.objects.count()) == (6589, 2102)


def test_its_figures_are_who_got_it_and_who_redeemed_and_no_lift(history):
    update_results(timezone.now())
    assert Result.objects.count() == 27
    result = Result.objects.get(campaign__slug="coupons-18")
    assert result.verdict == "1,133 customers got it, 214 redeemed."
    assert result.figures["lede"].startswith("Targeted, not randomised: no causal claim.")
    assert result.figures["metrics"] == []
    got = Assignment.objects.filter(campaign__slug="coupons-18").count()
    redeemed = Outcome.objects.filter(campaign__slug="coupons-18")
    assert (got, redeemed.values("customer_id").distinct().count()) == (1133, 214)


def test_its_dates_move_as_the_orders_do(history):
    campaign = Campaign.objects.get(slug="coupons-18")
    local = campaign.launched_at.astimezone(organisation_zone())
    assert (local - timedelta(days=SHIFT)).strftime("%Y-%m-%d %H:%M") == "2017-10-30 00:00"
    assert campaign.horizon_days == 55
