from dataclasses import dataclass
from typing import Any, ClassVar

import narwhals as nw

from core.contracts.builder import Builder, Feature, Inputs


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
        # A return has a time of its own, which is no purchase's.
        bought_at = nw.when(nw.col("orders") == 1).then(nw.col("local_at"))
        per_customer = (
            inputs.takings()
            .with_columns(bought_at.alias("bought_at"))
            .group_by("customer_pk")
            .agg(
                nw.col("bought_at").max().alias("last"),
                nw.col("bought_at").min().alias("first"),
                nw.col("orders").sum().alias("purchase_frequency"),
                nw.col("line_count").sum(),
                nw.col("amount_minor").sum(),
            )
            .filter(nw.col("purchase_frequency") > 0)
        )
        exact = nw.col("amount_minor").cast(nw.Float64) / nw.col("purchase_frequency")
        # Half up by hand: engines differ in what round() does with halves.
        average = (exact + 0.5).floor()
        return self.declared(
            per_customer.with_columns(
                inputs.whole_days_since(nw.col("last")).alias("recency_days"),
                inputs.whole_days_since(nw.col("first")).alias("tenure_days"),
                inputs.money(nw.col("amount_minor")).alias("purchase_monetary_value"),
                inputs.money(average).alias("average_order_value"),
            )
        )
