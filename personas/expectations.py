"""What is expected of one customer and what they may want, each with its doubt and its reasons."""

from typing import Any

from core.errors import Refused
from core.formats import day, money, of_100, readable
from personas.doubt import doubt_of, mean_of, range_at, range_words
from personas.evidence_words import METHODS
from predictions.selectors import ChurnReason, CustomerScores, customer_predictions
from recommendations.selectors import Item, recommend
from runs.versions import promoted_version

OFFERS = 6


def expectations(customer_pk: int) -> dict[str, Any]:
    """{churn, offers, figures, missing}; what no model can say yet is missing in words."""
    scores = customer_predictions(customer_pk)
    offers, missing = _offers(customer_pk)
    return {
        "churn": _churn(scores),
        "figures": _figures(scores),
        "offers": offers,
        "offers_finding": _offers_finding(offers),
        "missing": missing,
    }


def _churn(scores: CustomerScores) -> dict[str, Any]:
    if scores.churn_probability is None:
        return {}
    version = promoted_version("churn")
    told = version.evaluation if version else {}
    mean, doubt = mean_of(told), doubt_of(scores.churn_probability, told)
    days = scores.horizon_days or told.get("horizon_days")
    return {
        "share": f"{of_100(scores.churn_probability)} of 100",
        "days": days,
        "at": range_at(scores.churn_probability, doubt),
        "range": range_words(doubt),
        "mean": f"all customers: {of_100(mean)} of 100" if mean is not None else "",
        "reasons": [_reason(reason) for reason in scores.reasons],
        "source": f"Churn version {version.pk}, data to {day(scores.as_of)}."
        if version
        else f"The simplest rule, data to {day(scores.as_of)}: no model beats it yet.",
    }


def _reason(reason: ChurnReason) -> dict[str, str]:
    points = round(100 * reason.contribution)
    worse = reason.contribution > 0
    return {
        "words": reason.words[:1].upper() + reason.words[1:],
        "points": f"{'↑' if worse else '↓'} {abs(points)}" if points else "under 1",
        "css": "worse" if worse else "better",
    }


def _figures(scores: CustomerScores) -> list[dict[str, str]]:
    days, orders, value = scores.horizon_days, scores.expected_orders, scores.expected_value
    rows = (
        (f"Days with an order, next {days}", None if orders is None else f"{orders:.1f}"),
        (f"Spend, next {days} days", None if value is None else money(value)),
    )
    return [{"label": label, "value": told} for label, told in rows if told is not None]


def _offers(customer_pk: int) -> tuple[list[dict[str, str]], str]:
    try:
        items = recommend(customer_pk, k=OFFERS, goal="both")
    except Refused as refusal:
        return [], refusal.message
    return [_offer(item) for item in items], ""


def _offer(item: Item) -> dict[str, str]:
    return {
        "sku": item.sku,
        "name": readable(item.name),
        "reason": item.reason[:1].upper() + item.reason[1:],
        "source": METHODS.get(item.source, item.source).lower(),
        "score": of_100(item.score) if item.score <= 1 else "–",
    }


def _offers_finding(offers: list[dict[str, str]]) -> str:
    names = [offer["name"] for offer in offers[:2]]
    return f"What to offer: {' and '.join(names)} first" if names else "Nothing to offer yet"
