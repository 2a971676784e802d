"""Products by number, name, category or brand."""

from typing import Any

from django.urls import reverse

from accounts.models import User
from core.formats import counted, readable
from personas.search.found import LEAST_LETTERS, MOST, Hit, Part
from transactions.frames import products_like

NAMES = ("product", "products")


def find(text: str, user: User) -> Part:
    """One of those that are named alike stands for them: tills know hundreds of one name."""
    if len(text.strip()) < LEAST_LETTERS:
        return Part("Products")
    found = products_like(text, most=MOST + 1)
    more = "There are more: type more of the name, or a number." if len(found) > MOST else ""
    hits = [_hit(product) for product in found[:MOST]]
    return Part("Products", hits, more=more, names=NAMES)


def _hit(product: dict[str, Any]) -> Hit:
    named, others = product["name"], product["alike"] - 1
    about = [
        product["sku"] if named else "",
        readable(product["category"]) if product["category"] else "",
        f"{counted(others, 'other')} named alike" if others else "",
    ]
    return Hit(
        readable(named or product["sku"]),
        reverse("product", args=[product["sku"]]),
        note=", ".join(filter(None, about)),
        icon="package",
    )
