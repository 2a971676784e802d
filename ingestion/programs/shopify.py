from typing import ClassVar

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
    note: ClassVar[str] = "Customers are told apart by their e-mail address, the only one it has."
