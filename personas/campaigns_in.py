"""Why a customer gets an offer, or gets none: what each campaign decided for them, in words."""

from typing import Any

from campaigns.campaign_page import rule_words
from campaigns.campaign_standing import mark
from campaigns.models import (
    SIMULATED_PURCHASE,
    Campaign,
    CampaignState,
    Decision,
    Message,
    MessageState,
    Origin,
    Outcome,
    Reason,
)
from campaigns.selectors import PartIn, parts_in
from core.formats import counted, money, short_day
from core.money import from_minor
from core.selectors import organisation
from segmentation.rule_words import CHANNELS

SHOWN = 4
UNKNOWN = "Whom the shop chose; the rule is not known."


def campaigns_in(customer_pk: int) -> dict[str, Any]:
    """The newest campaigns that have decided about a customer, those that run first."""
    many, parts = parts_in(customer_pk, most=SHOWN)
    return {
        "finding": _finding(many, parts),
        "note": f"{len(parts)} of {counted(many, 'campaign')}, the newest" if many > SHOWN else "",
        "rows": [_row(part) for part in parts],
    }


def _finding(many: int, parts: list[PartIn]) -> str:
    if not many:
        return "No campaign has decided about them"
    running = [p for p in parts if p.decided.campaign.state == CampaignState.RUNNING]
    for part in running:
        if part.decided.decision == Decision.TREATED:
            return f"They get “{part.decided.campaign}” now"
    if running:
        first = running[0].decided
        left = "held out of" if first.decision == Decision.CONTROL else "left out of"
        return f"They are {left} “{first.campaign}”, which runs now"
    return f"No campaign runs for them now; {counted(many, 'campaign')} did before"


def _row(part: PartIn) -> dict[str, Any]:
    campaign = part.decided.campaign
    return {
        "number": campaign.pk,
        "name": campaign.name,
        "mark": mark(campaign),
        "when": short_day(campaign.launched_at) if campaign.launched_at else "",
        "decided": _decided(part),
        "why": _why(campaign),
        "came": "; ".join(_came(part)),
        "simulated": campaign.origin == Origin.SIMULATED,
    }


def _decided(part: PartIn) -> str:
    decided = part.decided
    channel = CHANNELS[decided.campaign.channel]
    if decided.decision == Decision.CONTROL:
        return "Gets nothing: held out by chance, so that the effect can be told"
    if decided.decision == Decision.EXCLUDED:
        return f"Left out: {Reason(decided.reason).label}"
    wording = f", wording {decided.variant.name}" if decided.variant else ""
    return f"In it, by {channel}{wording}"


def _why(campaign: Campaign) -> list[tuple[str, bool]]:
    """The rule of the audience in words, with what was chosen marked."""
    return rule_words(campaign.definition) or [(UNKNOWN, False)]


def _came(part: PartIn) -> list[str]:
    told = [_message(part.message)] if part.message else []
    kinds: dict[str, list[Outcome]] = {}
    for outcome in part.outcomes:
        kinds.setdefault(outcome.kind, []).append(outcome)
    return told + [_outcomes(kind, rows) for kind, rows in kinds.items()]


def _message(message: Message) -> str:
    if message.state == MessageState.SENT and message.finished_at:
        return f"sent {short_day(message.finished_at)}"
    state = MessageState(message.state).label.lower()
    return f"{state}: {message.reason}" if message.reason else state


def _outcomes(kind: str, rows: list[Outcome]) -> str:
    value = sum(row.value_minor or 0 for row in rows)
    worth = f" ({money(from_minor(value, organisation().currency))})" if value else ""
    often = f" {len(rows)} times, last" if len(rows) > 1 else ""
    word = "bought" if kind == SIMULATED_PURCHASE else kind.replace("_", " ")
    return f"{word}{often} {short_day(rows[-1].at)}{worth}"
