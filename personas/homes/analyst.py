"""Where an analyst begins the day: is the data whole, what was rejected, do the models hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Sum
from django.urls import reverse

import features.selectors
import ingestion.selectors
from accounts.models import User
from core.formats import counted, day, moment_words, money, whole
from core.selectors import organisation_zone
from customers.selectors import any_synthetic
from personas import sections
from personas.homes.analyst_models import models_against_baselines
from personas.homes.pulse import COMPARED, SHOWN, WEEK, Source, filled, pulse_row, sources, verdict
from personas.selectors import Day, shop_days
from personas.weeks import Week, change_words, last_week, missing_words
from runs.models import MOVING
from runs.pages import seconds, steps
from runs.selectors import runs
from transactions.selectors import last_order_at

LATELY = timedelta(days=7)
FEATURES_SHOWN = 6


@dataclass(frozen=True)
class AnalystHome:
    finding: str
    lede: str
    figures: list[dict[str, str]]
    next: dict[str, Any]
    waiting: list[dict[str, Any]]
    pulse: dict[str, Any]
    refresh: dict[str, Any]
    loads: dict[str, Any]
    features: dict[str, Any]
    models: dict[str, Any]


def home(user: User, now: datetime) -> AnalystHome:
    days = shop_days()
    week, newest = last_week(days), last_order_at()
    models = models_against_baselines()
    decisions = [
        *sections.source_alerts(),
        *sections.failed_runs(since=now - LATELY),
        *_missing(week, days),
        *_rejects(now),
        *_stale(newest),
    ]
    return AnalystHome(
        finding=_finding(week, newest),
        lede=since_last_week(week, now),
        figures=_figures(week, newest, models, now),
        next=decisions[0] if decisions else _nothing(),
        waiting=decisions[1:],
        pulse=_pulse(days),
        refresh=_refresh(),
        loads=sections.loads(),
        features=_coverage(),
        models=models,
    )


def since_last_week(week: Week | None, now: datetime) -> str:
    """One line: orders beside the week before, and what came in and was turned away."""
    loads = ingestion.selectors.loads().filter(dry_run=False, created_at__gte=now - LATELY)
    totals = loads.aggregate(read=Sum("read"), rejected=Sum("rejected"))
    came = counted(loads.count(), "load")
    rows = f"{came} brought {counted(totals['read'] or 0, 'row')} in seven days"
    turned = f"{whole(totals['rejected'] or 0)} rejected"
    if week is None or not week.orders_before:
        return f"{rows}, {turned}."
    change = week.orders / week.orders_before - 1
    moved = f"{'up' if change > 0 else 'down'} {abs(change) * 100:.0f} %"
    same = " on the same days" if week.missing else ""
    return f"Orders are {moved} on the week before{same}. {rows}, {turned}."


def _finding(week: Week | None, newest: datetime | None) -> str:
    if newest is None:
        return "No order is recorded; features come from files of one row a customer."
    if week is None:
        return f"The orders are whole to {day(newest)}; there is less than a week of them."
    if week.missing:
        return f"{missing_words(week)} {change_words(week)}"
    if week.change is None:
        return f"The week to {day(newest)} is whole: seven days with orders."
    moved = f"{'up' if week.change > 0 else 'down'} {abs(week.change) * 100:.0f} %"
    return f"The week to {day(newest)} is whole; revenue is {moved} on the 12-week mean."


def _figures(
    week: Week | None, newest: datetime | None, models: dict[str, Any], now: datetime
) -> list[dict[str, str]]:
    loads = ingestion.selectors.loads().filter(created_at__gte=now - LATELY)
    tried = loads.filter(dry_run=True).aggregate(many=Sum("rejected"))["many"] or 0
    settled = loads.filter(dry_run=False).aggregate(many=Sum("rejected"))["many"] or 0
    as_of = features.selectors.snapshot_as_of()
    return [
        {
            "label": "Newest order",
            "value": moment_words(newest) if newest else "–",
            "note": f"groups and scores as of {day(as_of)}" if as_of else "no refresh yet",
        },
        {
            "label": "Orders, 7 days",
            "of": "orders",
            "value": whole(week.orders if week else None),
            "note": f"{whole(week.orders_before)} the week before" if week else "",
        },
        {
            "label": "Rejected, 7 days",
            "of": "rejected",
            "value": counted(tried + settled, "row"),
            "note": f"{whole(tried)} in dry runs, {whole(settled)} in loads",
        },
        {
            "label": "Better than the baseline",
            "of": "baseline",
            "value": models["score"],
            "note": "on windows after training",
        },
    ]


def _pulse(days: Sequence[Day]) -> dict[str, Any]:
    """The table of sources, its title what is out of range."""
    if not days:
        return {}
    zone, end = organisation_zone(), days[-1].day
    first = end - timedelta(days=SHOWN + WEEK * COMPARED - 1)
    begin = max(first, days[0].day)
    orders = filled({one.day: one.orders for one in days if one.day >= begin}, begin, end)
    till, others = Source("Orders", orders, end), sources(end, zone)
    made_up = any_synthetic()
    off = [(one.label, verdict(one).words) for one in (till, *others) if verdict(one).bad]
    return {
        "finding": "; ".join(f"{label}: {words}" for label, words in off)
        or "Every source came in as usual",
        "note": f"Records a day, five weeks to {end:%a %-d %b}. Grey: the least and the most of the"
        " same weekday in the eight weeks before.",
        "newest": f"{end:%-d %b}",
        "weekday": f"Usual {end:%A}",
        "rows": [pulse_row(till, synthetic=False)]
        + [pulse_row(one, synthetic=made_up) for one in others],
    }


def _refresh() -> dict[str, Any]:
    """The refresh at work with its steps, or the last one."""
    latest = runs().filter(name="refresh").first()
    if latest is None:
        return {"finding": "No refresh yet", "steps": [], "number": 0, "moving": False}
    if latest.state in MOVING:
        words = "A refresh is at work; you may leave"
    elif latest.finished_at and latest.state == "succeeded":
        words = f"The last refresh took {seconds(latest)} s, {moment_words(latest.finished_at)}"
    else:
        words = f"The last refresh {latest.state}; what was there before stays"
    return {
        "finding": words,
        "steps": steps(latest),
        "number": latest.pk,
        "moving": latest.state in MOVING,
    }


def _coverage() -> dict[str, Any]:
    """Which features are missing for most customers."""
    known = [entry for entry in features.selectors.catalogue() if entry.null_share is not None]
    if not known:
        return {}
    full = sum(not entry.null_share for entry in known)
    lacking = sorted(known, key=lambda entry: (-(entry.null_share or 0), entry.name))
    return {
        "finding": f"{whole(full)} of {whole(len(known))} features are known for every customer",
        "rows": [
            {
                "name": entry.name,
                "family": entry.family,
                "width": f"{(1 - (entry.null_share or 0)) * 100:.1f}",
                "known": f"{(1 - (entry.null_share or 0)) * 100:.1f}",
            }
            for entry in lacking[:FEATURES_SHOWN]
            if entry.null_share
        ],
    }


def _missing(week: Week | None, days: Sequence[Day]) -> list[dict[str, Any]]:
    """A day without a single order: was the shop closed, or is a file missing?"""
    if week is None or not week.missing:
        return []
    gone: date = week.missing[-1]
    same = [one for one in days if one.day < gone and one.day.weekday() == gone.weekday()]
    usual = sum(one.orders for one in same[-COMPARED:]) / max(len(same[-COMPARED:]), 1)
    revenue = sum(one.revenue for one in same[-COMPARED:]) / max(len(same[-COMPARED:]), 1)
    return [
        {
            "title": f"was the shop closed on {gone:%A} {gone.day} {gone:%B}?",
            "text": f"If it was, all is well. If not, a file is missing: about {whole(usual)}"
            f" orders and {money(revenue)} by the {gone:%A}s before.",
            "verb": "Bring in the file",
            "url": reverse("ingestion:new"),
            "second": "See the imports",
            "second_url": reverse("ingestion:list"),
        }
    ]


def _rejects(now: datetime) -> list[dict[str, Any]]:
    """Loads of the week with rejected rows, the most first."""
    loads = ingestion.selectors.loads().filter(created_at__gte=now - LATELY, rejected__gt=0)
    return [
        {
            "title": f"{counted(load.rejected, 'row')} of {load.file_name} rejected",
            "text": "Nothing of it was loaded yet: it was a dry run."
            if load.dry_run
            else f"{whole(load.read - load.rejected)} others are in.",
            "verb": f"Open the {whole(load.rejected)}",
            "url": reverse("ingestion:load", args=[load.pk]),
        }
        for load in loads.order_by("-rejected")[:3]
    ]


def _stale(newest: datetime | None) -> list[dict[str, Any]]:
    as_of = features.selectors.snapshot_as_of()
    if newest is None or (as_of is not None and newest < as_of):
        return []
    return [
        {
            "title": "orders came in after the last refresh",
            "text": "Groups and scores follow by themselves once no more files come in, or now.",
            "verb": "Refresh now",
            "url": reverse("refresh"),
            "post": {"asked": "home"},
        }
    ]


def _nothing() -> dict[str, Any]:
    return {
        "title": "nothing waits for you",
        "text": "The data are whole, no row was rejected, and groups and scores are of the newest"
        " orders.",
        "verb": "See the models",
        "url": reverse("models"),
        "second": "What follows what",
        "second_url": reverse("pipelines:flow"),
    }
