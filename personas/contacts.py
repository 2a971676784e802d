"""What a customer asked and said, as the customer page shows it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from core.formats import counted, short_day
from customers.models import Customer, Feedback, FeedbackKind, Interaction
from customers.selectors import (
    feedback,
    interactions,
    masked_text,
    open_interactions,
    shown_outcome,
)

SHOWN = 5
MADE_UP = "made up for the demo"
ANSWERS = {
    FeedbackKind.NPS: "Would recommend us: {score} of 10",
    FeedbackKind.CSAT: "Satisfied: {score} of 5",
    FeedbackKind.REVIEW: "Review",
    FeedbackKind.POST: "Post",
}


def contacts(customer: Customer, *, personal: bool) -> dict[str, Any]:
    """Support requests, the open ones first; nothing where there is none."""
    every, still_open = interactions(customer), list(open_interactions(customer))
    many = every.count()
    if not many:
        return {}
    closed = every.exclude(closed_at=None)[: max(SHOWN - len(still_open), 0)]
    shown = [*still_open[:SHOWN], *closed]
    return {
        "finding": _contacts_finding(still_open, every, many),
        "open": len(still_open),
        "note": _more(len(shown), many, "request"),
        "rows": [_contact(row, personal=personal) for row in shown],
    }


def answers(customer: Customer, *, personal: bool) -> dict[str, Any]:
    """Survey answers, reviews and posts, the newest first; nothing where there is none."""
    every = feedback(customer)
    shown, many = list(every[:SHOWN]), every.count()
    if not shown:
        return {}
    return {
        "finding": _answers_finding(shown),
        "note": _more(len(shown), many, "answer"),
        "rows": [_answer(row, personal=personal) for row in shown],
    }


def _contacts_finding(still_open: Sequence[Interaction], every: Any, many: int) -> str:
    if still_open:
        oldest = min(row.opened_at for row in still_open)
        verb = "is" if len(still_open) == 1 else "are"
        return f"{counted(len(still_open), 'request')} {verb} open since {short_day(oldest)}"
    newest = short_day(every[0].opened_at)
    return f"No request is open; {'the only one' if many == 1 else 'the last'} was of {newest}"


def _more(shown: int, many: int, word: str) -> str:
    return "" if shown == many else f"{shown} of {counted(many, word)}, the newest"


def _contact(row: Interaction, *, personal: bool) -> dict[str, Any]:
    ended = f"closed {_after(row.closed_at - row.opened_at)}" if row.closed_at else "open"
    by = f"logged by {row.logged_by}" if row.logged_by else ""
    outcome = shown_outcome(row, personal=personal)
    return {
        "number": row.pk,
        "when": short_day(row.opened_at),
        "what": masked_text(row.subject, personal=personal) or "No subject",
        "text": masked_text(row.text, personal=personal) or "",
        "how": ", ".join(part for part in (row.channel, ended, outcome or "", by) if part),
        # What was closed here can be opened again; what a file closed cannot.
        "reopens": row.closed_by_id is not None,
        "open": row.closed_at is None,
        "made_up": MADE_UP if row.is_synthetic else "",
    }


def _after(took: timedelta) -> str:
    hours = round(took.total_seconds() / 3600)
    if took.days:
        return f"after {counted(took.days, 'day')}"
    return f"after {counted(hours, 'hour')}" if hours else "within the hour"


def _answers_finding(shown: Sequence[Feedback]) -> str:
    newest = shown[0]
    when = short_day(newest.at)
    scores = {
        FeedbackKind.NPS: "10 for recommending us",
        FeedbackKind.CSAT: "5 for being satisfied",
    }
    if newest.kind in scores:
        return f"Gave {newest.score} of {scores[FeedbackKind(newest.kind)]} on {when}"
    return f"Wrote a {newest.kind} on {when}"


def _answer(row: Feedback, *, personal: bool) -> dict[str, Any]:
    what = ANSWERS[FeedbackKind(row.kind)].format(score=row.score)
    stars = row.kind in (FeedbackKind.REVIEW, FeedbackKind.POST) and row.score is not None
    return {
        "when": short_day(row.at),
        "what": f"{what}, score {row.score}" if stars else what,
        "text": masked_text(row.text, personal=personal) or "",
        "made_up": MADE_UP if row.is_synthetic else "",
    }
