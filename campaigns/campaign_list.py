"""What the list of campaigns says: what runs, what waits, what became of the others."""

from collections.abc import Sequence
from typing import Any

from campaigns.campaign_standing import ORIGINS, PAST, mark, standing
from campaigns.looks import nothing_yet
from campaigns.models import Campaign, CampaignState, Origin, Result
from campaigns.result_words import interval, signed
from campaigns.verdicts import EARLY
from core.formats import counted, short_day, whole

PARTS = {"all": "All", "now": "Now", "ended": "Ended", "history": "Past"}
COLUMNS = {"name": "Campaign", "audience": "Customers", "ends": "Ends on"}
LOOKS = {"audience": "num", "ends": "wide"}
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def list_words(tallies: dict[str, int]) -> dict[str, str]:
    """What goes on now, first; what is over, last."""
    if not tallies["all"]:
        return {
            "finding": "There is no campaign yet.",
            "lede": "A campaign treats an audience, holds a control group out by chance, and says"
            " what it brought.",
        }
    parts = [
        (tallies[CampaignState.RUNNING], "is running", "are running"),
        (tallies[CampaignState.DRAFT], "waits for approval", "wait for approval"),
        (tallies[CampaignState.APPROVED], "is approved", "are approved"),
        (tallies["judged"], "has its verdict", "have their verdict"),
    ]
    own = [part for part in parts if part[0]]
    said = [_said(*part, noun="" if place else " campaign") for place, part in enumerate(own)]
    words, kept = _joined(said or ["no campaign is under way"]), tallies["history"]
    if kept:
        words += f"; {_said(kept, 'is', 'are', noun=' past one')} kept as history"
    lede = "History was targeted, not randomised: it tells who got what, and no effect."
    return {"finding": f"{words[0].upper()}{words[1:]}.", "lede": lede if kept else ""}


def _said(number: int, one: str, many: str, *, noun: str) -> str:
    """two campaigns are running; one waits for approval."""
    shown = NUMBERS[number] if number < len(NUMBERS) else whole(number)
    several = noun and number != 1
    return f"{shown}{noun}{'s' if several else ''} {one if number == 1 else many}"


def _joined(parts: Sequence[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def tabs(tallies: dict[str, int], part: str) -> list[dict[str, Any]]:
    return [
        {"part": key, "label": label, "count": whole(tallies[key]), "current": key == part}
        for key, label in PARTS.items()
    ]


def campaign_rows(
    found: Sequence[Campaign], results: dict[int, Result]
) -> dict[str, list[dict[str, Any]]]:
    """{own: …, past: …}: history is told apart."""
    rows: dict[str, list[dict[str, Any]]] = {"own": [], "past": []}
    for campaign in found:
        row = _row(campaign, results.get(campaign.pk))
        rows["past" if standing(campaign) == PAST else "own"].append(row)
    return rows


def _row(campaign: Campaign, result: Result | None) -> dict[str, Any]:
    ends = f"{counted(campaign.horizon_days, 'day')} after its launch"
    return {
        "pk": campaign.pk,
        "name": campaign.name,
        "goal": campaign.goal,
        "mark": mark(campaign),
        # Of past ones the heading of their table says it once.
        "origin": "" if standing(campaign) == PAST else ORIGINS[Origin(campaign.origin)],
        "audience": whole(campaign.audience),  # as listed_campaigns annotates it
        "ends": short_day(campaign.ends_at) if campaign.ends_at else ends,
        "verdict": _verdict(campaign, result),
        "so_far": _so_far(result) if result else "",
    }


def _verdict(campaign: Campaign, result: Result | None) -> str:
    if result is None:
        return nothing_yet(campaign) if campaign.launched_at else ""
    return result.verdict


def _so_far(result: Result) -> str:
    """Before the horizon a verdict says no figure: it stands here, with its interval."""
    revenue = next(iter(result.figures.get("metrics", [])), None)
    if result.figures.get("state") != EARLY or revenue is None or revenue["estimate"] is None:
        return ""
    so_far = f"{signed(revenue['estimate'])} per customer"
    return f"So far {so_far}, {interval('revenue', revenue)}"


def past_finding(total: int) -> str:
    return f"{counted(total, 'past campaign')}, targeted, not randomised: no causal claim"
