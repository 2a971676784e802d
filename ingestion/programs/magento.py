from typing import Any, ClassVar

from core.contracts.preset import Preset


class Magento(Preset):
    """Magento's export of its orders grid: a row an order, without the lines in it."""

    key: ClassVar[str] = "magento"
    title: ClassVar[str] = "Magento, orders"
    columns: ClassVar[dict[str, dict[str, str]]] = {
        "order_lines": {
            "customer_id": "Customer Email",
            "order_id": "ID",
            "occurred_at": "Purchase Date",
            "amount": "Grand Total (Base)",
            "store": "Purchase Point",
        },
    }
    options: ClassVar[dict[str, Any]] = {"time_zone": "UTC", "customers_by_email": True}
    note: ClassVar[str] = (
        "One row is one order: there are no products in it. Customers are told apart by their"
        " e-mail address: each gets an id made of it, and the address is kept as theirs."
    )
