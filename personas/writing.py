"""May we write to them, by which channel, and why not: the strip of the customer page."""

from datetime import datetime
from typing import Any

from core.formats import short_day
from customers.models import Customer
from customers.selectors import ChannelState, WrittenTo, channel_states, written_to
from segmentation.rule_words import CHANNELS, joined

CHANNEL_NAMES = {"email": "E-mail", "sms": "SMS", "phone": "Telephone", "post": "Post"}


def may_we_write(customer: Customer, *, at: datetime) -> dict[str, Any]:
    """{finding, channels, last, cap}: consent and suppression by channel, and the cap over all."""
    states, written = channel_states(customer), written_to(customer, at=at)
    return {
        "finding": _finding(states, written),
        "channels": [_channel(state) for state in states],
        "last": f"Last written to {short_day(written.last)}"
        if written.last
        else "Never written to",
        "cap": _cap(written),
    }


def _finding(states: list[ChannelState], written: WrittenTo) -> str:
    open_to = [CHANNELS[s.channel] for s in states if s.granted and not s.suppressed]
    if not open_to:
        return "no, by no channel"
    by = joined(open_to, "and")
    return f"not before {short_day(written.free_at)}" if written.free_at else f"yes, by {by}"


def _cap(written: WrittenTo) -> str:
    often = f"{written.lately} of {written.most} in {written.days} days"
    if written.free_at:
        return f"{often}: the most, until {short_day(written.free_at)}"
    return often


def _channel(state: ChannelState) -> dict[str, Any]:
    since = short_day(state.since) if state.since else ""
    told = ", ".join(part for part in (state.source, since) if part)
    if state.suppressed:
        words, note = "never", "suppressed, whatever the consent says"
    elif state.granted is None:
        words, note = "no", "never asked"
    else:
        words, note = ("yes", told) if state.granted else ("no", f"refused, {told}")
    return {
        "key": state.channel,
        "name": CHANNEL_NAMES[state.channel],
        "words": words,
        "note": note,
        "yes": words == "yes",
    }
