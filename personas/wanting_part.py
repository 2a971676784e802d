"""Who would want a product, as pages show it: ranked, with why, and how well such lists did."""

from typing import Any

from django.urls import reverse

from accounts.capabilities import Capability
from accounts.models import User
from analytics.wanting import HORIZON_DAYS, Told
from core.formats import counted, money, readable, whole
from core.services import record_audit
from customers.selectors import people
from personas.selectors import list_figures
from recommendations.wanting import Wanted, who_would_want
from segmentation.pages import css_of
from segmentation.selectors import segments
from transactions.models import Product


def wanting_part(product: Product, user: User, *, shown: int) -> dict[str, Any]:
    """Empty for those who may not see customers."""
    if not user.can(Capability.VIEW_CUSTOMERS):
        return {}
    found = who_would_want(product)
    name = readable(product.name or product.sku)
    total = found.customers.height
    return {
        "name": name,
        "sku": product.sku,
        "total": total,
        "finding": _finding(name, found),
        "note": _note(found),
        "past": [_past(told) for told in found.past],
        "rows": _rows(found, user, shown),
        "url": reverse("product", args=[product.sku]),
        "list_url": f"{reverse('worklists:new')}?product={product.sku}" if total else "",
        "list_words": f"Make a work list of {counted(total, 'customer')}",
    }


def _finding(name: str, found: Wanted) -> str:
    total = found.customers.height
    if not total:
        return f"{name}: too few orders to say who would want it"
    # A list of the past may have held more customers than this one: its share is what carries over.
    hits = [round(told.buyers / told.listed * total) for told in found.past if told.listed]
    if not hits:
        return f"{name}: {counted(total, 'customer')} who never bought it would want it most"
    low, high = min(hits), max(hits)
    span = f"{low}" if low == high else f"{low} to {high}"
    return f"{name}: of {total} who never bought it, about {span} will in four weeks"


def _note(found: Wanted) -> str:
    """The lists of the past beside the simplest list there is, and beside everybody."""
    if not found.customers.height:
        return "It needs twenty orders in 26 weeks, and something that goes with it."
    if not found.past:
        return "How well such lists do is known once 30 weeks of orders are there."
    hits = ", ".join(f"{told.buyers} of {told.listed}" for told in found.past)
    busy = ", ".join(str(told.busiest) for told in found.past)
    mine, theirs = (sum(getattr(t, k) for t in found.past) for k in ("buyers", "busiest"))
    verdict = "no better than" if mine <= theirs else "beside"
    return (
        f"The last such lists brought {hits} buyers in {HORIZON_DAYS} days, without an offer;"
        f" {verdict} the busiest customers who never had: {busy}."
    )


def _past(told: Told) -> dict[str, str]:
    return {
        "at": f"{told.at:%-d %b %Y}",
        "listed": whole(told.listed),
        "buyers": whole(told.buyers),
        "busiest": whole(told.busiest),
        "everybody": f"{whole(told.everybody)} of {whole(told.never)}",
    }


def _rows(found: Wanted, user: User, shown: int) -> list[dict[str, Any]]:
    personal = user.can(Capability.VIEW_PERSONAL_DATA)
    rows = found.customers.head(shown).rows(named=True)
    pks = [row["customer_pk"] for row in rows]
    known, figures = people(pks, personal=personal), list_figures(pks)
    if personal and known:
        record_audit(actor=user, verb="view_product_customers", detail={"shown": len(known)})
    css = {segment.name: css_of(segment) for segment in segments().filter(kind="rfm")}
    return [
        {
            "rank": whole(rank),
            "person": known[row["customer_pk"]],
            "group": figures.get(row["customer_pk"], {}).get("rfm_group") or "",
            "css": css.get(figures.get(row["customer_pk"], {}).get("rfm_group") or "", ""),
            "why": row["why"],
            "silent": whole(figures.get(row["customer_pk"], {}).get("recency_days")),
            "spent": money(figures.get(row["customer_pk"], {}).get("purchase_monetary_value")),
        }
        for rank, row in enumerate(rows, start=1)
        if row["customer_pk"] in known
    ]
