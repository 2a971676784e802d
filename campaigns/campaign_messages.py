"""What became of a campaign's messages, for its page: counts, reasons, and what nobody knows."""

from typing import Any

from campaigns.composing import message_id
from campaigns.messages import is_sending, message_counts, messages_in, reason_counts
from campaigns.models import Campaign, CampaignState, MessageState, Origin
from core.formats import counted, whole
from customers.models import Channel

MOST_LISTED = 50
WORDS = {
    MessageState.SENT: "Sent",
    MessageState.QUEUED: "Waiting to be sent",
    MessageState.HANDING: "Being handed over",
    MessageState.SKIPPED: "Skipped",
    MessageState.FAILED: "Failed",
    MessageState.UNKNOWN: "Delivery unknown",
}
OFTEN = (MessageState.SKIPPED, MessageState.FAILED, MessageState.QUEUED)


def delivery(campaign: Campaign, *, sees_customers: bool) -> dict[str, Any]:
    """Empty before a launch, and for a campaign that sent nothing from here."""
    if campaign.launched_at is None or campaign.origin == Origin.HISTORY:
        return {}
    counts = message_counts(campaign)
    total = sum(counts.values())
    by_mail = campaign.channel == Channel.EMAIL
    if not total and by_mail:
        return {}
    unknown = counts[MessageState.UNKNOWN]
    return {
        "finding": _finding(campaign, counts, total),
        "rows": [
            {"words": _listed(state, by_mail), "value": whole(counts[state]),
             "why": _why(campaign, state) if counts[state] else "",
             "width": f"{counts[state] / total * 100:.1f}" if total else "0"}
            for state in WORDS if counts[state]
        ],
        "moving": is_sending(campaign)
        and bool(counts[MessageState.QUEUED] + counts[MessageState.HANDING]),
        "unknown": unknown,
        "unknown_words": f"Of {counted(unknown, 'message')} nobody knows whether the mail server"
        " took it. None is sent again by itself.",
        "listed": _look_at(campaign) if unknown and sees_customers else [],
        "again": campaign.state == CampaignState.RUNNING,
        "in_outbox": by_mail and counts[MessageState.SENT] > 0,
        "hands_over": not by_mail
        and campaign.state == CampaignState.RUNNING
        and campaign.paused_at is None,
    }  # fmt: skip


def _finding(campaign: Campaign, counts: dict[str, int], total: int) -> str:
    sent = counts[MessageState.SENT]
    if campaign.channel != Channel.EMAIL:
        many = counted(sent, "customer is", "customers are")
        return (
            f"{many} on the list that was handed over" if total else "No list was handed over yet"
        )
    if sent == total:
        return "The message was sent" if total == 1 else f"All {whole(total)} messages were sent"
    return f"{whole(sent)} of {counted(total, 'message')} sent"


def _listed(state: MessageState, by_mail: bool) -> str:
    return "On the list" if state == MessageState.SENT and not by_mail else WORDS[state]


def _why(campaign: Campaign, state: MessageState) -> str:
    if state not in OFTEN:
        return ""
    told = [
        f"{whole(number)}: {reason}" for reason, number in reason_counts(campaign, state) if reason
    ]
    return "; ".join(told)


def _look_at(campaign: Campaign) -> list[dict[str, str]]:
    found = messages_in(campaign, [MessageState.UNKNOWN])[:MOST_LISTED]
    return [
        {
            "customer": message.customer.customer_id,
            "why": message.reason,
            "message_id": message_id(message),
        }
        for message in found
    ]
