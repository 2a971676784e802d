"""What the customer page says: who this is, how they buy, what they like."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

import features.frames
import features.selectors
from core.formats import SIGNS, counted, money, readable, whole
from core.selectors import organisation, organisation_zone
from customers.models import Customer
from customers.selectors import Person, person
from personas.rfm_words import rfm_words
from personas.seen import seen_words
from personas.selectors import Favourite, bought_by, favourites, shopping_days
from personas.standings import standings

# A silence shorter than this has no room in a picture of a year.
SEEN_DAYS = 21
YEAR = timedelta(days=365)
# A rhythm takes so many days of shopping, and so many pauses within a factor 2 of the usual one.
LEAST_DAYS, USUAL_SHARE = 5, 0.6

# [(day, spent)] in order.
Days = list[tuple[date, float]]


@dataclass(frozen=True)
class Profile:
    person: Person
    about: list[str]
    finding: str
    lede: str
    figures: list[dict[str, str]]
    chart: dict[str, Any]
    rfm: dict[str, Any]
    products: list[dict[str, str]]
    products_finding: str
    standings: dict[str, Any]
    details: list[tuple[str, str]] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)


def profile(customer: Customer, *, personal: bool) -> Profile:
    """The page of one customer, masked unless the asker may see personal data."""
    who = person(customer, personal=personal)
    known = features.frames.customer_features(customer.pk)
    # The figures count what lies before this moment; so do the chart and the favourites.
    as_of = features.selectors.as_of_customer(customer.pk)
    bought = bought_by(customer.pk, before=as_of)
    liked, days = favourites(bought), shopping_days(bought)
    return Profile(
        person=who,
        about=_about(who),
        finding=_finding(known, days),
        lede=_lede(known),
        figures=_figures(known) if known.get("recency_days") is not None else [],
        chart=_chart(days, known, as_of),
        rfm=rfm_words(known, customer.pk),
        products=[_product(product) for product in liked],
        products_finding=_products_finding(liked, known),
        standings=standings(known),
        details=_details(who),
        seen=seen_words(known),
    )


def _about(who: Person) -> list[str]:
    """What may be said of anybody beside the name."""
    age = f"age {who.age_band}" if who.age_band else ""
    came = f"came by {who.acquisition_channel}" if who.acquisition_channel else ""
    since = f"customer since {who.joined_at:%-d %b %Y}" if who.joined_at else ""
    new = "met first in an order" if who.is_placeholder else ""
    return [words for words in (since, who.region or "", age, came, new) if words]


def _finding(known: dict[str, Any], days: Days) -> str:
    silent = known.get("recency_days")
    if silent is None:
        return "No orders yet."
    longest = known.get("gap_days_longest")
    last = "today" if silent == 0 else "yesterday" if silent == 1 else f"{whole(silent)} days ago"
    if not days:
        return f"The last order was {last}."
    if len(days) == 1:
        return f"Bought on one day only, {last}."
    usual = rhythm([when for when, _ in days])
    bought = f"Bought on {whole(len(days))} days"
    if usual is not None:
        bought = f"Buys every {whole(usual)} days" if usual >= 1.5 else "Buys every day"
    if longest is not None and silent > longest:
        return f"{bought}, silent for {whole(silent)}: longer than ever before."
    return f"{bought}; the last order was {last}."


def rhythm(days: list[date]) -> float | None:
    """The usual pause between days of shopping; None where no pause is usual."""
    if len(days) < LEAST_DAYS:
        return None
    gaps = [(after - before).days for before, after in pairwise(days)]
    usual = median(gaps)
    near = sum(usual / 2 <= gap <= usual * 2 for gap in gaps)
    return usual if near >= USUAL_SHARE * len(gaps) else None


def _lede(known: dict[str, Any]) -> str:
    longest, orders = known.get("gap_days_longest"), known.get("purchase_frequency")
    if not orders:
        return "Purchases stand here after the first order."
    words = (
        f"{counted(int(orders), 'order')}, {money(known.get('purchase_monetary_value'))} in all."
    )
    if longest is None:
        return f"{words} Too few orders to know a rhythm."
    return f"{words} The longest pause between two was {counted(int(longest), 'day')}."


def _figures(known: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {
            "label": "Spent",
            "value": money(known.get("purchase_monetary_value")),
            "of": "purchase_monetary_value",
        },
        {
            "label": "Orders",
            "value": whole(known.get("purchase_frequency")),
            "of": "purchase_frequency",
        },
        {
            "label": "Mean order",
            "value": money(known.get("average_order_value")),
            "of": "average_order_value",
        },
        {"label": "Spent in 90 days", "value": money(known.get("spend_90d")), "of": "spend_90d"},
        {
            "label": "Different products",
            "value": whole(known.get("distinct_products")),
            "of": "distinct_products",
        },
    ]


def _chart(days: Days, known: dict[str, Any], as_of: datetime | None) -> dict[str, Any]:
    if not days:
        return {}
    last = days[-1][0]
    today = max(as_of.astimezone(organisation_zone()).date(), last) if as_of else last
    # Whole days to the moment of the features, as the heading counts them.
    known_silent = known.get("recency_days")
    silent = (today - last).days if known_silent is None else int(known_silent)
    longest = known.get("gap_days_longest")
    record = longest is not None and silent > longest
    best_day, most = max(days, key=lambda found: found[1])
    return {
        "finding": _chart_finding(silent, longest, best_day, most, record=record),
        "note": f"{counted(len(days), 'day')} of shopping; bar height is the day’s spend.",
        "rows": [(f"{when:%-d %b %Y}", money(spent)) for when, spent in reversed(days)],
        "data": {
            "kind": "days",
            "sign": SIGNS.get(organisation().currency, f"{organisation().currency} "),
            "points": [[when.isoformat(), spent] for when, spent in days],
            "from": min(days[0][0], today - YEAR).isoformat(),
            "until": (today + timedelta(days=4)).isoformat(),
            "today": today.isoformat(),
            "today_words": f"{today:%-d %b}",
            "right": 16,
            "silent_from": last.isoformat() if silent >= SEEN_DAYS else "",
            "silence_words": _silence_words(silent, rhythm([when for when, _ in days])),
            "longest_ever": record,
        },
    }


def _silence_words(silent: int, usual: float | None) -> str:
    return f"{silent} days silent" + (f", usually {whole(usual)}" if usual else "")


def _chart_finding(
    silent: int, longest: float | None, best_day: date, most: float, *, record: bool
) -> str:
    if longest is not None and record:
        return f"The pauses were never longer than {whole(longest)} days, until now"
    if longest is not None and silent >= SEEN_DAYS:
        return f"{silent} days silent; it has been {whole(longest)} before"
    return f"Most was spent on {best_day:%-d %b}: {money(most)}"


def _product(product: Favourite) -> dict[str, str]:
    return {
        "sku": product.sku,
        "name": readable(product.name),
        "category": readable(product.category),
        "orders": whole(product.orders),
        "spent": money(product.spent),
        "last": f"{product.last:%-d %b}",
    }


def _products_finding(liked: list[Favourite], known: dict[str, Any]) -> str:
    if not liked:
        return "No favourite products yet"
    orders = known.get("purchase_frequency")
    of = f" of {whole(orders)}" if orders else ""
    return f"{readable(liked[0].name)} is in {whole(liked[0].orders)}{of} orders"


def _details(who: Person) -> list[tuple[str, str]]:
    rows = (("E-mail", who.email), ("Telephone", who.phone), ("Born", _born(who.birth_date)))
    return [(label, value) for label, value in rows if value]


def _born(text: str | None) -> str:
    """A day as people write it; as it stands where it is masked."""
    try:
        return f"born {date.fromisoformat(text or ''):%-d %b %Y}"
    except ValueError:
        return text or ""
