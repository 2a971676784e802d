from typing import Any, ClassVar

from core.contracts.preset import Preset


class WooCommerce(Preset):
    """The usual export of WooCommerce's orders, a row an item, under its English names."""

    key: ClassVar[str] = "woocommerce"
    title: ClassVar[str] = "WooCommerce, orders"
    columns: ClassVar[dict[str, dict[str, str]]] = {
        "order_lines": {
            "customer_id": "Email (Billing)",
            "order_id": "Order Number",
            "occurred_at": "Order Date",
            "sku": "SKU",
            "quantity": "Quantity (- Refund)",
            "unit_price": "Item Cost",
            "line_number": "Item #",
            "product_name": "Item Name",
            "category": "Category",
            "discount": "Discount Amount",
            "currency": "Order Currency",
            "region": "Country Code (Billing)",
        },
    }
    options: ClassVar[dict[str, Any]] = {"customers_by_email": True}
    note: ClassVar[str] = (
        "Customers are told apart by their e-mail address, since guests have no number: each gets"
        " an id made of it, and the address is kept as theirs."
    )
