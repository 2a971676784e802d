"""What a campaign brought, by a table worked out by hand; and what freezes it."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy import stats

from campaigns.models import Outcome, Result
from campaigns.services.results import GRACE, update_results
from core.models import AuditEntry
from customers.models import Customer
from ingestion.services import request_undo, undo_load
from runs.services import perform
from tests.campaigns.launched import launched_campaign
from tests.shops.coming_in import bring_in

pytestmark = pytest.mark.django_db(transaction=True)
LAUNCH = datetime(2026, 3, 1, 12, tzinfo=UTC)
HEADER = "customer_id,order_id,occurred_at,amount,quantity,returned\n"
# Spend before: 10 each. After: treated 20, 30 (two orders), 0, 10; control 5, 0.
LINES = """\
a,b1,2026-02-20T10:00:00Z,10.00,1,
b,b2,2026-02-20T10:00:00Z,10.00,1,
c,b3,2026-02-20T10:00:00Z,10.00,1,
d,b4,2026-02-20T10:00:00Z,10.00,1,
e,b5,2026-02-20T10:00:00Z,10.00,1,
f,b6,2026-02-20T10:00:00Z,10.00,1,
g,b7,2026-03-05T10:00:00Z,900.00,1,
a,o0,2026-03-01T11:59:59Z,0.00,1,
a,o1,2026-03-01T12:00:00Z,20.00,1,
b,o2,2026-03-03T12:00:00Z,20.00,1,
b,o3,2026-03-04T12:00:00Z,10.00,1,
c,o4,2026-03-04T12:00:00Z,77.00,1,yes
c,o5,2026-03-04T12:00:00Z,55.00,0,
d,o6,2026-03-08T11:59:59Z,10.00,1,
d,o7,2026-03-08T12:00:00Z,500.00,1,
e,o8,2026-03-06T12:00:00Z,5.00,1,
"""


def campaign(**options):
    return launched_campaign(
        launched_at=LAUNCH,
        treated=["a", "b", "c", "d"],
        control=["e", "f"],
        excluded=["g"],
        control_share=1 / 3,
        horizon_days=7,
        **options,
    )


def days(number: float) -> datetime:
    return LAUNCH + timedelta(days=number)


def looked(number: float) -> Result:
    (result,) = update_results(days(number))
    return result


def test_everybody_counts_as_assigned_and_only_orders_within_the_horizon(tmp_path):
    campaign(offer_cost_minor=200)
    bring_in(tmp_path, HEADER + LINES)
    result = looked(8)
    revenue, orders, conversion = result.figures["metrics"]
    assert (revenue["treated"], revenue["control"], revenue["estimate"]) == (15.0, 2.5, 12.5)
    peer = stats.ttest_ind([20, 30, 0, 10], [5, 0], equal_var=False)
    assert revenue["p"] == pytest.approx(peer.pvalue)
    assert [revenue["low"], revenue["high"]] == pytest.approx(list(peer.confidence_interval()))
    assert (orders["treated"], orders["control"]) == (1.0, 0.5)
    assert (conversion["treated"], conversion["control"]) == (0.75, 0.5)
    assert (revenue["total"], revenue["total_low"]) == (50.0, pytest.approx(4 * revenue["low"]))
    assert result.figures["money"]["cost"] == 8.0
    assert result.figures["money"]["net"] == 42.0
    assert result.figures["arms"] == {
        "treated": {"customers": 4, "buyers": 3},
        "control": {"customers": 2, "buyers": 1},
        "excluded": 1,
    }


def test_the_course_adds_up_day_by_day(tmp_path):
    campaign()
    bring_in(tmp_path, HEADER + LINES)
    course = looked(8).figures["course"]
    assert [row["treated"] for row in course] == [5.0, 5.0, 10.0, 12.5, 12.5, 12.5, 15.0]
    assert [row["control"] for row in course] == [0, 0, 0, 0, 0, 2.5, 2.5]
    assert course[-1]["difference"] == 12.5


def test_before_the_horizon_it_is_too_early_and_says_how_far_it_is(tmp_path):
    campaign()
    bring_in(tmp_path, HEADER + LINES)
    result = looked(3.5)
    assert (result.verdict, result.frozen) == ("Too early: 3 of 7 days.", False)
    assert result.figures["guard"]["looks"] == 3
    assert result.figures["metrics"][0]["treated"] == 12.5


def test_a_wide_interval_is_not_enough_evidence(tmp_path):
    campaign()
    bring_in(tmp_path, HEADER + LINES)
    result = looked(8)
    assert result.figures["state"] == "not_enough_evidence"
    low, high = (result.figures["metrics"][0][end] for end in ("low", "high"))
    assert result.verdict == (
        f"Not enough evidence: +$12.50 per customer in 7 days, from −${-low:.2f} to +${high:.2f}."
    )


def test_a_clear_gain_says_its_interval_and_whether_it_paid(tmp_path):
    dice = np.random.default_rng(3)
    treated, control = [f"t{i}" for i in range(80)], [f"c{i}" for i in range(20)]
    launched_campaign(
        launched_at=LAUNCH, treated=treated, control=control, horizon_days=7, offer_cost_minor=100
    )
    spent = dict.fromkeys(treated, 40) | dict.fromkeys(control, 10)
    bring_in(
        tmp_path,
        HEADER
        + "".join(
            f"{name},o-{name},2026-03-08T09:00:00Z,{mean + dice.normal(0, 3):.2f},1,\n"
            for name, mean in spent.items()
        ),
    )
    result = looked(8)
    revenue = result.figures["metrics"][0]
    assert result.figures["state"] == "more"
    assert result.verdict == (
        f"It brought ${revenue['estimate']:.2f} more per customer in 7 days, between"
        f" ${revenue['low']:.2f} and ${revenue['high']:.2f}. It paid for itself."
    )
    assert revenue["low"] < 30 < revenue["high"]


def test_a_broken_split_has_no_verdict(tmp_path):
    launched_campaign(
        launched_at=LAUNCH,
        treated=[f"t{i}" for i in range(670)],
        control=[f"c{i}" for i in range(330)],
        horizon_days=7,
    )
    bring_in(tmp_path, HEADER + "t1,o1,2026-03-08T09:00:00Z,10.00,1,\n")
    result = looked(8)
    assert result.figures["state"] == "broken_split"
    assert (
        result.verdict
        == "No verdict: the groups hold 670 : 330 customers, and 80 : 20 was planned."
    )


def test_great_harm_is_said_loudly_before_the_horizon_and_stops_nothing(tmp_path):
    treated, control = [f"t{i}" for i in range(160)], [f"c{i}" for i in range(40)]
    spring = launched_campaign(
        launched_at=LAUNCH, treated=treated, control=control, horizon_days=28
    )
    lines = [
        f"{name},o-{name}-{day},2026-03-{day:02}T13:00:00Z,{10 + i % 5}.00,1,\n"
        for day in range(2, 8)
        for i, name in enumerate(control)
    ]
    bring_in(tmp_path, HEADER + "".join(lines))
    result = looked(7)
    assert result.figures["state"] == "harm"
    assert result.verdict.startswith("Probably doing harm: treated customers spend $")
    spring.refresh_from_db()
    assert (spring.state, spring.stopped_at) == ("running", None)


def test_without_a_control_group_there_is_nothing_to_say(tmp_path):
    launched_campaign(launched_at=LAUNCH, treated=["a", "b"], control_share=0.0, horizon_days=7)
    bring_in(tmp_path, HEADER + LINES)
    assert looked(8).verdict == "No verdict: there is nobody to compare with."


def test_variants_are_judged_against_control_and_each_other_by_holm(tmp_path):
    launched_campaign(
        launched_at=LAUNCH,
        treated=["a", "b", "c", "d"],
        control=["e", "f"],
        control_share=1 / 3,
        horizon_days=7,
        variants=["Plain", "Warm"],
    )
    bring_in(tmp_path, HEADER + LINES)
    told = looked(8).figures
    pairs = [(row["variant"], row["against"], row["estimate"]) for row in told["variants"]]
    assert pairs == [("Plain", "control", 7.5), ("Warm", "control", 17.5), ("Warm", "Plain", 10.0)]
    assert told["sample_ratio"]["found"] == [2, 2, 2]
    assert all(row["adjusted_p"] >= row["p"] for row in told["variants"])


def test_after_the_horizon_a_result_is_frozen_and_later_loads_change_nothing(tmp_path):
    spring = campaign()
    load = bring_in(tmp_path, HEADER + LINES)
    frozen = looked(8)
    assert frozen.frozen
    assert frozen.data_version["newest_load"] == load.pk
    assert AuditEntry.objects.get(verb="freeze_result").subject == "spring"
    bring_in(tmp_path, HEADER + "f,late,2026-03-02T12:00:00Z,400.00,1,\n")
    assert update_results(days(9)) == []
    assert list(Result.objects.filter(campaign=spring, frozen=True)) == [frozen]


def test_the_last_days_orders_are_waited_for_but_not_for_ever(tmp_path):
    campaign()
    bring_in(tmp_path, HEADER + "a,o1,2026-03-04T12:00:00Z,20.00,1,\n")
    first = looked(7.5)
    assert (first.frozen, first.verdict) == (False, "Too early: 3 of 7 days.")
    assert update_results(days(8)) == []
    (last,) = update_results(days(7) + GRACE)
    assert (last.frozen, last.as_of) == (True, days(7))
    assert last.figures["days"] == 7
    assert last.figures["lede"].endswith(
        "The newest order is of 4 Mar 2026; later ones never came in."
    )


def test_a_look_that_finds_nothing_new_leaves_no_row(tmp_path):
    campaign()
    bring_in(tmp_path, HEADER + LINES)
    assert len(update_results(days(3))) == 1
    assert update_results(days(3)) == []
    assert len(update_results(days(4))) == 1


def test_an_undo_before_the_horizon_changes_the_next_look(tmp_path):
    campaign()
    bring_in(tmp_path, HEADER + LINES)
    more = bring_in(tmp_path, HEADER + "f,x,2026-03-02T12:00:00Z,400.00,1,\n")
    assert looked(4).figures["metrics"][0]["control"] == 200.0
    perform(run=request_undo(load=more, send=False), job=undo_load)
    assert looked(4).figures["metrics"][0]["control"] == 0.0


def test_customers_with_an_outcome_are_counted_by_group(tmp_path):
    spring = campaign()
    pk_of = dict(Customer.objects.values_list("customer_id", "pk"))
    for name, hours in (("a", 1), ("a", 2), ("e", 3), ("g", 4)):
        Outcome.objects.create(
            campaign=spring,
            customer_id=pk_of[name],
            kind="clicked",
            at=LAUNCH + timedelta(hours=hours),
        )
    bring_in(tmp_path, HEADER + LINES)
    assert looked(8).figures["outcomes"] == [{"kind": "clicked", "treated": 1, "control": 1}]


@pytest.mark.parametrize(
    ("origin", "treated", "orders"), [("simulated", 40.0, 2.0), ("own", 15.0, 1.0)]
)
def test_made_up_purchases_count_in_a_simulated_campaign_and_in_no_other(
    tmp_path, origin, treated, orders
):
    spring = campaign(origin=origin)
    pk_of = dict(Customer.objects.values_list("customer_id", "pk"))
    for name, kind, after, minor in (
        ("c", "purchase", 1.0, 3000), ("c", "purchase", 2.0, 2000), ("b", "purchase", 2.0, 4000),
        ("a", "purchase", 6.9, 1000), ("a", "redeemed", 6.9, 700), ("a", "purchase", 7.0, 90000),
    ):  # fmt: skip
        Outcome.objects.create(
            campaign=spring, customer_id=pk_of[name], kind=kind, at=days(after), value_minor=minor
        )
    bring_in(tmp_path, HEADER + LINES)
    told = looked(8).figures
    assert [m["treated"] for m in told["metrics"][:2]] == [treated, orders]
    assert told["metrics"][0]["control"] == 2.5
