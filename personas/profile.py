"""What the customer page says: who this is, how they buy, what they like."""

from dataclasses import dataclass
from typing import Any

import features.frames
import features.selectors
from core.formats import day, money, whole
from customers.models import Customer
from customers.selectors import ChannelState, Person, channel_states, person
from personas.selectors import favourites, purchases_by_month
from segmentation.services.rfm import MEANINGS


@dataclass(frozen=True)
class Profile:
    person: Person
    here: str
    finding: str
    lede: str
    figures: list[dict[str, str]]
    chart: dict[str, Any]
    products: list[dict[str, str]]
    products_finding: str
    rfm_title: str
    rfm_text: str
    channels: list[dict[str, str]]
    details: list[tuple[str, str]]


def profile(customer: Customer, *, personal: bool) -> Profile:
    """The page of one customer, masked unless the asker may see personal data."""
    who = person(customer, personal=personal)
    known = features.frames.customer_features(customer.pk)
    liked = favourites(customer.pk)
    return Profile(
        person=who,
        here=f"Customer {who.customer_id}",
        finding=_finding(who, known),
        lede=_rhythm(known),
        figures=_figures(known),
        chart=_chart(purchases_by_month(customer.pk)),
        products=[
            {
                "sku": product.sku,
                "name": product.name,
                "category": product.category,
                "lines": whole(product.lines),
                "spent": money(product.spent),
            }
            for product in liked
        ],
        products_finding=_products_finding([product.name for product in liked], known),
        rfm_title=_rfm_title(known),
        rfm_text=_rfm_text(known),
        channels=[
            {"channel": _channel_name(state.channel), "words": _channel_words(state)}
            for state in channel_states(customer)
        ],
        details=_details(who),
    )


def _finding(who: Person, known: dict[str, Any]) -> str:
    name = who.name or f"Customer {who.customer_id}"
    if known.get("recency_days") is None:
        return f"{name} has not bought anything yet."
    silent = known["recency_days"]
    last = "today" if silent == 0 else "1 day ago" if silent == 1 else f"{silent:,.0f} days ago"
    group = known.get("rfm_group")
    return f"{name} bought last {last}" + (f" and is in the group {group}." if group else ".")


def _rhythm(known: dict[str, Any]) -> str:
    usual, longest = known.get("gap_days_median"), known.get("gap_days_longest")
    if usual is None or longest is None:
        return "Too few orders to know a rhythm."
    return (
        f"Usually {usual:,.0f} days pass between two shopping days; the longest silence was"
        f" {longest:,.0f} days."
    )


def _figures(known: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {"label": "Spent", "value": money(known.get("purchase_monetary_value")), "note": "in all"},
        {"label": "Orders", "value": whole(known.get("purchase_frequency")), "note": "in all"},
        {
            "label": "A basket",
            "value": money(known.get("average_order_value")),
            "note": "on average",
        },
        {"label": "Last 90 days", "value": money(known.get("spend_90d")), "note": "spent"},
        {"label": "Different products", "value": whole(known.get("distinct_products")), "note": ""},
    ]


def _chart(months: list[tuple[str, float]]) -> dict[str, Any]:
    if not months:
        return {"finding": "No purchases yet", "note": "A bar a month stands here after the first."}
    best, most = max(months, key=lambda month: month[1])
    return {
        "finding": f"Most was spent in {best}: {money(most)}",
        "note": f"Spent per month; first and last month may be incomplete. {len(months)} months",
        "name": "Spent",
        "labels": [month for month, _ in months],
        "values": [spent for _, spent in months],
        "rows": [(month, money(spent)) for month, spent in months],
    }


def _products_finding(names: list[str], known: dict[str, Any]) -> str:
    if not names:
        return "No favourite products yet"
    category = known.get("top_category")
    return f"Buys {names[0]} most often" + (f"; favourite category {category}" if category else "")


def _rfm_title(known: dict[str, Any]) -> str:
    group = known.get("rfm_group")
    return (
        f"{group}, scores {known['rfm_score']}" if known.get("rfm_score") else group or "No group"
    )


def _rfm_text(known: dict[str, Any]) -> str:
    group = known.get("rfm_group")
    if group is None:
        return "A group follows with the next refresh."
    meaning = MEANINGS.get(group, "")
    as_of = day(features.selectors.snapshot_as_of())
    cluster = f" Cluster: {known['cluster']}." if known.get("cluster") else ""
    return (
        f"Customers who {meaning}. As of {as_of}.{cluster}"
        if meaning
        else f"As of {as_of}.{cluster}"
    )


def _channel_words(state: ChannelState) -> str:
    if state.suppressed:
        return "never: suppressed"
    if state.granted is None:
        return "not asked"
    return "yes" if state.granted else "no"


def _channel_name(channel: str) -> str:
    return {"email": "E-mail", "sms": "SMS", "phone": "Telephone", "post": "Post"}[channel]


def _details(who: Person) -> list[tuple[str, str]]:
    rows = (
        ("E-mail", who.email),
        ("Telephone", who.phone),
        ("Born", who.birth_date),
        ("Age band", who.age_band),
        ("Region", who.region),
        ("Came from", who.acquisition_channel),
    )
    return [(label, value or "–") for label, value in rows]
