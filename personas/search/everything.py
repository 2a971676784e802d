"""All kinds of things at once, in words: what was found, or what can be searched."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from accounts.capabilities import Capability
from accounts.models import User
from core.formats import counted, day
from customers.erased import erased_at
from personas.search import campaigns, customers, pages, products, segments
from personas.search.found import Hit, Part

LONGEST = 200
Kind = Callable[[str, User], Part]
KINDS: tuple[Kind, ...] = (
    customers.find,
    segments.find,
    campaigns.find,
    products.find,
    pages.find,
)


@dataclass(frozen=True)
class Results:
    """What the page of results and the palette show."""

    text: str
    finding: str
    lede: str
    parts: list[Part]

    @property
    def first(self) -> Hit | None:
        return self.parts[0].hits[0] if self.parts else None


def search(asked: str, user: User) -> Results:
    """Everything that a person may open and that fits a text; with no text what they can do."""
    text = asked.strip()[:LONGEST]
    if not text:
        asked_for = "What are you looking for?"
        return Results("", asked_for, what_can_be_searched(user), [pages.find("", user)])
    parts = [part for kind in KINDS if (part := kind(text, user)).hits]
    if parts:
        return Results(text, _finding(text, parts), "", parts)
    erased = _erased(text, user)
    if erased:
        return Results(text, erased["finding"], erased["lede"], [erased["part"]])
    return Results(text, f"Nothing is found for “{text}”.", what_can_be_searched(user), [])


def what_can_be_searched(user: User) -> str:
    """By what this person may search, in one sentence."""
    who = ["pages"]
    if user.can(Capability.VIEW_PERSONAL_DATA):
        who.insert(0, "customers by number, name, e-mail or telephone")
    elif user.can(Capability.VIEW_CUSTOMERS):
        who.insert(0, "customers by number (names are masked for your role)")
    who[-1:-1] = ["products by number, name or category", "segments and campaigns by name"]
    first, *rest, last = who
    listed = ", ".join([first, *rest])
    return f"{listed[0].upper()}{listed[1:]}, and {last}."


def _finding(text: str, parts: list[Part]) -> str:
    first, *rest = [_many(part) for part in parts]
    listed = f"{', '.join([first, *rest[:-1]])} and {rest[-1]}" if rest else first
    return f"“{text}” is found in {listed}."


def _many(part: Part) -> str:
    one, many = part.names
    total = len(part.hits)
    return f"{total} or more {many}" if part.more else counted(total, one, many)


def _erased(text: str, user: User) -> dict[str, Any] | None:
    """That a number is an erased person's is for those who erase; for others nobody has it."""
    at = erased_at(text) if user.can(Capability.ERASE_CUSTOMERS) else None
    if at is None:
        return None
    return {
        "finding": f"Whoever had this number was erased on {day(at)}.",
        "lede": "Nothing about them is left here; the list of erasures holds the certificate.",
        "part": Part("Erasures", [Hit("Erasures", reverse("erasures:page"))]),
    }
