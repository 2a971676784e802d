"""What the page of one product says: what goes with it, and who would want it."""

from typing import Any

from accounts.capabilities import Capability
from accounts.models import User
from core.errors import NotFound
from core.formats import counted, readable
from core.services import record_audit
from customers.selectors import people
from recommendations.selectors import (
    Item,
    NotTrained,
    Wanting,
    bought_together,
    customers_for,
    similar,
)
from transactions.models import Product


def product_page(sku: str, user: User) -> dict[str, Any]:
    """Who would want it only for those who may see customers; their names only as they may."""
    product = Product.objects.filter(sku=sku).first()
    if product is None:
        raise NotFound(f"There is no product {sku!r}.")
    may_see = user.can(Capability.VIEW_CUSTOMERS)
    try:
        together, alike = bought_together(sku), similar(sku)
        wanting = customers_for(sku) if may_see else []
    except NotTrained:
        together, alike, wanting = [], [], []
    name = readable(product.name or product.sku)
    return {
        "name": name,
        "finding": _finding(name, together, alike),
        "lede": _lede(product, together),
        "together": [_row(item) for item in together],
        "together_finding": f"{counted(len(together), 'product')} in the same baskets"
        if together
        else "Nothing lies in its baskets more often than by chance",
        "alike": [_row(item) for item in alike],
        "alike_finding": f"{counted(len(alike), 'product')} like it"
        if alike
        else "No product like it is known yet",
        "may_see": may_see,
        "wanting": _wanting(wanting, user),
        "wanting_finding": f"{counted(len(wanting), 'customer')} would want it most"
        if wanting
        else "Nobody is known to want it",
    }


def _finding(name: str, together: list[Item], alike: list[Item]) -> str:
    if together:
        return f"{name} is bought with {readable(together[0].name)}."
    if alike:
        return f"{name} is bought by those who buy {readable(alike[0].name)}."
    return f"{name}: too few baskets to say what goes with it."


def _lede(product: Product, together: list[Item]) -> str:
    """The figures behind the finding, then what the product is."""
    proof = f"They are {together[0].reason.replace(f' with {product}', '')}. " if together else ""
    about = [
        f"Number {product.sku}",
        readable(product.category) if product.category else "",
        readable(product.department) if product.department else "",
        product.brand or "",
    ]
    return f"{proof}{', '.join(filter(None, about))}."


def _row(item: Item) -> dict[str, str]:
    return {"sku": item.sku, "name": readable(item.name), "why": item.reason}


def _wanting(found: list[Wanting], user: User) -> list[dict[str, str]]:
    personal = user.can(Capability.VIEW_PERSONAL_DATA)
    if personal and found:
        record_audit(actor=user, verb="view_product_customers", detail={"shown": len(found)})
    known = people([row.customer_pk for row in found], personal=personal)
    return [
        {
            "customer_id": row.customer_id,
            "name": known[row.customer_pk].name or row.customer_id,
            "named": "yes" if known[row.customer_pk].name else "",
        }
        for row in found
    ]
