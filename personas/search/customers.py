"""Customers by number; by name, e-mail or telephone for those who may see them."""

from urllib.parse import urlencode

from django.urls import reverse

from accounts.capabilities import Capability
from accounts.models import User
from core.services import record_audit
from customers.selectors import Person, looked_up, person
from personas.search.found import MOST, Hit, Part
from personas.selectors import list_figures

NAMES = ("customer", "customers")


def find(text: str, user: User) -> Part:
    """Nobody without the right to see customers; masked, and by number only, without names."""
    if not text.strip() or not user.can(Capability.VIEW_CUSTOMERS):
        return Part("Customers")
    personal = user.can(Capability.VIEW_PERSONAL_DATA)
    found = looked_up(text, personal=personal, most=MOST + 1)
    shown = [person(customer, personal=personal) for customer in found[:MOST]]
    if personal and shown:
        record_audit(actor=user, verb="search_customers", detail={"shown": len(shown)})
    groups = list_figures([one.customer_pk for one in shown]) if shown else {}
    hits = [_hit(one, groups.get(one.customer_pk, {}).get("rfm_group") or "") for one in shown]
    if len(found) <= MOST:
        return Part("Customers", hits, names=NAMES)
    url = f"{reverse('customers')}?{urlencode({'search': text})}"
    return Part("Customers", hits, more_url=url, more="All customers like this", names=NAMES)


def _hit(one: Person, group: str) -> Hit:
    about = [one.customer_id if one.name else "", group]
    return Hit(
        one.name or one.customer_id,
        reverse("customer", args=[one.customer_id]),
        note=", ".join(filter(None, about)),
        icon="users",
    )
