from dataclasses import dataclass
from typing import Any, ClassVar

import narwhals as nw

from core.contracts.builder import Builder, Feature, Inputs

MICROSECONDS_A_DAY = 86_400_000_000


@dataclass(frozen=True)
class Gaps(Builder):
    """The rhythm of buying: days between consecutive order days. No value after one day only."""

    key: ClassVar[str] = "gaps"
    features: ClassVar[tuple[Feature, ...]] = tuple(
        Feature(f"gap_days_{word}", "float32", f"{words} days between order days", unit="days")
        for word, words in (
            ("mean", "mean"),
            ("std", "sample standard deviation of the"),
            ("median", "median"),
            ("longest", "longest"),
        )
    )

    def build(self, inputs: Inputs) -> Any:
        days = inputs.orders().select("customer_pk", "local_day").unique()
        before = nw.col("local_day").shift(1).over("customer_pk", order_by="local_day")
        gaps = (
            days.with_columns(before.alias("before"))
            .filter(~nw.col("before").is_null())
            .with_columns(_days_between(nw.col("before"), nw.col("local_day")).alias("gap"))
        )
        return self.declared(
            gaps.group_by("customer_pk").agg(
                nw.col("gap").mean().alias("gap_days_mean"),
                nw.col("gap").std().alias("gap_days_std"),
                nw.col("gap").median().alias("gap_days_median"),
                nw.col("gap").max().alias("gap_days_longest"),
            )
        )


def _days_between(earlier: Any, later: Any) -> Any:
    """Days between two dates, as a float so that means need no further cast."""
    return ((later - earlier).dt.total_microseconds() // MICROSECONDS_A_DAY).cast(nw.Float64)
