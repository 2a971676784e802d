"""Mappings that come with the product: which column of a known file is which of the glossary's."""

from dataclasses import dataclass, field
from typing import Any

GENERIC = "generic"


@dataclass(frozen=True)
class Preset:
    """Per kind: glossary name → source column, and how the file is written.

    A kind that is not named has the glossary's own names.
    """

    title: str
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    # Per kind its cleaning rules, in place of the kind's usual ones.
    rules: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


PRESETS: dict[str, Preset] = {
    GENERIC: Preset("The glossary's names"),
    "complete-journey": Preset(
        "Complete Journey",
        columns={
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
        },
        # Its times are naive UTC, and of 2017: they move on by whole weeks.
        options={"time_zone": "UTC", "shift": True},
    ),
}
