from typing import Any, ClassVar

from core.contracts.preset import Preset


class CompleteJourney(Preset):
    """The files of dunnhumby's Complete Journey, a year of a grocer's households."""

    key: ClassVar[str] = "complete-journey"
    title: ClassVar[str] = "Complete Journey"
    columns: ClassVar[dict[str, dict[str, str]]] = {
        "order_lines": {
            "customer_id": "household_id",
            "order_id": "basket_id",
            "sku": "product_id",
            "quantity": "quantity",
            "amount": "sales_value",
            "discount": "retail_disc",
            "occurred_at": "transaction_timestamp",
            "store": "store_id",
        },
        "products": {
            "sku": "product_id",
            "name": "product_type",
            "department": "department",
            "category": "product_category",
            "brand": "brand",
        },
        "customers": {"customer_id": "household_id"},
    }
    # Its times are naive UTC, and of 2017: they move on by whole weeks.
    options: ClassVar[dict[str, Any]] = {"time_zone": "UTC", "shift": True}
