"""The viewer's day: the main figures and what campaigns brought, read only."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.models import User
from core.formats import day, money, of_100, whole
from features.selectors import snapshot_as_of
from personas.doubt import churn_in_use
from personas.homes import parts
from personas.homes.common import home as common_home
from personas.homes.flow import flow
from personas.homes.verdicts import Judged, judged, verdict_rows
from personas.selectors import shop_days
from personas.weeks import Week, last_week, missing_words, week_figures, weekly_chart
from segmentation.models import SegmentKind
from segmentation.movement import latest_movement
from segmentation.pages import css_of, finding
from segmentation.selectors import GroupFigures, group_figures


def home(user: User, now: datetime) -> Any:
    """Before the first refresh the common page says what will stand here."""
    groups = group_figures(SegmentKind.RFM)
    if not groups:
        return common_home(user, now)
    days, of, found = shop_days(), latest_movement(), judged()
    week = last_week(days)
    return {
        "own": True,
        "freshness": f"groups as of {day(snapshot_as_of())}",
        "finding": _finding(week, groups),
        "lede": finding(groups).replace("\n", " "),
        "week": parts.week_words(week),
        "figures": (week_figures(week) if week else [])
        + parts.leaving_figure(parts.leaving(), churn_in_use()),
        "verdicts": verdict_rows(found, now),
        "chart": weekly_chart(days, week),
        "groups": [_group(group) for group in groups if group.size],
        "groups_finding": _groups_finding(groups),
        "flow": flow(of, [group.segment for group in groups]) if of else {},
        "flow_finding": "Who moved between the groups",
        "next": _next(found),
    }


def _finding(week: Week | None, groups: list[GroupFigures]) -> str:
    """The week's money beside what is usual, on the same days."""
    if week is None or not week.usual_revenue:
        return finding(groups)
    change = week.revenue / week.usual_revenue - 1
    held = f"{7 - len(week.missing)} days" if week.missing else "Last week"
    brought = f"{held} brought {money(week.revenue)}"
    if abs(change) < 0.005:
        return f"{brought}, as usual."
    more = "more" if change > 0 else "less"
    same = " on the same days" if missing_words(week) else ""
    return f"{brought}, {abs(change) * 100:.0f} % {more} than usual{same}."


def _group(group: GroupFigures) -> dict[str, str]:
    return {
        "name": group.segment.name,
        "css": css_of(group.segment),
        "size": whole(group.size),
        "revenue": money(group.revenue),
        "width": f"{group.revenue_share * 100:.1f}",
        "share": of_100(group.revenue_share),
    }


def _groups_finding(groups: list[GroupFigures]) -> str:
    largest = max(groups, key=lambda group: group.size)
    return f"{largest.segment.name} are the largest group: {of_100(largest.share)} of 100 customers"


def _next(found: list[Judged]) -> dict[str, str]:
    """What there is to read."""
    read = next((one for one in found if one.result and one.result.frozen), None)
    if read is not None:
        return {
            "title": f"Next: read what {read.campaign.name} brought",
            "text": "Its result is frozen: nothing that comes in later changes it.",
            "verb": "Read the result",
            "url": reverse("campaign_result", args=[read.campaign.pk]),
        }
    return {
        "title": "Next: see how the groups differ",
        "text": "Sizes, revenue, and how sure the groups are.",
        "verb": "See segments",
        "url": reverse("segmentation:overview"),
    }
