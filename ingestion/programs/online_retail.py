from typing import Any, ClassVar

from core.contracts.preset import Preset


class OnlineRetail(Preset):
    """The layout of the Online Retail data: a gift wholesaler's invoices, line by line.

    A cancellation is an invoice of its own, whose number begins with C and whose quantities are
    negative: its lines are returns.
    """

    key: ClassVar[str] = "online-retail"
    title: ClassVar[str] = "Online Retail"
    columns: ClassVar[dict[str, dict[str, str]]] = {
        "order_lines": {
            "customer_id": "CustomerID",
            "order_id": "InvoiceNo",
            "sku": "StockCode",
            "quantity": "Quantity",
            "unit_price": "UnitPrice",
            "occurred_at": "InvoiceDate",
            "product_name": "Description",
            "region": "Country",
        },
    }
    options: ClassVar[dict[str, Any]] = {"time_zone": "Europe/London"}
    rules: ClassVar[dict[str, list[dict[str, Any]]]] = {
        "order_lines": [
            {
                "rule": "dates",
                "column": "occurred_at",
                "forms": ["%m/%d/%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"],
            },
            {"rule": "returns", "by": "prefix", "prefix": "C"},
            {"rule": "returns", "by": "negative quantity"},
        ],
    }
    note: ClassVar[str] = (
        "Invoices that begin with C and negative quantities are returns; lines without a CustomerID"
        " are rejected; a quantity of 0 is kept and counts in no figure."
    )
