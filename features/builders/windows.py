from dataclasses import dataclass
from typing import Any, ClassVar

import narwhals as nw

from core.contracts.builder import Builder, Feature, Inputs

WINDOWS = (30, 90)


@dataclass(frozen=True)
class Windows(Builder):
    """What happened in the last 30 and 90 days; 0 for customers whose orders are older."""

    key: ClassVar[str] = "windows"
    features: ClassVar[tuple[Feature, ...]] = tuple(
        feature
        for days in WINDOWS
        for feature in (
            Feature(f"orders_{days}d", "int32", f"orders in the last {days} days", unit="orders"),
            Feature(f"spend_{days}d", "float64", f"money in the last {days} days", unit="money"),
        )
    )

    def build(self, inputs: Inputs) -> Any:
        recent = {days: nw.col("local_at") >= inputs.days_back(days) for days in WINDOWS}
        marked = inputs.takings().with_columns(
            *(
                (nw.col("orders") * _mark(recent[days])).alias(f"orders_{days}d")
                for days in WINDOWS
            ),
            *(
                (nw.col("amount_minor") * _mark(recent[days])).alias(f"spend_{days}d")
                for days in WINDOWS
            ),
        )
        names = [feature.name for feature in self.features]
        sums = (
            marked.group_by("customer_pk")
            .agg(nw.col("orders").sum(), *(nw.col(name).sum() for name in names))
            .filter(nw.col("orders") > 0)
        )
        return self.declared(
            sums.with_columns(
                *(
                    inputs.money(nw.col(f"spend_{days}d")).alias(f"spend_{days}d")
                    for days in WINDOWS
                )
            )
        )


def _mark(condition: Any) -> Any:
    return condition.cast(nw.Int64)
