"""Campaigns on home pages: honest verdicts on one axis, and what of them waits for somebody."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from campaigns.campaign_standing import ORIGINS, made_by
from campaigns.models import Campaign, CampaignState, Origin, Result
from campaigns.result_words import interval, signed
from campaigns.selectors import campaigns, newest_results
from campaigns.verdicts import EARLY, HARM, LESS, MORE
from core.formats import spelt, whole
from core.localtime import local_wall
from core.selectors import organisation_zone

SHOWN, WAITING = 6, 4
SURE = (MORE, LESS, HARM)
WIDE, PAD = 240.0, 6.0
LATELY_DAYS = 14


@dataclass(frozen=True)
class Judged:
    """A launched campaign of our own with the newest look at it, if there is one."""

    campaign: Campaign
    result: Result | None

    @property
    def state(self) -> str:
        return str(self.result.figures.get("state", EARLY)) if self.result else EARLY

    @property
    def revenue(self) -> dict[str, Any]:
        """The first measure; nothing before the first day of orders."""
        metrics = self.result.figures.get("metrics", []) if self.result else []
        found: dict[str, Any] = metrics[0] if metrics else {}
        return found if found.get("low") is not None else {}


def judged() -> list[Judged]:
    """What runs first, then what ended last; past campaigns tell of no effect and are not here."""
    launched = campaigns().exclude(origin=Origin.HISTORY).exclude(launched_at=None)
    found = sorted(
        launched.order_by("-launched_at")[: 4 * SHOWN],
        key=lambda one: one.state != CampaignState.RUNNING,
    )[:SHOWN]
    results = newest_results(found)
    return [Judged(one, results.get(one.pk)) for one in found]


def verdict_rows(found: Sequence[Judged], now: datetime) -> dict[str, Any]:
    """All whiskers on one axis, so that they can be compared; empty without a campaign."""
    if not found:
        return {}
    low, high, ticks = _axis([one.revenue for one in found if one.revenue])
    return {
        "finding": _finding(found),
        "note": "Extra revenue per customer against its control group, with 95 % interval."
        " Hatched: not enough evidence.",
        "ticks": [{"x": f"{_x(t, low, high):.1f}", "words": signed(t, 0)} for t in ticks],
        "rows": [_row(one, now, low, high) for one in found],
    }


def waiting(now: datetime) -> list[dict[str, str]]:
    """Drafts, approved ones and fresh results: {name, words, verb, url}."""
    of = campaigns().exclude(origin=Origin.HISTORY)
    open_ones = of.filter(state__in=[CampaignState.DRAFT, CampaignState.APPROVED])
    rows = [
        _waits(one, "Waits for approval" if one.state == CampaignState.DRAFT else "Launch it")
        for one in open_ones.order_by("-pk")[:WAITING]
    ]
    frozen = Result.objects.filter(frozen=True, campaign__in=of).select_related("campaign")
    fresh = [r for r in frozen[:WAITING] if (now - r.created_at).days < LATELY_DAYS]
    return rows + [
        {
            "name": result.campaign.name,
            "words": f"reached day {result.campaign.horizon_days}",
            "verb": "Read the result",
            "url": reverse("campaign_result", args=[result.campaign_id]),
        }
        for result in fresh
    ]


def to_approve(user: Any) -> list[dict[str, str]]:
    """Drafts of others, for whoever may approve them."""
    drafts = campaigns().filter(state=CampaignState.DRAFT).exclude(origin=Origin.HISTORY)
    return [
        _waits(one, "Look and approve")
        for one in drafts.order_by("pk")[: 2 * WAITING]
        if not made_by(one, user)
    ][:WAITING]


def _waits(campaign: Campaign, verb: str) -> dict[str, str]:
    size = campaign.counts.get("treated", 0) + campaign.counts.get("control", 0)
    return {
        "name": campaign.name,
        "words": f"{whole(size)} customers" if size else "",
        "verb": verb,
        "url": reverse("campaign", args=[campaign.pk]),
    }


def _finding(found: Sequence[Judged]) -> str:
    shown = sum(one.state in SURE for one in found)
    many = "campaign" if len(found) == 1 else "campaigns"
    if len(found) == 1:
        return "The one campaign has shown an effect" if shown else "No campaign has an effect yet"
    verb = "has" if shown < 2 else "have"
    several = spelt(shown).capitalize() if shown else "None"
    return f"{several} of {spelt(len(found))} {many} {verb} shown an effect"


def _row(one: Judged, now: datetime, low: float, high: float) -> dict[str, Any]:
    campaign, revenue = one.campaign, one.revenue
    assert campaign.launched_at is not None
    zone = organisation_zone()
    days = (local_wall(now, zone).date() - local_wall(campaign.launched_at, zone).date()).days
    said = f"{signed(revenue['estimate'])} per customer, " if revenue else ""
    return {
        "name": campaign.name,
        "url": reverse("campaign_result", args=[campaign.pk]),
        "channel": campaign.get_channel_display(),
        "made_up": ORIGINS[Origin(campaign.origin)],
        "time": f"{min(days, campaign.horizon_days)} of {campaign.horizon_days} days",
        "at": _at(revenue, low, high),
        "zero": f"{_x(0.0, low, high):.1f}",
        "sure": one.state in SURE,
        "better": one.state == MORE,
        "estimate": said.removesuffix(", "),
        "verdict": one.result.verdict if one.result else "No reading before the first whole day.",
        "so_far": f"{said}{interval('revenue', revenue)}: too early to judge."
        if revenue and one.state == EARLY
        else "",
    }


def _axis(revenues: Sequence[dict[str, Any]]) -> tuple[float, float, list[float]]:
    """Round ends that hold zero and every interval, and ticks between them."""
    values = [0.0, *(row[end] for row in revenues for end in ("low", "high"))]
    rough = max((max(values) - min(values)) / 4, 1.0)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough)
    first, last = math.floor(min(values) / step), math.ceil(max(values) / step)
    ticks = [place * step for place in range(first, max(last, first + 1) + 1)]
    return ticks[0], ticks[-1], ticks


def _x(value: float, low: float, high: float) -> float:
    return PAD + (WIDE - 2 * PAD) * (value - low) / ((high - low) or 1.0)


def _at(revenue: dict[str, Any], low: float, high: float) -> dict[str, str]:
    """As templates/cotton/whisker.html draws it."""
    if not revenue:
        return {}
    at = {name: _x(revenue[name], low, high) for name in ("low", "high", "estimate")}
    return {
        "low": f"{at['low']:.1f}",
        "high": f"{at['high']:.1f}",
        "width": f"{max(at['high'] - at['low'], 1.0):.1f}",
        "here": f"{at['estimate']:.1f}",
        "zero": f"{_x(0.0, low, high):.1f}",
    }
