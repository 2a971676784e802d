"""What the page of erasures says: whom somebody is about to erase, and what became of others."""

from typing import Any

from django.db.models import Max, Min

from core.formats import counted, moment_words, short_day, whole
from customers.selectors import customer_with_id
from pipelines.erasure import certificate_of
from runs.models import Run
from transactions.models import Order


def person_facts(customer_id: str) -> list[tuple[str, str]]:
    """Enough to know that it is the right one, and no personal data."""
    customer = customer_with_id(customer_id)
    orders = Order.objects.filter(customer=customer)
    span = orders.aggregate(first=Min("occurred_at"), last=Max("occurred_at"))
    facts = [("Customer", customer.customer_id), ("Orders", whole(orders.count()))]
    if span["first"]:
        facts += [("First", short_day(span["first"])), ("Last", short_day(span["last"]))]
    return facts


def erasure_words(many: int) -> dict[str, str]:
    lede = (
        "Orders, scores, messages, kept files and logs about the person go; anonymous totals stay."
        " Imports turn the person away afterwards. It cannot be undone."
    )
    finding = f"{counted(many, 'erasure stands', 'erasures stand')} here, with a certificate each."
    if many == 1:
        finding = "1 erasure stands here, with its certificate."
    return {"finding": finding if many else "Nobody was erased yet.", "lede": lede}


def erasure_row(run: Run) -> dict[str, Any]:
    told = certificate_of(run)
    touched = told["touched"].values()
    return {
        "number": run.pk,
        "person": told["person"],
        "state": run.state,
        "when": moment_words(run.finished_at or run.created_at),
        "who": told["asked_by"],
        "touched": whole(sum(many for counts in touched for many in counts.values())),
        "error": run.error,
    }
