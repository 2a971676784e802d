"""Outcomes and past campaigns as files: what enters, what is turned away and why, what goes out."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.models import Assignment, Campaign, Outcome
from campaigns.services.results import update_results
from core.errors import Conflict
from customers.models import Customer
from ingestion.models import Reject
from ingestion.services import request_undo, undo_load
from runs.services import perform
from tests.campaigns.launched import launched_campaign
from tests.shops.coming_in import bring_in
from transactions.models import Source

pytestmark = pytest.mark.django_db(transaction=True)
LAUNCH = datetime(2026, 3, 1, tzinfo=UTC)
HEADER = "campaign,customer_id,kind,at,value\n"
PAST = "campaign,customer_id,starts_at,ends_at,name\n"


@pytest.fixture
def spring():
    return launched_campaign(launched_at=LAUNCH, treated=["A"], control=["B"], excluded=["X"])


def counts(load) -> tuple[int, ...]:
    return (load.read, load.loaded, load.changed, load.identical, load.duplicate, load.rejected)


def reasons(load) -> list[tuple[int, str, str, str]]:
    rows = Reject.objects.filter(load=load).order_by("row")
    return list(rows.values_list("row", "column", "value", "reason"))


def test_outcomes_enter_by_the_campaigns_short_name_or_its_name(tmp_path, spring):
    rows = "spring,A,redeemed,2026-03-02T10:00:00Z,2.50\nSpring,B,clicked,2026-03-02T10:00:00Z,\n"
    assert counts(bring_in(tmp_path, HEADER + rows, "outcomes")) == (2, 2, 0, 0, 0, 0)
    assert list(Outcome.objects.order_by("id").values_list("kind", "value_minor")) == [
        ("redeemed", 250),
        ("clicked", None),
    ]


def test_the_same_outcomes_again_change_nothing(tmp_path, spring):
    row = "spring,A,redeemed,2026-03-02T10:00:00Z,2.50\n"
    assert counts(bring_in(tmp_path, HEADER + row + row, "outcomes")) == (2, 1, 0, 0, 1, 0)
    assert counts(bring_in(tmp_path, HEADER + row, "outcomes")) == (1, 0, 0, 1, 0, 0)
    corrected = row.replace("2.50", "3.00")
    assert counts(bring_in(tmp_path, HEADER + corrected, "outcomes")) == (1, 0, 1, 0, 0, 0)


def test_what_belongs_to_no_customer_of_a_launched_campaign_is_turned_away(tmp_path, spring):
    rows = (
        "autumn,A,redeemed,2026-03-02T10:00:00Z,\n"
        "spring,nobody,redeemed,2026-03-02T10:00:00Z,\n"
        "spring,X,redeemed,2026-03-02T10:00:00Z,\n"
        "spring,A,redeemed,2026-02-28T23:59:59Z,\n"
        "spring,A,redeemed,2026-03-02T10:00:00Z,\n"
    )
    load = bring_in(tmp_path, HEADER + rows, "outcomes")
    assert counts(load) == (5, 1, 0, 0, 0, 4)
    assert reasons(load) == [
        (2, "campaign", "autumn", "no campaign has this name"),
        (3, "customer_id", "nobody", "no customer of ours"),
        (4, "customer_id", "X", "this customer is not in the campaign"),
        (5, "at", "2026-02-28 23:59:59+00", "before the campaign's launch"),
    ]
    assert not Customer.objects.filter(customer_id="nobody").exists()


def test_a_name_that_two_campaigns_have_does_not_say_which(tmp_path, spring):
    launched_campaign(slug="Spring-2", launched_at=LAUNCH, treated=["A"])
    Campaign.objects.filter(slug="Spring-2").update(name="Spring")
    row = "Spring,A,redeemed,2026-03-02T10:00:00Z,\n"
    load = bring_in(tmp_path, HEADER + row, "outcomes")
    assert reasons(load) == [(2, "campaign", "Spring", "several campaigns have this name")]


def test_an_undo_takes_the_outcomes_out_again(tmp_path, spring):
    load = bring_in(tmp_path, HEADER + "spring,A,redeemed,2026-03-02T10:00:00Z,\n", "outcomes")
    perform(run=request_undo(load=load, send=False), job=undo_load)
    assert Outcome.objects.count() == 0


def test_past_campaigns_and_what_came_of_them_move_on_with_their_source(tmp_path):
    Source.objects.create(name="old", shift_days=14)
    Customer.objects.bulk_create(Customer(customer_id=name, load_id=1) for name in "ABC")
    members = "".join(f"coupon,{name},2026-01-01,2026-02-01,Coupons\n" for name in "ABCZ")
    load = bring_in(tmp_path, PAST + members, "past_campaigns", source="old")
    assert counts(load) == (4, 3, 0, 0, 0, 1)
    coupon = Campaign.objects.get(slug="coupon")
    assert (coupon.launched_at, coupon.horizon_days) == (datetime(2026, 1, 15, tzinfo=UTC), 31)
    used = "coupon,A,redeemed,2026-01-01T00:00:01Z,\ncoupon,A,redeemed,2026-01-09,\n"
    bring_in(tmp_path, HEADER + used, "outcomes", source="old")
    (result,) = update_results(LAUNCH)
    assert (result.verdict, result.frozen) == ("3 customers got it, 1 redeemed.", False)
    assert result.figures["lede"].startswith("Targeted, not randomised: no causal claim.")
    assert result.figures["metrics"] == []
    assert "course" not in result.figures
    assert update_results(LAUNCH + timedelta(days=1)) == []


def test_past_campaigns_go_out_as_a_whole_and_only_when_nothing_hangs_on_them(tmp_path):
    Customer.objects.create(customer_id="A", load_id=1)
    members = bring_in(tmp_path, PAST + "coupon,A,2026-01-01,2026-02-01,\n", "past_campaigns")
    outcome = HEADER + "coupon,A,redeemed,2026-01-09,\n"
    used = bring_in(tmp_path, outcome, "outcomes")
    with pytest.raises(Conflict, match="1 outcomes of other loads belong to its campaigns"):
        request_undo(load=members)
    perform(run=request_undo(load=used, send=False), job=undo_load)
    perform(run=request_undo(load=members, send=False), job=undo_load)
    assert (Campaign.objects.count(), Assignment.objects.count()) == (0, 0)


def test_a_past_campaign_is_no_campaign_that_was_launched_here(tmp_path, spring):
    load = bring_in(tmp_path, PAST + "spring,B,2026-01-01,2026-02-01,\n", "past_campaigns")
    assert reasons(load) == [
        (2, "campaign", "spring", "a campaign that was launched here has this name")
    ]
    wrong = "a b,A,2026-01-01,2026-02-01,\ncoupon,A,2026-01-01,2026-01-01,\n"
    told = reasons(bring_in(tmp_path, PAST + wrong, "past_campaigns"))
    assert [row[3] for row in told] == ["no short name", "not after its start"]
