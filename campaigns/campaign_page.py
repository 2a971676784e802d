"""What the page of one campaign says: how it stands, what is next, who is in, what was said."""

from datetime import datetime
from typing import Any

import features.selectors
from accounts.capabilities import Capability
from accounts.models import User
from campaigns.audience import refuse_nobody, refuse_over_budget
from campaigns.campaign_counts import cost, effect, who_is_in
from campaigns.campaign_standing import (
    LAUNCHING,
    ORIGINS,
    PAST,
    PAUSED,
    launch_failed,
    made_by,
    mark,
    standing,
    who_may_approve,
)
from campaigns.delivery_pages import CHANNEL_WORDS
from campaigns.models import Campaign, CampaignState, Origin, Result
from campaigns.selectors import (
    AudiencePreview,
    newest_results,
    preview_of,
    receipt_counts,
    variants_of,
)
from core.errors import Refused
from core.formats import counted, day, moment_words, money, of_100, whole
from core.money import from_minor
from core.selectors import organisation
from customers.models import Channel
from runs.pages import steps
from segmentation.models import Segment
from segmentation.rule_words import Parts, sentence

WAITING = (CampaignState.DRAFT, CampaignState.APPROVED)


def campaign_page(campaign: Campaign, *, user: User, at: datetime) -> dict[str, Any]:
    stands = standing(campaign)
    preview, problem = _counted_now(campaign, stands, at)
    counts, detectable = campaign.counts, campaign.detectable
    if preview is not None:
        counts, detectable = preview.counts, preview.detectable
    elif campaign.launched_at is not None:
        counts = receipt_counts(campaign)
    problem = problem or _in_the_way(campaign, stands, counts)
    result = newest_results([campaign]).get(campaign.pk)
    launched = campaign.launched_at is not None
    past = stands == PAST
    page = {
        "campaign": campaign,
        "stands": stands,
        "launching": stands == LAUNCHING,
        "launched": launched,
        "past": past,
        "mark": mark(campaign),
        "origin": ORIGINS[Origin(campaign.origin)],
        "who": {} if past else who_is_in(counts, launched=launched),
        "effect": {} if past else effect(detectable),
        "cost": {} if past else _cost(campaign, counts),
        "problem": problem,
        "notes": preview.notes if preview else [],
        "rule": rule_words(campaign.definition),
        "messages": _messages(campaign, counts),
        "facts": _facts(campaign, counts),
        "verdict": result.verdict if result and not past else "",
        "outcomes": result.figures.get("outcomes", []) if result and past else [],
        "steps": steps(campaign.launch_run) if campaign.launch_run else [],
        "failed": campaign.launch_run if launch_failed(campaign) else None,
        "approval": _approval(campaign, user, stands, problem),
        "may": _may(campaign, user, stands, problem),
    }
    return {**page, **_words(campaign, stands, counts, result, page)}


def _counted_now(
    campaign: Campaign, stands: str, at: datetime
) -> tuple[AudiencePreview | None, str]:
    """Until the launch the audience is counted at each look; and why it cannot be, if so."""
    if stands not in WAITING:
        return None, ""
    try:
        return preview_of(campaign, at=at), ""
    except Refused as refusal:
        return None, refusal.message


def _in_the_way(campaign: Campaign, stands: str, counts: dict[str, Any]) -> str:
    """What an approval and a launch would refuse."""
    if stands not in WAITING:
        return ""
    try:
        refuse_nobody(counts)
        refuse_over_budget(
            counts, offer_cost=campaign.offer_cost_minor, budget=campaign.budget_minor
        )
    except Refused as refusal:
        return refusal.message
    return ""


def _cost(campaign: Campaign, counts: dict[str, Any]) -> dict[str, Any]:
    budget = campaign.budget_minor
    return cost(
        counts.get("treated", 0),
        offer_cost=_major(campaign.offer_cost_minor),
        budget=None if budget is None else _major(budget),
        launched=campaign.launched_at is not None,
    )


def _major(minor: int) -> float:
    return float(from_minor(minor, organisation().currency))


def _may(campaign: Campaign, user: User, stands: str, problem: str) -> dict[str, bool]:
    prepares = user.can(Capability.PREPARE_CAMPAIGN)
    return {
        "edit": prepares and stands in WAITING,
        "launch": prepares and stands == CampaignState.APPROVED and not problem,
        "pause": prepares and stands == CampaignState.RUNNING,
        "resume": prepares and stands == PAUSED,
        "stop": prepares and campaign.state == CampaignState.RUNNING and stands != PAST,
        "delete": prepares and stands == CampaignState.DRAFT,
        "export": user.can(Capability.EXPORT_LISTS) and campaign.launched_at is not None,
        "prepare": prepares,
        "try": prepares and campaign.channel == Channel.EMAIL and stands != PAST,
        "customers": user.can(Capability.VIEW_CUSTOMERS),
    }


def _approval(campaign: Campaign, user: User, stands: str, problem: str) -> dict[str, Any]:
    """The box of the second person; empty where nothing waits for one."""
    if stands != CampaignState.DRAFT:
        return {}
    others = who_may_approve(campaign)
    if not user.can(Capability.APPROVE_CAMPAIGN):
        return {"words": f"A second person has to approve it: {others}."}
    if made_by(campaign, user):
        words = f"You made or last edited it, so somebody else approves it: {others}."
        return {"box": True, "words": words}
    if problem:
        return {"box": True, "words": f"It cannot be approved yet. {problem}"}
    return {
        "box": True,
        "version": campaign.version,
        "words": f"You approve version {campaign.version} as it stands on this page: its audience,"
        f" its messages, and {counted(campaign.horizon_days, 'day')} of measuring, which are locked"
        " then. An edit takes the approval back.",
    }


