"""The estimates of a comparison as plain JSON: metrics with intervals, and variants."""

import math
from typing import Any

import numpy as np
import polars as pl

from analytics.experiments import (
    PairedSample,
    Sample,
    cuped,
    difference,
    holm,
    minimum_detectable_effect,
    minimum_detectable_share,
    relative_lift,
    share_difference,
)
from analytics.experiments.estimates import Estimate
from analytics.experiments.running import Running, running
from campaigns.models import Decision

TREATED, CONTROL = Decision.TREATED.value, Decision.CONTROL.value


def metrics_of(treated: Running, control: Running) -> list[dict[str, Any]]:
    """Revenue, which the verdict is about, then orders and conversion; p adjusted by Holm."""
    found = [
        _mean("revenue", treated.revenue, control.revenue),
        _mean("orders", treated.orders, control.orders),
        _share("conversion", treated, control),
    ]
    for metric, adjusted in zip(found, holm([m["p"] for m in found]), strict=True):
        metric["adjusted_p"] = number(adjusted)
        metric["total"] = _times(metric["estimate"], treated.customers)
        metric["total_low"] = _times(metric["low"], treated.customers)
        metric["total_high"] = _times(metric["high"], treated.customers)
    return found


def _mean(name: str, treated: PairedSample, control: PairedSample) -> dict[str, Any]:
    """Per customer, with what spend before explains taken off."""
    ours, theirs = at_the_end(treated), at_the_end(control)
    adjusted = cuped(ours, theirs)
    told = difference(adjusted.treated, adjusted.control)
    plain = difference(ours.value, theirs.value)
    n_t, n_c = int(ours.value.n), int(theirs.value.n)
    sd = _pooled_sd(adjusted.treated, adjusted.control)
    smallest = minimum_detectable_effect(n_t, n_c, float(theirs.value.mean), sd)
    return {
        "name": name,
        TREATED: number(ours.value.mean),
        CONTROL: number(theirs.value.mean),
        **_said(told),
        **_lift(adjusted.treated, adjusted.control),
        "variance_reduction": number(adjusted.reduction),
        "unadjusted": _said(plain),
        "detectable": number(smallest.absolute),
        "detectable_relative": number(smallest.relative),
        "power": smallest.power,
    }


def _share(name: str, treated: Running, control: Running) -> dict[str, Any]:
    """Customers who bought at all, as a share of the group."""
    n_t, n_c = treated.customers, control.customers
    bought_t, bought_c = float(treated.buyers[-1]), float(control.buyers[-1])
    told = share_difference(bought_t, n_t, bought_c, n_c)
    share_t, share_c = bought_t / max(n_t, 1), bought_c / max(n_c, 1)
    smallest = minimum_detectable_share(n_t, n_c, share_c)
    arms = (
        Sample(n_t, share_t, share_t * (1 - share_t)),
        Sample(n_c, share_c, share_c * (1 - share_c)),
    )
    return {
        "name": name,
        TREATED: share_t,
        CONTROL: share_c,
        **_said(told),
        **_lift(*arms),
        "variance_reduction": 0.0,
        "unadjusted": _said(told),
        "detectable": number(smallest.absolute),
        "detectable_relative": number(smallest.relative),
        "power": smallest.power,
    }


def variants_of(people: pl.DataFrame, bought: pl.DataFrame, days: int) -> list[dict[str, Any]]:
    """Each variant's revenue against control, and against each other; Holm over all of them."""
    named = people.with_columns(pl.coalesce("variant", "group").alias("group"))
    groups = running(named, bought, days)
    names = sorted(name for name in named["variant"].unique().to_list() if name)
    if len(names) < 2:
        return []
    pairs = [(name, CONTROL) for name in names if CONTROL in groups]
    pairs += [(b, a) for i, a in enumerate(names) for b in names[i + 1 :]]
    rows = []
    for name, against in pairs:
        adjusted = cuped(at_the_end(groups[name].revenue), at_the_end(groups[against].revenue))
        rows.append(
            {
                "variant": name,
                "against": against,
                "customers": groups[name].customers,
                **_said(difference(adjusted.treated, adjusted.control)),
            }
        )
    for row, adjusted_p in zip(rows, holm([row["p"] for row in rows]), strict=True):
        row["adjusted_p"] = number(adjusted_p)
    return rows


def at_the_end(sample: PairedSample) -> PairedSample:
    """What is known in all, of a sample that runs over the days."""
    value, before = (
        Sample(part.n, np.ravel(part.mean)[-1], np.ravel(part.variance)[-1])
        for part in (sample.value, sample.before)
    )
    return PairedSample(value, before, np.ravel(sample.covariance)[-1])


def _pooled_sd(treated: Sample, control: Sample) -> float:
    rest = max(float(treated.n) + float(control.n) - 2, 1.0)
    both = (float(treated.n) - 1) * treated.variance + (float(control.n) - 1) * control.variance
    return math.sqrt(max(float(both), 0.0) / rest)


def _said(told: Estimate) -> dict[str, Any]:
    return {
        "estimate": number(told.value),
        "low": number(told.low),
        "high": number(told.high),
        "p": number(told.p),
    }


def _lift(treated: Sample, control: Sample) -> dict[str, Any]:
    told = relative_lift(treated, control)
    return {
        "relative": number(told.value),
        "relative_low": number(told.low),
        "relative_high": number(told.high),
    }


def number(value: Any) -> float | None:
    """JSON knows neither infinity nor NaN: what is not known is null."""
    number = None if value is None else float(value)
    return number if number is not None and math.isfinite(number) else None


def _times(value: float | None, customers: int) -> float | None:
    return None if value is None else value * customers
