"""`simulate_shop --campaigns`: files that come in, a truth apart, and the product that finds it."""

import json
from datetime import UTC, datetime

import polars as pl
import pytest

from campaigns.measuring import figures
from campaigns.models import Assignment, Campaign, Outcome
from core.services import configure_organisation
from tests.campaigns.launched import launched_campaign
from tests.cba_site.test_simulate_shop import SIZE, files, load, simulate

# Campaigns before their outcomes: an outcome belongs to a campaign that is known.
ORDER = ("customers", "products", "order_lines", "past_campaigns", "outcomes")


def truth_of(folder) -> list[dict]:
    return json.loads((folder / "truth/campaigns.json").read_text())


def test_campaigns_are_two_more_files_and_their_truth_lies_apart(tmp_path):
    plain, told, again = (tmp_path / name for name in ("plain", "told", "again"))
    simulate(plain)
    simulate(told, *SIZE, "--campaigns", "5")
    simulate(again, *SIZE, "--campaigns", "5")
    assert files(told) == files(again)
    assert set(files(told)) - set(files(plain)) == {
        "past_campaigns.csv", "outcomes.csv", "truth/campaigns.json", "truth/campaign_groups.csv",
    }  # fmt: skip
    for name in ("customers.csv", "products.csv", "consents.csv", "truth/segments.json"):
        assert files(told)[name] == files(plain)[name]
    past = pl.read_csv(told / "past_campaigns.csv")
    outcomes = pl.read_csv(told / "outcomes.csv")
    assert past.columns == ["campaign", "customer_id", "starts_at", "ends_at", "channel"]
    assert outcomes.columns == ["campaign", "customer_id", "kind", "at", "value"]
    assert set(outcomes["kind"]) == {"opened", "redeemed"}
    assert outcomes.filter(kind="redeemed")["value"].null_count() == 0


def test_the_truth_says_who_was_control_and_the_effect_by_latent_segment(tmp_path):
    simulate(tmp_path, *SIZE, "--campaigns", "5")
    groups = pl.read_csv(tmp_path / "truth/campaign_groups.csv")
    treated = groups.filter(group="treated").select("campaign", "customer_id")
    past = pl.read_csv(tmp_path / "past_campaigns.csv")
    assert past.select("campaign", "customer_id").equals(treated)
    kinds = dict(
        pl.read_csv(tmp_path / "truth/customers.csv").select("customer_id", "segment").rows()
    )
    for told in truth_of(tmp_path):
        mine = groups.filter(campaign=told["campaign"])
        assert (mine["group"] == "control").sum() == told["control"]
        assert (mine["group"] == "treated").sum() == told["treated"]
        segments = mine.filter(group="treated")["customer_id"].replace_strict(kinds)
        for each in told["segments"]:
            assert each["treated"] == (segments == each["segment"]).sum()
        for measure in ("extra_orders", "extra_revenue", "realised_extra_revenue"):
            parts = sum(each[measure] * each["treated"] for each in told["segments"])
            assert parts / told["treated"] == pytest.approx(told[measure])
    nothing, harm = truth_of(tmp_path)[1:3]
    assert (nothing["extra_revenue"], nothing["realised_extra_revenue"]) == (0.0, 0.0)
    assert harm["extra_revenue"] < 0 < truth_of(tmp_path)[0]["extra_revenue"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_campaigns_and_outcomes_come_in_without_a_reject(tmp_path, form):
    simulate(tmp_path, *SIZE, "--campaigns", "3", "--format", form)
    loads = {kind: load(tmp_path / f"{kind}.{form}") for kind in ORDER}
    for found in loads.values():
        assert (found.rejected, found.duplicate, found.identical) == (0, 0, 0)
    assert Campaign.objects.count() == 3
    assert Assignment.objects.count() == loads["past_campaigns"].read
    assert Outcome.objects.count() == loads["outcomes"].read


@pytest.mark.django_db(transaction=True)
def test_the_product_finds_the_true_effect_from_the_imported_orders(tmp_path):
    """Launched as they were simulated, with their control groups: the true revenue lies inside."""
    configure_organisation(time_zone="UTC")
    words = ("--customers", "3000", "--lines", "24000", "--seed", "3", "--campaigns", "5")
    simulate(tmp_path, *words, "--format", "parquet")
    for kind in ORDER[:3]:
        load(tmp_path / f"{kind}.parquet")
    groups = pl.read_csv(tmp_path / "truth/campaign_groups.csv")
    for told in truth_of(tmp_path):
        mine = groups.filter(campaign=told["campaign"])
        starts, ends = (
            datetime.fromisoformat(told[name]).replace(tzinfo=UTC)
            for name in ("starts_at", "ends_at")
        )
        campaign = launched_campaign(
            slug=told["campaign"],
            launched_at=starts,
            treated=mine.filter(group="treated")["customer_id"].to_list(),
            control=mine.filter(group="control")["customer_id"].to_list(),
            horizon_days=told["horizon_days"],
            control_share=1 - told["treated_share"],
        )
        found = figures(campaign, until=ends)
        revenue, orders, _ = found["metrics"]
        assert revenue["low"] <= told["extra_revenue"] <= revenue["high"]
        assert orders["low"] <= told["extra_orders"] <= orders["high"]
        assert not found["sample_ratio"]["alarm"]
        treated = found["arms"]["treated"]["customers"]
        assert treated == told["treated"]
        # The treated bought what was expected of them, within five errors of a count.
        bought = told["orders_without"] + told["extra_orders"]
        assert orders["treated"] == pytest.approx(bought, abs=5 * (bought / treated) ** 0.5)
