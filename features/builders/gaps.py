from dataclasses import dataclass
from typing import Any, ClassVar

import narwhals as nw

from core.contracts.builder import Builder, Feature, Inputs, day_number


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
        days = inputs.bought_lines().select("customer_pk", "local_day").unique()
        numbered = days.select("customer_pk", day_number(nw.col("local_day")).alias("day"))
        before = nw.col("day").shift(1).over("customer_pk", order_by="day")
        gaps = numbered.with_columns((nw.col("day") - before).cast(nw.Int64).alias("gap"))
        sums = (
            gaps.filter(~nw.col("gap").is_null())
            .with_columns((nw.col("gap") * nw.col("gap")).alias("squares"))
            .group_by("customer_pk")
            .agg(
                nw.len().cast(nw.Int64).alias("number"),
                nw.col("gap").sum().alias("total"),
                nw.col("squares").sum(),
                nw.col("gap").median().alias("gap_days_median"),
                nw.col("gap").max().alias("gap_days_longest"),
            )
        )
        return self.declared(
            sums.with_columns(
                (nw.col("total") / nw.col("number")).alias("gap_days_mean"),
                _standard_deviation().alias("gap_days_std"),
            )
        )


def _standard_deviation() -> Any:
    """From whole sums, so that it does not depend on the order of rows in the last digit."""
    number = nw.col("number")
    spread = number * nw.col("squares") - nw.col("total") * nw.col("total")
    pairs = nw.when(number > 1).then(number * (number - 1))
    return (spread / pairs).sqrt()
