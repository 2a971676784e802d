from typing import Any, ClassVar

from core.contracts.preset import Preset


class Shopify(Preset):
    """Shopify's export of orders: a row a line item; times carry their offset.

    It has no number of the customer: the e-mail address is the only name that all orders carry.
    """

    key: ClassVar[str] = "shopify"
    title: ClassVar[str] = "Shopify, orders"
    columns: ClassVar[dict[str, dict[str, str]]] = {
        "order_lines": {
            "customer_id": "Email",
            "order_id": "Name",
            "occurred_at": "Created at",
            "sku": "Lineitem sku",
            "quantity": "Lineitem quantity",
            "unit_price": "Lineitem price",
            "product_name": "Lineitem name",
            "discount": "Lineitem discount",
            "currency": "Currency",
            "channel": "Source",
            "region": "Billing Country",
        },
    }
    options: ClassVar[dict[str, Any]] = {"customers_by_email": True}
    note: ClassVar[str] = (
        "Customers are told apart by their e-mail address, the only one it has: each gets an id"
        " made of it, and the address is kept as theirs."
    )
