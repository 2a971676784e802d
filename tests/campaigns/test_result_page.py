"""The sentences and drawings of a result's page, from figures that are written here."""

import math
from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pytest

from campaigns.looks import Results
from campaigns.models import Campaign, Result
from campaigns.result_drawings import gap, whiskers
from campaigns.result_page import result_page
from campaigns.verdicts import verdict

pytestmark = pytest.mark.django_db
LAUNCH = datetime(2026, 3, 1, tzinfo=UTC)


def metric(name: str, estimate: float, low: float, high: float, adjusted_p: float) -> dict:
    return {
        "name": name, "treated": 12.0, "control": 12.0 - estimate, "estimate": estimate,
        "low": low, "high": high, "p": adjusted_p / 3, "adjusted_p": adjusted_p,
        "variance_reduction": 0.25, "detectable": 4.0, "total": 100 * estimate,
        "total_low": 100 * low, "total_high": 100 * high,
    }  # fmt: skip


def told(**changes) -> dict:
    """A gain of 3 (1 to 5) for 100 customers at a cost of 50."""
    figures = {
        "days": 28, "horizon_days": 28, "origin": "own",
        "arms": {
            "treated": {"customers": 100}, "control": {"customers": 25}, "excluded": 7,
        },
        "metrics": [
            metric("revenue", 3.0, 1.0, 5.0, 0.01), metric("orders", 0.1, -0.2, 0.4, 0.6),
            metric("conversion", 0.02, -0.1, 0.14, 0.6),
        ],
        "variants": [], "outcomes": [],
        "sample_ratio": {"found": [100, 25], "planned": [0.8, 0.2], "p": 1.0, "alarm": False},
        "guard": {"looks": 28, "p": 1.0, "alarm": False, "first_alarm_day": None},
        "money": {"cost": 50.0, "net": 250.0, "net_low": 50.0, "net_high": 450.0},
        "course": [
            {"day": 1, "treated": 2, "control": 1, "difference": 1, "low": -1, "high": 3},
            {"day": 28, "treated": 12, "control": 9, "difference": 3, "low": 1, "high": 5},
        ],
    }  # fmt: skip
    return deepcopy(figures) | changes


def page(figures: dict) -> dict:
    campaign = Campaign(
        name="Spring", horizon_days=28, launched_at=LAUNCH, ends_at=LAUNCH + timedelta(days=28)
    )
    state, sentence, lede = verdict(campaign, figures)
    result = Result(
        as_of=campaign.ends_at, verdict=sentence, frozen=True,
        figures=figures | {"state": state, "lede": lede}, data_version={"order_lines": 5},
    )  # fmt: skip
    return result_page(Results(campaign, result, [result], ""))


def test_a_gain_says_its_interval_its_total_and_that_it_paid():
    shown = page(told())
    assert shown["finding"] == (
        "It brought $3.00 more per customer in 28 days, between $1.00 and $5.00."
        " It paid for itself."
    )
    assert shown["lede"] == (
        "That is +$300 of revenue (+$100 to +$500). 100 customers treated, against 25 who were"
        " not. Less $50 for the offer: +$250, anywhere from +$50 to +$450."
    )
    assert [row["says"] for row in shown["metrics"]] == [
        "more revenue", "not enough evidence", "not enough evidence",
    ]  # fmt: skip
    assert shown["metrics_finding"] == "Revenue is told from zero"


def test_whether_it_paid_stays_open_where_the_return_may_be_nothing():
    money = {"cost": 200.0, "net": 100.0, "net_low": -100.0, "net_high": 300.0}
    shown = page(told(money=money))
    assert shown["finding"].endswith("Whether it paid for itself is still open.")
    assert shown["money_finding"] == "The return cannot be told from zero"


def test_a_loss_is_said_with_its_interval_in_the_order_of_size():
    loss = [metric("revenue", -3.0, -5.0, -1.0, 0.01), *told()["metrics"][1:]]
    shown = page(told(metrics=loss))
    assert shown["finding"].startswith(
        "It brought $3.00 less per customer in 28 days, between $1.00 and $5.00."
    )


def test_an_interval_beside_zero_is_not_enough_where_holm_says_so():
    rows = [metric("revenue", 3.0, 0.1, 5.9, 0.12), *told()["metrics"][1:]]
    shown = page(told(metrics=rows))
    assert shown["finding"].startswith("Not enough evidence: +$3.00 per customer in 28 days,")
    assert "p = 0.12 after Holm" in shown["lede"]


def test_nothing_is_judged_on_the_way():
    shown = page(told(days=12))
    assert (shown["finding"], shown["badge"]) == ("Too early: 12 of 28 days.", "too early")
    assert {row["says"] for row in shown["metrics"]} == {"too early"}
    assert not any(row["sure"] for row in shown["metrics"])
    assert shown["money_finding"] == "The return so far"


def test_a_broken_split_is_no_verdict_anywhere():
    split = {"found": [670, 330], "planned": [0.8, 0.2], "p": 1e-20, "alarm": True}
    shown = page(told(sample_ratio=split))
    assert shown["finding"].startswith("No verdict: the groups hold 670 : 330 customers")
    assert {row["says"] for row in shown["metrics"]} == {"no verdict"}
    assert shown["fair"][0] == ("Split 670 : 330, planned 80 : 20", "p < 0.001, alarm")


def test_the_guard_says_since_when_and_that_nothing_stops():
    guard = {"looks": 9, "p": 0.01, "alarm": True, "first_alarm_day": 6}
    shown = page(told(days=9, guard=guard))
    assert shown["state"] == "harm"
    assert "Nothing stops by itself" in shown["lede"]
    assert shown["fair"][1] == ("Harm guard", "alarm since day 6, stops nothing by itself")


def test_a_whisker_ends_where_its_interval_does_and_holds_zero():
    (at,) = whiskers([{"estimate": 0.0, "low": -5.0, "high": 5.0}])
    assert at == {"low": "6.0", "width": "228.0", "high": "234.0", "here": "120.0", "zero": "120.0"}
    assert whiskers([{"estimate": 1.0, "low": None, "high": None}]) == [None]


def test_the_zero_line_of_the_gap_lies_at_its_tick():
    drawn = gap(told()["course"], 28)
    zero = next(step for step in drawn["steps"] if step["words"] == "$0")
    assert zero["y"] == drawn["zero"]
    heights = [float(step["y"]) for step in drawn["steps"]]
    gaps = {round(a - b, 1) for a, b in zip(heights, heights[1:], strict=False)}
    assert len(gaps) == 1
    assert [label["words"] for label in drawn["labels"]] == ["+$5.00", "+$3.00", "+$1.00"]
    assert all(math.isfinite(float(label["y"])) for label in drawn["labels"])
