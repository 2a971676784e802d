"""Simulated campaigns do what is said of them, nothing else; their truth is a second run's."""

from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from scipy.stats import poisson

from analytics.experiments import sample_ratio
from analytics.simulation import (
    CampaignPlan,
    Response,
    ShopOptions,
    most_campaigns,
    plan_campaigns,
    simulate,
)
from analytics.simulation.campaign_truth import expected_purchases
from tests.analytics.simulated import LONG
from tests.analytics.test_simulation import digest, purchases

PLANS = plan_campaigns(5, 365)
SHOP = ShopOptions(customers=4_000, lines=40_000, seed=31, campaigns=PLANS)
WITHOUT = replace(SHOP, campaigns=())
LOYAL, REGULAR, OCCASIONAL = range(3)


@pytest.fixture(scope="module")
def shop():
    return simulate(SHOP)


@pytest.fixture(scope="module")
def without():
    return simulate(WITHOUT)


def only(plan: CampaignPlan):
    return simulate(replace(SHOP, campaigns=(plan,)))


def rows(shop, campaign, customers) -> set[tuple]:
    """The purchases of these customers until the horizon."""
    orders = purchases(shop.history)
    within = (orders.at >= campaign.launched_at) & (orders.at < campaign.ends_at)
    chosen = orders.take(within & np.isin(orders.customer, customers))
    return set(zip(chosen.customer, chosen.at.astype(int), chosen.value_minor, strict=True))


def test_the_same_seed_gives_the_same_bytes_with_campaigns_too(shop):
    assert digest(simulate(SHOP).history) == digest(shop.history)
    assert digest(simulate(SHOP).truth) == digest(shop.truth)
    assert [digest(each) for each in simulate(SHOP).campaigns] == list(map(digest, shop.campaigns))
    later = simulate(replace(SHOP, future_days=30))
    assert digest(later.history) == digest(shop.history)


def test_up_to_the_first_launch_the_shop_is_the_one_without_campaigns(shop, without):
    for part in ("products", "customers", "consents"):
        assert digest(getattr(shop, part)) == digest(getattr(without, part))
    launch = shop.campaigns[0].launched_at
    one, other = (purchases(each.history) for each in (shop, without))
    for name in ("customer", "at", "value_minor", "channel", "store"):
        earlier = (getattr(each, name)[each.at < launch] for each in (one, other))
        np.testing.assert_array_equal(*earlier)
    assert without.campaigns == without.truth.campaigns == ()


@pytest.mark.parametrize(("number", "days"), [(1, 14), (5, 365), (12, 365), (51, 365), (3, 90)])
def test_planned_campaigns_follow_each_other_up_to_the_end_with_a_time_before(number, days):
    plans = plan_campaigns(number, days)
    assert len({plan.name for plan in plans}) == len(plans) == number <= most_campaigns(days)
    assert plans[0].launch_day >= plans[0].horizon_days >= 7
    assert all(a.end_day <= b.launch_day for a, b in zip(plans, plans[1:], strict=False))
    assert plans[-1].end_day == days


def test_campaigns_beside_each_other_or_beyond_the_history_are_refused():
    early, late = CampaignPlan("a", 100, 28), CampaignPlan("b", 127, 28)
    with pytest.raises(ValueError, match="b overlaps another campaign or leaves the history"):
        simulate(replace(SHOP, campaigns=(early, late)))
    with pytest.raises(ValueError, match="a overlaps another campaign or leaves the history"):
        simulate(replace(SHOP, days=127, campaigns=(early,)))


def test_who_joined_before_the_launch_is_split_by_chance_at_the_stated_share(shop):
    joined = shop.customers.joined_at
    for campaign in shop.campaigns:
        known = np.flatnonzero(joined < campaign.launched_at.astype("datetime64[D]"))
        assert np.array_equal(campaign.members, known)
        treated = int(campaign.treated.sum())
        split = sample_ratio((treated, known.size - treated), (0.7, 0.3))
        assert split.p > 0.01
    both = np.isin(shop.campaigns[1].members, shop.campaigns[0].members)
    again = shop.campaigns[1].treated[both]
    same = (shop.campaigns[0].treated == again).mean()
    assert abs(same - (0.49 + 0.09)) < 4 * np.sqrt(0.25 / again.size)


def test_the_treated_of_a_responding_segment_buy_more_and_all_others_the_same(without):
    made = only(CampaignPlan("more", 200, 28, 0.5, (Response("loyal", 2.0),)))
    (campaign,), segment = made.campaigns, made.truth.segment
    treated = campaign.members[campaign.treated]
    answering = treated[segment[treated] == LOYAL]
    others = np.setdiff1d(np.arange(len(made.customers)), answering)
    assert rows(made, campaign, others) == rows(without, campaign, others)
    more, usual = (rows(each, campaign, answering) for each in (made, without))
    assert len(more - usual) == pytest.approx(len(usual), rel=0.25)
    # Who buys more often has dropped out sooner: what is missing comes after an added purchase.
    first = {c: min(at for who, at, _ in more - usual if who == c) for c, _, _ in more - usual}
    assert all(at > first[customer] for customer, at, _ in usual - more)


