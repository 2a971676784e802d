"""What the home page says: one finding, the figures that prove it, and what to do next."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.urls import reverse

import features.selectors
from accounts.capabilities import Capability
from accounts.models import User
from core.formats import counted, day, money, of_100, whole
from customers.selectors import any_synthetic
from personas.selectors import Week, last_weeks
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
    notes: list[str] = field(default_factory=list)


def home(user: User, now: datetime) -> Home:
    """The page of somebody who is signed in, once there is something to show."""
    groups = group_figures(SegmentKind.RFM)
    weeks = last_weeks()
    if not groups:
        return _before_the_first_refresh(user, weeks)
    largest = max(groups, key=lambda group: group.size)
    return Home(
        finding=finding(groups),
        lede=(
            f"The largest group is {largest.segment.name}: {counted(largest.size, 'customer')} of"
            f" {whole(sum(g.size for g in groups))}."
        ),
        freshness=f"groups as of {day(features.selectors.snapshot_as_of())}",
        figures=_figures(weeks),
        table_finding=f"{_top(groups).segment.name} bring most: {money(_top(groups).revenue)}",
        groups=[_row(group, user) for group in groups],
        next=_next(user, largest),
        notes=_notes(now),
    )


def _before_the_first_refresh(user: User, weeks: list[Week]) -> Home:
    may = user.can(Capability.MANAGE_MODELS)
    return Home(
        finding="Your orders are here; groups follow with the first refresh.",
        lede="A refresh works out features, groups and clusters from what was brought in.",
        freshness="no refresh yet",
        figures=_figures(weeks),
        table_finding="Groups stand here after the refresh",
        groups=[],
        next={
            "title": "Refresh" if may else "An analyst can refresh",
            "text": "It starts by itself after an import, once no more files come in.",
            "verb": "See segments",
            "url": reverse("segmentation:overview"),
        },
    )


def _figures(weeks: list[Week]) -> list[dict[str, str]]:
    """The last seven days of data beside the seven before, like days with like."""
    if not weeks:
        return []
    this = weeks[0]
    before = weeks[1] if len(weeks) > 1 else None
    return [
        _figure("Revenue, 7 days", money(this.revenue), this.revenue, before and before.revenue),
        _figure(
            "Customers who bought",
            whole(this.customers),
            this.customers,
            before and before.customers,
        ),
        _figure("Orders", whole(this.orders), this.orders, before and before.orders),
    ]


def _figure(label: str, value: str, now: float, before: float | None) -> dict[str, str]:
    if not before:
        return {"label": label, "value": value, "note": "no week before to compare"}
    change = now / before - 1
    arrow = "↑" if change > 0 else "↓" if change < 0 else "="
    return {
        "label": label,
        "value": value,
        "note": f"{arrow} {abs(change) * 100:.0f} % on the week before",
    }


def _row(group: GroupFigures, user: User) -> dict[str, str]:
    url = reverse("segmentation:members", args=[group.segment.slug])
    return {
        "name": group.segment.name,
        "css": css_of(group.segment),
        "url": url if user.can(Capability.VIEW_CUSTOMERS) else "",
        "size": whole(group.size),
        "percent": of_100(group.revenue_share),
        "percent_width": f"{group.revenue_share * 100:.1f}",
    }


def _next(user: User, largest: GroupFigures) -> dict[str, str]:
    segment = largest.segment
    if user.can(Capability.VIEW_CUSTOMERS):
        return {
            "title": f"Look into {segment.name}",
            "text": f"{counted(largest.size, 'customer')}, {whole(largest.reachable_email)} may be"
            " written to by e-mail.",
            "verb": f"See {segment.name}",
            "url": reverse("segmentation:members", args=[segment.slug]),
        }
    return {
        "title": "See how the groups differ",
        "text": "Sizes, revenue and how sure the groups are.",
        "verb": "See segments",
        "url": reverse("segmentation:overview"),
    }


def _notes(now: datetime) -> list[str]:
    """What one must know before believing the page."""
    notes = [
        f"Dates of {source.name} are moved on by {source.shift_days // 7:,} weeks, so that its last"
        " day is a recent Sunday."
        for source in shifted_sources()
    ]
    if any_synthetic():
        notes.append("Names, addresses and consent are synthetic; purchases are real.")
    newest = last_order_at()
    if newest and now - newest > OLD:
        notes.append(
            f"The newest order is of {day(newest)}. For figures as of that day refresh with"
            " --as-of last_day."
        )
    return notes


def _top(groups: list[GroupFigures]) -> GroupFigures:
    return max(groups, key=lambda group: group.revenue)
