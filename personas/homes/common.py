"""The home page of whoever has none of their own yet: before the first refresh, and for product
where there are no orders. One finding, the figures that prove it, and what to do next."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

import features.selectors
from accounts.capabilities import Capability
from accounts.models import User
from core.formats import counted, day, money, of_100, whole
from customers.selectors import any_synthetic
from personas import sections
from personas.selectors import shop_days
from personas.weeks import Week, last_week, missing_words, week_figures, weekly_chart
from segmentation.models import SegmentKind
from segmentation.pages import css_of, finding
from segmentation.selectors import GroupFigures, group_figures
from transactions.selectors import last_order_at, shifted_sources

OLD = timedelta(days=30)


@dataclass(frozen=True)
class Home:
    finding: str
    lede: str
    freshness: str
    figures: list[dict[str, str]]
    table_finding: str
    groups: list[dict[str, str]]
    next: dict[str, str]
    chart: dict[str, Any] = field(default_factory=dict)
    moved: dict[str, Any] = field(default_factory=dict)
    silent: dict[str, Any] = field(default_factory=dict)
    categories: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def home(user: User, now: datetime) -> Home:
    """The page of somebody who is signed in, once there is something to show."""
    groups = group_figures(SegmentKind.RFM)
    days = shop_days()
    week = last_week(days)
    opening = _opening(groups, week) if groups else _before_the_first_refresh()
    may_see = user.can(Capability.VIEW_CUSTOMERS)
    return Home(
        **opening,
        figures=week_figures(week) if week else [],
        groups=[_row(group, may_see=may_see) for group in groups],
        next=_next(user, groups),
        chart=weekly_chart(days, week),
        moved=sections.moved() if may_see else {},
        silent=sections.silent(user) if may_see else {},
        categories=sections.categories(days),
        notes=_notes(now),
    )


def _opening(groups: list[GroupFigures], week: Week | None) -> dict[str, str]:
    largest = max(groups, key=lambda group: group.size)
    total = whole(sum(group.size for group in groups))
    missing = f" {missing_words(week)}" if week else ""
    return {
        "freshness": f"groups as of {day(features.selectors.snapshot_as_of())}",
        "table_finding": f"{largest.segment.name} are the largest group:"
        f" {of_100(largest.share)} of 100 customers",
        "finding": finding(groups),
        "lede": f"The largest group is {largest.segment.name}:"
        f" {counted(largest.size, 'customer')} of {total}.{missing}",
    }


def _before_the_first_refresh() -> dict[str, str]:
    return {
        "finding": "Your orders are here; groups follow with the first refresh.",
        "lede": "A refresh works out features, groups and clusters from what was brought in. It"
        " starts by itself once no more files come in.",
        "freshness": "no refresh yet",
        "table_finding": "Groups stand here after the refresh",
    }


def _row(group: GroupFigures, *, may_see: bool) -> dict[str, str]:
    url = reverse("segmentation:members", args=[group.segment.slug])
    return {
        "name": group.segment.name,
        "css": css_of(group.segment),
        "url": url if may_see else "",
        "size": whole(group.size),
        "percent": of_100(group.revenue_share),
        "percent_width": f"{group.revenue_share * 100:.1f}",
        "revenue": money(group.revenue),
    }


def _next(user: User, groups: list[GroupFigures]) -> dict[str, str]:
    """The one action that this person may do now."""
    overview = reverse("segmentation:overview")
    if not groups:
        return {
            "title": "The refresh starts by itself",
            "text": "An analyst can start it sooner.",
            "verb": "See segments",
            "url": overview,
        }
    largest = max(groups, key=lambda group: group.size)
    segment = largest.segment
    if user.can(Capability.VIEW_CUSTOMERS):
        return {
            "title": f"Next: look into {segment.name}",
            "text": f"{counted(largest.size, 'customer')} who spent {money(largest.revenue)};"
            f" {whole(largest.reachable_email)} of them may be written to by e-mail.",
            "verb": f"See {segment.name}",
            "url": reverse("segmentation:members", args=[segment.slug]),
            "second": "All groups",
            "second_url": overview,
        }
    return {
        "title": "Next: see how the groups differ",
        "text": f"{segment.name} are the largest: {counted(largest.size, 'customer')}.",
        "verb": "See segments",
        "url": overview,
    }


def _notes(now: datetime) -> list[str]:
    """What one must know before believing the page."""
    notes = [
        f"Dates of {source.name} are moved on by {whole(source.shift_days // 7)} weeks, so that its"
        " last day is a recent Sunday."
        for source in shifted_sources()
    ]
    if any_synthetic():
        notes.append("Names, addresses and consent are synthetic; purchases are real.")
    newest, as_of = last_order_at(), features.selectors.snapshot_as_of()
    if newest and as_of and newest >= as_of:
        notes.append(
            f"The week and its orders are of the newest data, to {day(newest)}; groups and customer"
            f" pages count what came before {day(as_of)}."
        )
    if newest and now - newest > OLD:
        notes.append(
            f"The newest order is of {day(newest)}. For figures as of that day refresh with"
            " --as-of last_day."
        )
    return notes