def test_a_larger_basket_changes_what_orders_are_worth_and_never_when_they_are_made(without):
    made = only(CampaignPlan("value", 200, 28, 0.5, (Response("regular", value=1.5),)))
    one, other = purchases(made.history), purchases(without.history)
    np.testing.assert_array_equal(one.at, other.at)
    np.testing.assert_array_equal(one.customer, other.customer)
    (campaign,) = made.campaigns
    within = (one.at >= campaign.launched_at) & (one.at < campaign.ends_at)
    treated = np.isin(one.customer, campaign.members[campaign.treated])
    changed = within & treated & (made.truth.segment[one.customer] == REGULAR)
    np.testing.assert_array_equal(one.value_minor[~changed], other.value_minor[~changed])
    wanted = 1.5 * other.value_minor[changed]
    assert np.abs(one.value_minor[changed] - wanted).max() <= 1.25  # two roundings to the cent
    lines = np.zeros(len(made.history.orders), dtype=np.int64)
    np.add.at(lines, made.history.lines.order, made.history.lines.amount_minor)
    np.testing.assert_array_equal(lines, made.history.orders.value_minor)


def test_harm_takes_purchases_away_at_the_planted_share(without):
    made = only(CampaignPlan("harm", 200, 60, 0.5, (Response("loyal", 0.6),)))
    (campaign,) = made.campaigns
    treated = campaign.members[campaign.treated]
    answering = treated[made.truth.segment[treated] == LOYAL]
    fewer, usual = (rows(each, campaign, answering) for each in (made, without))
    kept = len(fewer & usual) / len(usual)
    assert abs(kept - 0.6) < 4 * np.sqrt(0.24 / len(usual))


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_the_realised_effect_is_the_difference_of_two_shops(without, plan):
    """The same seed with the campaign alone, and without any: told by the orders themselves."""
    made = only(plan)
    (campaign,), (truth,) = made.campaigns, made.truth.campaigns
    kind = made.truth.segment[campaign.members]
    told = [(truth.overall, campaign.treated)]
    told += [
        (each.difference, campaign.treated & (kind == n)) for n, each in enumerate(truth.segments)
    ]
    for difference, chosen in told:
        members = campaign.members[chosen]
        with_it, usual = (rows(each, campaign, members) for each in (made, without))
        assert difference.treated == members.size
        extra = (len(with_it) - len(usual)) / members.size
        worth = sum(v for *_, v in with_it) - sum(v for *_, v in usual)
        assert difference.realised_extra_orders == pytest.approx(extra, abs=1e-12)
        assert difference.realised_extra_revenue_minor == pytest.approx(worth / members.size)


def test_the_expected_effect_is_what_comes_about_on_average():
    """60 shops of five campaigns each: per segment and measure within 3.5 standard errors."""
    gaps: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for seed in range(60):
        for truth in simulate(
            replace(SHOP, seed=seed, customers=1_500, lines=15_000)
        ).truth.campaigns:
            for each in truth.segments:
                d = each.difference
                found = gaps.setdefault((truth.name, each.segment), [])
                found.append(
                    (
                        d.realised_extra_orders - d.extra_orders,
                        d.realised_extra_revenue_minor - d.extra_revenue_minor,
                    )
                )
    assert len(gaps) == 25
    for key, pairs in gaps.items():
        table = np.array(pairs)
        error = table.std(axis=0, ddof=1) / np.sqrt(len(table))
        assert (np.abs(table.mean(axis=0)) <= 3.5 * error + 1e-12).all(), key


@given(st.floats(0.001, 4.0), st.floats(0.01, 1.0))
def test_expected_purchases_are_those_of_a_poisson_count_cut_at_dropout(mean, p):
    k = np.arange(1, 60)
    # E[min(N, G)] = Σ P(N ≥ k) · P(G ≥ k).
    by_hand = float((poisson.sf(k - 1, mean) * (1 - p) ** (k - 1)).sum())
    found = expected_purchases(np.array([mean / 3]), np.array([p]), 3.0)
    assert found[0] == pytest.approx(by_hand, rel=1e-9)


def test_who_is_made_to_buy_more_drops_out_by_the_same_coins():
    plan = CampaignPlan("thrice", 2, 20, 0.5, (Response("all", 3.0),))
    shop = simulate(replace(LONG, customers=5_000, campaigns=(plan,)))
    (campaign,) = shop.campaigns
    for group in (campaign.members[campaign.treated], campaign.members[~campaign.treated]):
        found = shop.truth.purchases[group]
        assert shop.truth.alive[group].sum() == 0
        for k in range(1, 5):
            expected = 0.2 * 0.8 ** (k - 1)
            spread = np.sqrt(expected * (1 - expected) / found.size)
            assert abs((found == k).mean() - expected) < 3.5 * spread


def test_only_the_treated_have_outcomes_and_they_tell_nothing_of_the_effect(shop):
    for campaign in shop.campaigns:
        done, treated = campaign.outcomes, campaign.members[campaign.treated]
        assert np.isin(done.customer, treated).all()
        assert campaign.launched_at <= done.at.min() < done.at.max() < campaign.ends_at
        opened = (done.kind == 0).sum() / treated.size
        assert abs(opened - 0.4) < 4 * np.sqrt(0.24 / treated.size)
        bought = {(c, at, v) for c, at, v in rows(shop, campaign, treated)}
        used = done.take(done.kind == 1)
        told = set(zip(used.customer, used.at.astype(int), used.value_minor, strict=True))
        assert told <= bought
        buyers = len({c for c, _, _ in bought})
        assert abs(len(told) / buyers - 0.5) < 4 * np.sqrt(0.25 / buyers)
