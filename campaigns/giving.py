"""What an entry of a slot gives: checked once when it is saved, and made for one customer."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from campaigns.slot_models import Kind
from core.errors import NotFound, Refused
from recommendations.selectors import GOALS, Item, NotTrained, goal_named, popular, recommend
from runs.stored import DamagedModel
from segmentation.rules import nearest
from transactions.selectors import categories

log = logging.getLogger(__name__)

USUAL_PRODUCTS, MOST_PRODUCTS = 4, 50
LONGEST = {"title": 200, "text": 2_000, "code": 80, "url": 1_000}
WORDS = {Kind.OFFER: ("title", "text", "code", "url"), Kind.CONTENT: ("title", "text", "url")}
KEYS = {**WORDS, Kind.PRODUCTS: ("goal", "k", "category"), Kind.NOTHING: ()}
# An address of the web, or a path of the shop's own page.
_ADDRESS = re.compile(r"(https?://[^\s/]|/(?!/))\S*")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class BadEntry(Refused):
    code = "bad_entry"


@dataclass(frozen=True)
class Given:
    """``items`` of products, or ``words`` {title, text, …} of an offer or a content."""

    kind: Kind
    items: list[Item] = field(default_factory=list)
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_nothing(self) -> bool:
        return not self.items and not self.words


def checked(kind: str, gives: Mapping[str, Any]) -> dict[str, Any]:
    """With every default filled in; refuses what could not be given, naming the input."""
    if kind not in Kind.values:
        raise _bad("kind", f"{kind!r} is no kind. Use one of {', '.join(Kind.values)}.")
    keys = KEYS[Kind(kind)]
    for key in gives:
        if key not in keys:
            near = nearest(key, keys)
            raise _bad(key, f"{kind.capitalize()} have no {key!r}.{near} Use {', '.join(keys)}.")
    if kind == Kind.PRODUCTS:
        return _products(gives)
    words = {key: _text(key, gives.get(key) or "") for key in keys}
    if "title" in words and not words["title"]:
        raise _bad("title", "It needs a title: what the customer reads first.")
    if words.get("url") and not _ADDRESS.fullmatch(words["url"]):
        raise _bad("url", "An address begins with https://, http:// or /, and has no spaces.")
    return words


def given_to(kind: str, gives: Mapping[str, Any], customer_pk: int | None) -> Given:
    """For one customer; None is whoever is not known, who gets what others buy."""
    if kind == Kind.PRODUCTS:
        return Given(Kind.PRODUCTS, items=_items(gives, customer_pk))
    return Given(Kind(kind), words=gives)


def _items(gives: Mapping[str, Any], customer_pk: int | None) -> list[Item]:
    """Nothing where no model can answer: then the slot's next entry is asked."""
    k, category = gives["k"], gives["category"]
    try:
        if customer_pk is None:
            return popular(k=k, category=category)
        return recommend(customer_pk, k=k, goal=goal_named(gives["goal"]), category=category)
    except (NotTrained, NotFound):
        return []
    except DamagedModel as refusal:
        log.warning("Slots answer without products: %s", refusal.message)
        return []


def _products(gives: Mapping[str, Any]) -> dict[str, Any]:
    goal, k = gives.get("goal") or "both", gives.get("k", USUAL_PRODUCTS)
    if goal not in GOALS:
        raise _bad("goal", f"{goal!r} is no goal. Use one of {', '.join(GOALS)}.")
    if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= MOST_PRODUCTS:
        raise _bad("k", f"Products are from 1 to {MOST_PRODUCTS}, and {k!r} is not.")
    category = _text("category", gives.get("category") or "")
    if category and category not in (known := categories()):
        near = nearest(category, known)
        raise _bad("category", f"No product has the category {category!r}.{near}")
    return {"goal": goal, "k": k, "category": category}


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _bad(key, f"The {key} is text, and {value!r} is not.")
    longest = LONGEST.get(key, 200)
    if len(value) > longest:
        raise _bad(key, f"The {key} is longer than {longest:,} characters.")
    return _CONTROL.sub(" ", value).strip()


def _bad(key: str, words: str) -> BadEntry:
    return BadEntry(words, fields={key: words})