def _words(
    campaign: Campaign, stands: str, counts: dict[str, Any], result: Result | None,
    page: dict[str, Any],
) -> dict[str, str]:  # fmt: skip
    """The finding, and what to do next."""
    name, groups = campaign.name, _groups(counts, launched=campaign.launched_at is not None)
    if stands == PAST:
        finding = f"{name}: {result.verdict}" if result else f"{name} is over."
        said = result.figures.get("lede", "") if result else ""
        return {"finding": finding, "lede": said or "Targeted, not randomised: no causal claim."}
    if page["problem"] and stands in WAITING:
        return {"finding": f"{name} cannot go out as it is.", "lede": page["problem"]}
    if stands in WAITING:
        waits = "waits for approval" if stands == CampaignState.DRAFT else "is approved"
        return {"finding": f"{name} {waits}: {groups}.", "lede": _next(page)}
    ends = day(campaign.ends_at)
    finding, lede = {
        LAUNCHING: (f"{name} is being launched.", "You can leave this page; the work goes on."),
        CampaignState.RUNNING: (
            f"{name} is running until {ends}: {groups}.",
            page["verdict"] or "The first figures come with the next load or tonight.",
        ),
        PAUSED: (
            f"{name} is paused: nothing more is handed over.",
            f"Its horizon goes on until {ends}; {groups}.",
        ),
        CampaignState.FINISHED: (f"{name} ended on {ends}: {groups}.", page["verdict"]),
        CampaignState.STOPPED: (
            f"{name} was stopped on {day(campaign.stopped_at)}: {groups}.",
            page["verdict"] or "Who was treated is measured until the horizon.",
        ),
    }[stands]
    return {"finding": finding, "lede": lede}


def _groups(counts: dict[str, Any], *, launched: bool) -> str:
    treated, control = counts.get("treated", 0), counts.get("control", 0)
    if launched:
        held = f"{whole(control)} {'was' if control == 1 else 'were'} held out"
        return f"{counted(treated, 'customer')} treated, {held}"
    return f"{counted(treated, 'customer')} would get it, {whole(control)} held out"


def _next(page: dict[str, Any]) -> str:
    campaign = page["campaign"]
    if "version" in page["approval"]:
        return "Look at whom it is for and what it says, then approve it."
    if page["stands"] == CampaignState.DRAFT:
        return str(page["approval"]["words"])
    approved = f"{campaign.approved_by} approved it on {moment_words(campaign.approved_at)}."
    if page["may"]["launch"]:
        return f"{approved} The audience is counted once more at the launch, and then frozen."
    return f"{approved} Marketing launches it."


def rule_words(definition: Any) -> Parts:
    """[(words, whether they were chosen)]; empty for a campaign whose rule nobody knows."""
    if not definition or definition == {"all": []}:
        return []
    if set(definition) == {"segment"}:
        found = Segment.objects.filter(slug=definition["segment"]).first()
        name = found.name if found else definition["segment"]
        return [("Customers who are in the segment ", False), (name, True), (".", False)]
    entries = features.selectors.catalogue()
    told = sentence(
        definition, {e.name: e.definition for e in entries}, {e.name: e.unit for e in entries}
    )
    return [("Customers ", False), *told, (".", False)]


def _messages(campaign: Campaign, counts: dict[str, Any]) -> list[dict[str, Any]]:
    treated = counts.get("variants", {})
    return [
        {
            "name": variant.name,
            "subject": variant.subject,
            "body": variant.body,
            "customers": counted(treated.get(variant.name, 0), "customer"),
        }
        for variant in variants_of(campaign)
    ]


def _facts(campaign: Campaign, counts: dict[str, Any]) -> list[tuple[str, str]]:
    if standing(campaign) == PAST:
        return [
            ("Got it", whole(counts.get("treated"))),
            ("Channel", CHANNEL_WORDS[Channel(campaign.channel)]),
            ("Began", day(campaign.launched_at)),
            ("Ended", day(campaign.ends_at)),
        ]
    budget = campaign.budget_minor
    facts = [
        ("Channel", CHANNEL_WORDS[Channel(campaign.channel)]),
        ("Measured for", counted(campaign.horizon_days, "day")),
        ("Control group", f"{of_100(campaign.control_share)} of 100"),
        ("Offer, each", money(_major(campaign.offer_cost_minor), 2)),
        ("Budget", "no limit" if budget is None else money(_major(budget))),
        ("Others’ customers", "left out" if campaign.excludes_others else "may be in"),
        ("Version", whole(campaign.version)),
        ("Made by", str(campaign.created_by or "–")),
        ("Last edited by", str(campaign.edited_by or "–")),
    ]
    if campaign.approved_at:
        facts.append(("Approved by", str(campaign.approved_by or "–")))
    if campaign.launched_at:
        facts += [
            ("Launched", moment_words(campaign.launched_at)),
            ("Measured until", moment_words(campaign.ends_at)),
        ]
    return facts
