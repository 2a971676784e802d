"""What stands in a message as a block: products with their reasons, or what a slot shows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape

HTTP = re.compile(r"https?://[^\s/]")


@dataclass(frozen=True)
class Offer:
    """One product of the block, and why this customer sees it."""

    name: str
    reason: str


@dataclass(frozen=True)
class Shown:
    """What a slot shows to one customer: products, or the words of an offer or a content."""

    offers: Sequence[Offer] = ()
    title: str = ""
    text: str = ""
    code: str = ""
    url: str = ""


def listed(offers: Sequence[Offer]) -> str:
    return "\n".join(f"• {offer.name}: {offer.reason}" for offer in offers)


def shown_text(shown: Shown) -> str:
    code = f"Code: {shown.code}" if shown.code else ""
    return listed(shown.offers) or "\n".join(
        filter(None, (shown.title, shown.text, code, _web(shown.url)))
    )


def _web(url: str) -> str:
    """A path of the shop's own page leads nowhere from a message."""
    return url if HTTP.match(url) else ""


def listed_html(offers: Sequence[Offer]) -> str:
    rows = [
        f"<li><strong>{escape(offer.name)}</strong><br>{escape(offer.reason)}</li>"
        for offer in offers
    ]
    return f"<ul>{''.join(rows)}</ul>" if rows else ""


def shown_html(shown: Shown) -> str:
    title = f"<strong>{escape(shown.title)}</strong>" if shown.title else ""
    link, code = escape(_web(shown.url)), escape(shown.code)
    lines = (
        title,
        escape(shown.text).replace("\n", "<br>\n"),
        f"Code: <strong>{code}</strong>" if code else "",
        f'<a href="{link}">{link}</a>' if link else "",
    )
    inside = "<br>\n".join(filter(None, lines))
    return f"<p>{inside}</p>" if inside else ""
