from dataclasses import dataclass
from typing import Any, ClassVar

import narwhals as nw

from core.contracts.builder import Builder, Feature, Inputs

MICROSECONDS_A_DAY = 86_400_000_000


@dataclass(frozen=True)
class Purchases(Builder):
    """How recently, how often and for how much: the three that RFM reads, and their kin."""

    key: ClassVar[str] = "purchases"
    features: ClassVar[tuple[Feature, ...]] = (
        Feature(
            "recency_days",
            "int32",
            "whole days from the last purchase to the day of the snapshot, by the local clock",
            unit="days",
        ),
        Feature("purchase_frequency", "int32", "number of distinct orders", unit="orders"),
        Feature("line_count", "int32", "number of order lines", unit="lines"),
        Feature(
            "purchase_monetary_value",
            "float64",
            "sum of line amounts; returned lines count on neither side",
            unit="money",
        ),
        Feature("average_order_value", "float64", "money per order", unit="money"),
        Feature(
            "tenure_days",
            "int32",
            "whole days from the first purchase to the day of the snapshot",
            unit="days",
        ),
    )

    def build(self, inputs: Inputs) -> Any:
        per_customer = (
            inputs.orders()
            .group_by("customer_pk")
            .agg(
                nw.col("local_at").max().alias("last"),
                nw.col("local_at").min().alias("first"),
                nw.len().alias("purchase_frequency"),
                nw.col("line_count").sum(),
                nw.col("amount_minor").sum(),
            )
        )
        average = (nw.col("amount_minor").cast(nw.Float64) / nw.col("purchase_frequency")).round(0)
        return self.declared(
            per_customer.with_columns(
                days_before(nw.col("last"), inputs).alias("recency_days"),
                days_before(nw.col("first"), inputs).alias("tenure_days"),
                inputs.money(nw.col("amount_minor")).alias("purchase_monetary_value"),
                inputs.money(average).alias("average_order_value"),
            )
        )


def days_before(moment: Any, inputs: Inputs) -> Any:
    """Whole days from ``moment`` to ``as_of``, floor, between wall-clock times."""
    return (nw.lit(inputs.as_of) - moment).dt.total_microseconds() // MICROSECONDS_A_DAY
