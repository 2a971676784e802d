from dataclasses import dataclass
from typing import Any, ClassVar

import narwhals as nw

from core.contracts.builder import Builder, Feature, Inputs, day_number

WINDOWS = (7, 14, 60, 180)
DAY_WINDOWS = (14, 30, 60, 90, 180)
SPANS = (2, 3, 5)


@dataclass(frozen=True)
class Activity(Builder):
    """What predictions need beside ``windows`` and ``gaps``: shorter and longer windows, days with
    an order, and how long a customer has been buying, which does not change while they are silent.
    """

    key: ClassVar[str] = "activity"
    features: ClassVar[tuple[Feature, ...]] = (
        Feature("order_days", "int32", "number of different days with an order", unit="days"),
        Feature(
            "active_days", "int32", "days between the first and the last order day", unit="days"
        ),
        *(
            Feature(
                f"span_days_{k}", "int32", f"days that the last {k} order days span", unit="days"
            )
            for k in SPANS
        ),
        *(
            Feature(
                f"order_days_{days}d",
                "int32",
                f"different days with an order in the last {days} days",
                unit="days",
            )
            for days in DAY_WINDOWS
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
        sums = _sums(inputs)
        joined = sums.join(_days(inputs), on="customer_pk", how="left")
        return self.declared(
            joined.with_columns(
                *(inputs.money(nw.col(f"spend_{d}d")).alias(f"spend_{d}d") for d in WINDOWS)
            )
        )


def _sums(inputs: Inputs) -> Any:
    """Orders and money of the windows; who only returned is left out."""
    recent = {days: nw.col("local_at") >= inputs.days_back(days) for days in WINDOWS}
    marks = [
        (nw.col(column) * recent[days].cast(nw.Int64)).alias(f"{word}_{days}d")
        for days in WINDOWS
        for word, column in (("orders", "orders"), ("spend", "amount_minor"))
    ]
    return (
        inputs.takings()
        .with_columns(*marks)
        .group_by("customer_pk")
        .agg(
            nw.col("orders").sum(),
            *(nw.col(f"{word}_{days}d").sum() for days in WINDOWS for word in ("orders", "spend")),
        )
        .filter(nw.col("orders") > 0)
    )


def _days(inputs: Inputs) -> Any:
    """Counts and spans of order days. A day is in a window when its last order is."""
    days = (
        inputs.orders()
        .group_by("customer_pk", "local_day")
        .agg(nw.col("local_at").max())
        .with_columns(day_number(nw.col("local_day")).alias("day"))
    )
    # The largest of the days k − 1 places earlier is the k-th last day.
    earlier = [
        nw.col("day").shift(k - 1).over("customer_pk", order_by="day").alias(f"before_{k}")
        for k in SPANS
    ]
    marks = [
        (nw.col("local_at") >= inputs.days_back(d)).cast(nw.Int64).alias(f"order_days_{d}d")
        for d in DAY_WINDOWS
    ]
    last = nw.col("day").max()
    return (
        days.with_columns(*earlier, *marks)
        .group_by("customer_pk")
        .agg(
            nw.len().alias("order_days"),
            (last - nw.col("day").min()).alias("active_days"),
            *((last - nw.col(f"before_{k}").max()).alias(f"span_days_{k}") for k in SPANS),
            *(nw.col(f"order_days_{d}d").sum() for d in DAY_WINDOWS),
        )
    )
