from dataclasses import dataclass
from typing import Any, ClassVar

import narwhals as nw

from core.contracts.builder import Builder, Feature, Inputs, day_number

WINDOWS = (7, 14, 60, 180)


@dataclass(frozen=True)
class Activity(Builder):
    """What predictions need beside ``windows`` and ``gaps``: shorter and longer windows, and how
    long a customer has been buying, which does not change while they are silent."""

    key: ClassVar[str] = "activity"
    features: ClassVar[tuple[Feature, ...]] = (
        Feature("order_days", "int32", "number of different days with an order", unit="days"),
        Feature(
            "active_days", "int32", "days between the first and the last order day", unit="days"
        ),
        *(
            feature
            for days in WINDOWS
            for feature in (
                Feature(
                    f"orders_{days}d", "int32", f"orders in the last {days} days", unit="orders"
                ),
                Feature(
                    f"spend_{days}d", "float64", f"money in the last {days} days", unit="money"
                ),
            )
        ),
    )

    def build(self, inputs: Inputs) -> Any:
        recent = {days: nw.col("local_at") >= inputs.days_back(days) for days in WINDOWS}
        bought = nw.when(nw.col("orders") == 1).then(day_number(nw.col("local_at")))
        marks = [
            (nw.col(column) * recent[days].cast(nw.Int64)).alias(f"{word}_{days}d")
            for days in WINDOWS
            for word, column in (("orders", "orders"), ("spend", "amount_minor"))
        ]
        sums = (
            inputs.takings()
            .with_columns(bought.alias("bought_day"), *marks)
            .group_by("customer_pk")
            .agg(
                nw.col("orders").sum(),
                nw.col("bought_day").n_unique().alias("different"),
                nw.col("bought_day").is_null().any().alias("has_refund"),
                (nw.col("bought_day").max() - nw.col("bought_day").min()).alias("active_days"),
                *(nw.col(f"{w}_{d}d").sum() for d in WINDOWS for w in ("orders", "spend")),
            )
            .filter(nw.col("orders") > 0)
        )
        # A refund's missing day counts among the different values.
        order_days = nw.col("different").cast(nw.Int64) - nw.col("has_refund").cast(nw.Int64)
        return self.declared(
            sums.with_columns(
                order_days.alias("order_days"),
                *(inputs.money(nw.col(f"spend_{d}d")).alias(f"spend_{d}d") for d in WINDOWS),
            )
        )
