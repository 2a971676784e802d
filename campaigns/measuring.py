"""What a campaign brought against its control group: figures as plain JSON, money in major units.

Everybody counts in the group that they were assigned to at the launch, reached or not.
"""

import math
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from analytics.experiments import cuped, difference, harm_guard, sample_ratio
from analytics.experiments.running import Running, nobody, running
from campaigns.comparing import CONTROL, TREATED, at_the_end, metrics_of, number, variants_of
from campaigns.frames import assigned_frame, purchases_frame
from campaigns.models import Assignment, Campaign, Decision, Origin, Outcome
from core.money import minor_per_major
from core.selectors import organisation

DAY = timedelta(days=1)


def figures(campaign: Campaign, *, until: datetime) -> dict[str, Any]:
    """All that is known of a launched campaign from orders before ``until``.

    Of history only who got it and what they did: without a group by chance nothing is compared.
    """
    assert campaign.launched_at is not None
    if campaign.origin == Origin.HISTORY:
        return _history(campaign)
    until = max(until, campaign.launched_at)
    elapsed = (until - campaign.launched_at) / DAY
    days = max(math.ceil(elapsed), 1)
    people = _people(campaign)
    bought = purchases_frame(campaign.pk, campaign.launched_at, until)
    groups = running(people, bought, days)
    treated, control = (groups.get(name) or nobody(days) for name in (TREATED, CONTROL))
    metrics = metrics_of(treated, control)
    return {
        "days": math.floor(elapsed),
        "horizon_days": campaign.horizon_days,
        "origin": campaign.origin,
        "arms": {
            TREATED: _arm(treated),
            CONTROL: _arm(control),
            "excluded": _excluded(campaign),
        },
        "metrics": metrics,
        "variants": variants_of(people, bought, days),
        "sample_ratio": _split(campaign, people),
        "guard": _guard(treated, control, math.floor(elapsed)),
        "money": _money(campaign, metrics[0], treated.customers),
        "course": _course(treated, control),
        "outcomes": _outcomes(campaign),
    }


def _history(campaign: Campaign) -> dict[str, Any]:
    got = assigned_frame(campaign.pk).filter(pl.col("group") == TREATED).height
    return {
        "origin": campaign.origin,
        "horizon_days": campaign.horizon_days,
        "arms": {TREATED: {"customers": got}},
        "metrics": [],
        "outcomes": _outcomes(campaign),
    }


def _people(campaign: Campaign) -> pl.DataFrame:
    """Who is compared, with their spend in as long a time before the launch."""
    assert campaign.launched_at is not None
    since = campaign.launched_at - timedelta(days=campaign.horizon_days)
    before = purchases_frame(campaign.pk, since, campaign.launched_at)
    spent = before.group_by("customer_pk").agg(pl.col("revenue").sum().alias("before"))
    people = assigned_frame(campaign.pk).join(spent, on="customer_pk", how="left")
    return people.with_columns(pl.col("before").fill_null(0.0))


def _split(campaign: Campaign, people: pl.DataFrame) -> dict[str, Any]:
    """Are the groups, and the variants among the treated, as large as planned?"""
    counts = people.group_by("group").len()
    found = dict(counts.rows())
    sizes, planned = [found.get(TREATED, 0)], [1 - campaign.control_share]
    variants = people.filter(pl.col("variant").is_not_null()).group_by("variant").len()
    if variants.height > 1:
        sizes = variants.sort("variant")["len"].to_list()
        planned = [(1 - campaign.control_share) / len(sizes)] * len(sizes)
    if campaign.control_share > 0:
        sizes, planned = [*sizes, found.get(CONTROL, 0)], [*planned, campaign.control_share]
    if len(sizes) < 2:
        return {"found": sizes, "planned": planned, "p": 1.0, "alarm": False}
    split = sample_ratio(sizes, planned)
    return {
        "found": list(split.found),
        "planned": list(split.planned),
        "p": number(split.p),
        "alarm": split.alarm,
    }


def _guard(treated: Running, control: Running, looks: int) -> dict[str, Any]:
    """Does the treated group buy less? Looked at after each whole day since the launch."""
    quiet = {"looks": looks, "p": 1.0, "alarm": False, "first_alarm_day": None}
    if looks == 0 or min(treated.customers, control.customers) < 2:
        return quiet
    ours, theirs = treated.revenue, control.revenue
    gap = np.asarray(ours.value.mean - theirs.value.mean)[:looks]
    doubt = ours.value.variance / ours.value.n + theirs.value.variance / theirs.value.n
    before = at_the_end(ours).before, at_the_end(theirs).before
    expected = sum(float(group.variance) / float(group.n) for group in before)
    guard = harm_guard(gap, np.asarray(doubt)[:looks], expected)
    first = guard.first_alarm
    return {
        **quiet,
        "p": number(guard.p[-1]),
        "alarm": first is not None,
        "first_alarm_day": None if first is None else first + 1,
    }


def _money(campaign: Campaign, revenue: dict[str, Any], customers: int) -> dict[str, Any]:
    """Extra revenue of all treated customers, less what their offer costs."""
    minor = minor_per_major(organisation().currency)
    cost = campaign.offer_cost_minor * customers / minor
    ends = {end: revenue[f"total{end}"] for end in ("", "_low", "_high")}
    return {
        "cost": cost,
        **{f"net{end}": None if total is None else total - cost for end, total in ends.items()},
    }


def _course(treated: Running, control: Running) -> list[dict[str, Any]]:
    """Revenue per customer since the launch at the end of each day, and the gap with its band."""
    adjusted = cuped(treated.revenue, control.revenue)
    told = difference(adjusted.treated, adjusted.control)
    means = treated.revenue.value.mean, control.revenue.value.mean
    return [
        {
            "day": place + 1,
            TREATED: number(means[0][place]),
            CONTROL: number(means[1][place]),
            "difference": number(told.value[place]),
            "low": number(told.low[place]),
            "high": number(told.high[place]),
        }
        for place in range(len(means[0]))
    ]


def _outcomes(campaign: Campaign) -> list[dict[str, Any]]:
    """Customers in each group with each kind of outcome; excluded ones have none."""
    assigned = Assignment.objects.filter(campaign=campaign).exclude(decision=Decision.EXCLUDED)
    decision_of = dict(assigned.values_list("customer_id", "decision"))
    rows = Outcome.objects.filter(campaign=campaign).values_list("kind", "customer_id")
    counts: dict[str, dict[str, Any]] = {}
    for kind, customer in sorted(set(rows)):
        entry = counts.setdefault(kind, {"kind": kind, TREATED: 0, CONTROL: 0})
        if customer in decision_of:
            entry[decision_of[customer]] += 1
    return list(counts.values())


def _arm(group: Running) -> dict[str, Any]:
    return {"customers": group.customers, "buyers": int(group.buyers[-1])}


def _excluded(campaign: Campaign) -> int:
    return Assignment.objects.filter(campaign=campaign, decision=Decision.EXCLUDED).count()
