"""What the page about a shop's own web pages says."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import ApiKey
from accounts.write_keys import Sends, source_of
from core.formats import counted, moment_words, whole
from ingestion.models import Load
from ingestion.selectors import latest_events, rejected_since, requests_waiting, rows_since
from transactions.models import Event

LATELY = timedelta(hours=24)
ASK = "May we see which pages you visit, to make our offers fit?"
TAG = """<script src="{address}"
  data-key="{key}"
  data-ask="{ask}" data-yes="Allow" data-no="No, thanks" defer></script>"""
CALLS = """cba("product", "p1")
cba("basket", "p1")
cba("identify", "A")
cba("order", {
  order_id: "o1", currency: "EUR",
  lines: [{ sku: "p1", quantity: 2, amount: 12.5 }]
})
cba("forget")"""


def page_words(keys: Sequence[ApiKey], chosen: str, now: datetime) -> dict[str, Any]:
    """Of the key that is chosen, or the first: its lines, its last events and what was wrong."""
    lede = "One line in your pages brings visits, products looked at, baskets and orders."
    if not keys:
        return {"finding": "No page of yours sends anything yet.", "lede": lede, "key": None}
    key = next((one for one in keys if str(one.pk) == chosen), keys[0])
    source = source_of(key)
    since = now - LATELY
    rows, rejected = rows_since(source, since)
    wrong = f"{whole(rejected)} of them could not be used." if rejected else ""
    said = counted(rows, "row") if rows else "nothing"
    return {
        "finding": f"{key.name} sent {said} in 24 hours.",
        "lede": " ".join(filter(None, [_waiting(source), wrong or lede])),
        "key": key,
        "imports_url": f"{reverse('ingestion:list')}?{urlencode({'source': source})}",
        "shops": [{"pk": one.pk, "name": one.name, "here": one == key} for one in keys],
        "tag": tag_of(key),
        "calls": CALLS,
        "facts": _facts(key),
        "events": [_event(event) for event in latest_events(source)],
        "wrong": [_wrong(load) for load in rejected_since(source, since)],
    }


def _waiting(source: str) -> str:
    many = requests_waiting(source)
    return f"{counted(many, 'more request')} {'waits' if many == 1 else 'wait'}." if many else ""


def tag_of(key: ApiKey) -> str:
    address = f"{settings.SITE_URL}{static('dist/snippet.js')}"
    return TAG.format(address=address, key=key.public_key, ask=ASK)


def _facts(key: ApiKey) -> list[tuple[str, str]]:
    policy = f"script-src {settings.SITE_URL}; connect-src {settings.SITE_URL}"
    orders = "sends them, too" if Sends.ORDERS in key.scopes else "does not send any"
    return [
        ("Of use from", ", ".join(key.origins) or "an app"),
        ("Events", ", ".join(key.event_kinds)),
        ("Orders", orders),
        ("Source", source_of(key)),
        ("Your content security policy needs", policy),
    ]


def _event(event: Event) -> dict[str, str]:
    return {
        "at": moment_words(event.at),
        "kind": event.kind.replace("_", " "),
        "about": event.sku or event.url or "",
        "who": "a known customer" if event.customer_id else "a visitor",
    }


def _wrong(load: Load) -> dict[str, Any]:
    return {
        "number": load.pk,
        "rows": counted(load.rejected, "row"),
        "when": moment_words(load.created_at),
    }
