from dataclasses import dataclass
from typing import Any, ClassVar

import narwhals as nw

from core.contracts.builder import Builder, Feature, Inputs, is_return


@dataclass(frozen=True)
class Habits(Builder):
    """Discounts and returns."""

    key: ClassVar[str] = "habits"
    features: ClassVar[tuple[Feature, ...]] = (
        Feature(
            "discount_share",
            "float32",
            "share of bought lines with a discount",
            transformation="divided by the customer's bought lines",
            reason="comparable between customers who buy much and little",
        ),
        Feature(
            "return_rate",
            "float32",
            "share of all lines that were returned",
            transformation="divided by the customer's lines, returns among them",
            reason="comparable between customers who buy much and little",
        ),
    )

    def build(self, inputs: Inputs) -> Any:
        returned = is_return()
        lines = inputs.known_lines().with_columns(
            returned.cast(nw.Int64).alias("returns"),
            (~returned).cast(nw.Int64).alias("bought"),
            (~returned & (nw.col("discount_minor") != 0)).cast(nw.Int64).alias("discounted"),
        )
        sums = lines.group_by("customer_pk").agg(
            nw.col("returns").sum(), nw.col("bought").sum(), nw.col("discounted").sum()
        )
        # 0 / 0 is no share: a customer who only returned has no bought lines.
        bought = nw.when(nw.col("bought") > 0).then(nw.col("bought"))
        return self.declared(
            sums.with_columns(
                (nw.col("discounted") / bought).alias("discount_share"),
                (nw.col("returns") / (nw.col("returns") + nw.col("bought"))).alias("return_rate"),
            )
        )
