"""What the list of customers says: who was found, in which group, and how they buy."""

from collections.abc import Sequence
from typing import Any

from core.formats import counted, money, whole
from customers.selectors import Person
from personas.selectors import list_figures
from segmentation.pages import css_of
from segmentation.selectors import segments


def customer_rows(people: Sequence[Person]) -> list[dict[str, Any]]:
    known = list_figures([person.customer_pk for person in people])
    css = {segment.name: css_of(segment) for segment in segments().filter(kind="rfm")}
    rows = []
    for person in people:
        figures = known.get(person.customer_pk, {})
        group = figures.get("rfm_group") or ""
        rows.append(
            {
                "person": person,
                "group": group,
                "css": css.get(group, ""),
                "silent": whole(figures.get("recency_days")),
                "orders": whole(figures.get("purchase_frequency")),
                "spent": money(figures.get("purchase_monetary_value")),
                "about": ", ".join(filter(None, [person.region, person.age_band])) or "–",
            }
        )
    return rows


def customer_words(text: str, total: int, *, personal: bool) -> dict[str, str]:
    by = "number, name, e-mail or telephone" if personal else "number"
    masked = "Names are masked for your role; search by number."
    found = counted(total, "customer")
    finding = f"{found} in all." if total else "There are no customers yet."
    if text:
        finding = f"{found} found for “{text}”." if total else f"Nobody is found for “{text}”."
    return {
        "finding": finding,
        "lede": f"Search by {by}." if personal else masked,
        "placeholder": "Find a customer",
        "empty": "No customer matches" if text else "Customers stand here after the first import",
        "empty_text": f"A number is found by how it begins{EXACT if personal else '.'}"
        if text
        else "Each with their group, how long they have been silent, and what they spent.",
    }


EXACT = ", a name by whole words or the first three letters, e-mail and telephone only whole."
