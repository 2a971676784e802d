"""Campaigns of simulated shops, whose true effect is known: what the product says of them is right.

Only the groups and the purchases are looked at, as after a launch; the truth is the simulator's.
"""

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from analytics.simulation import ShopOptions, plan_campaigns, simulate
from tests.campaigns.measured import measured

SHOP = ShopOptions(customers=1_500, lines=15_000, campaigns=plan_campaigns(12, 365))
# Each second campaign without any response, the others each of a kind in turn.
ANSWERED = [plan.responses for plan in SHOP.campaigns[:5] if plan.responses]
HALF = tuple(
    replace(plan, responses=ANSWERED[place // 2 % 4] if place % 2 else ())
    for place, plan in enumerate(SHOP.campaigns)
)
MEASURES = ("revenue", "orders")


def estimates(options: ShopOptions, seeds: range) -> dict[str, list[tuple]]:
    """{measure: (low, high, p, truth, whether any segment responds), one a campaign}."""
    found = defaultdict(list)
    for seed in seeds:
        shop = simulate(replace(options, seed=seed))
        for campaign, truth in zip(shop.campaigns, shop.truth.campaigns, strict=True):
            metrics, responds = measured(shop, campaign), bool(campaign.plan.responses)
            true = truth.overall.extra_revenue_minor / 100, truth.overall.extra_orders
            for name, value in zip(MEASURES, true, strict=True):
                told = metrics[name]
                found[name].append((told["low"], told["high"], told["p"], value, responds))
                plain = told["unadjusted"]
                found[f"plain {name}"].append(
                    (plain["low"], plain["high"], plain["p"], value, responds)
                )
    return found


def covered(rows: np.ndarray) -> float:
    low, high, _, true, _ = rows.T
    return float(((low <= true) & (true <= high)).mean())


@pytest.fixture(scope="module")
def many():
    """1,200 campaigns of 100 shops, half of them without effect."""
    found = estimates(replace(SHOP, campaigns=HALF), range(100))
    return {name: np.array(rows) for name, rows in found.items()}


@pytest.mark.parametrize("name", ["revenue", "orders", "plain revenue", "plain orders"])
def test_intervals_cover_the_true_effect_95_times_of_100(many, name):
    assert len(many[name]) == 1_200
    assert 0.93 <= covered(many[name]) <= 0.97


@pytest.mark.parametrize("name", ["revenue", "orders", "plain revenue", "plain orders"])
def test_a_campaign_without_effect_is_flagged_5_times_of_100(many, name):
    """Of 600: 5 % ± two standard errors."""
    nothing = many[name][many[name][:, 4] == 0]
    assert (len(nothing), set(nothing[:, 3])) == (600, {0.0})
    assert 0.032 <= (nothing[:, 2] < 0.05).mean() <= 0.068


def test_help_and_harm_are_told_apart_by_segment_and_measured_in_size():
    """240,000 customers, five campaigns, five latent segments: extra orders within 15 % of what the
    segment would have ordered (of one-off buyers, who order next to nothing, within 1 order in
    100 customers); and called real, p < .001, exactly where a response is planted."""
    options = ShopOptions(customers=240_000, lines=2_400_000, seed=1)
    shop = simulate(replace(options, campaigns=plan_campaigns(5, 365)))
    called = set()
    for campaign, truth in zip(shop.campaigns, shop.truth.campaigns, strict=True):
        for place, each in enumerate(truth.segments):
            true = each.difference
            told = measured(shop, campaign, shop.truth.segment == place)
            gap = told["orders"]["estimate"] - true.extra_orders
            assert abs(gap) < max(0.15 * true.orders_without, 0.01)
            if told["revenue"]["p"] < 0.001 or told["orders"]["p"] < 0.001:
                sign = np.sign(told["revenue"]["estimate"])
                called.add((campaign.plan.name, each.segment, int(sign)))
    assert called == {
        ("come-again-1", "regular", 1), ("come-again-1", "occasional", 1),
        ("come-again-1", "lapsing", 1), ("too-much-3", "loyal", -1), ("too-much-3", "regular", -1),
        ("larger-basket-4", "loyal", 1), ("larger-basket-4", "regular", 1),
        ("club-5", "loyal", 1), ("club-5", "occasional", 1),
    }  # fmt: skip


@pytest.mark.slow
def test_ten_thousand_intervals_of_all_kinds_of_campaign_cover_the_true_effect():
    found = estimates(SHOP, range(1_000, 1_840))
    for name, told in found.items():
        rows = np.array(told)
        assert len(rows) == 10_080
        assert 0.94 <= covered(rows) <= 0.96, name
        for place in range(5):  # the kinds of campaign come over and over in the same order
            kind = np.concatenate([rows[k::12] for k in range(place, 12, 5)])
            assert 0.93 <= covered(kind) <= 0.97, (name, place)
        nothing = rows[rows[:, 4] == 0]
        assert 0.037 <= (nothing[:, 2] < 0.05).mean() <= 0.063, name  # 2,520: three errors
