from dataclasses import dataclass
from typing import Any, ClassVar

import narwhals as nw

from core.contracts.builder import Builder, Feature, Inputs


@dataclass(frozen=True)
class Variety(Builder):
    """What a customer buys: how many things, and which most often (order lines, then name)."""

    key: ClassVar[str] = "variety"
    features: ClassVar[tuple[Feature, ...]] = (
        Feature("distinct_products", "int32", "number of different products bought"),
        Feature("distinct_categories", "int32", "number of different product categories bought"),
        Feature("top_category", "text", "category with most order lines; ties by name"),
        Feature("top_product", "text", "sku with most order lines; ties by sku"),
    )

    def build(self, inputs: Inputs) -> Any:
        catalogue = inputs.products.select("product_pk", "sku", "category")
        per_product = (
            inputs.bought_lines()
            .filter(~nw.col("product_pk").is_null())
            .group_by("customer_pk", "product_pk")
            .agg(nw.len().alias("lines"))
            .join(catalogue, on="product_pk", how="left")
        )
        per_category = (
            per_product.filter(~nw.col("category").is_null())
            .group_by("customer_pk", "category")
            .agg(nw.col("lines").sum())
        )
        return self.declared(
            _count_and_top(per_product, "sku", "distinct_products", "top_product")
            .join(
                _count_and_top(per_category, "category", "distinct_categories", "top_category"),
                on="customer_pk",
                how="left",
            )
            .with_columns(nw.col("distinct_categories").fill_null(0))
        )


def _count_and_top(counts: Any, name: str, count_as: str, top_as: str) -> Any:
    """Per customer the number of rows of ``counts``, and the name with most lines."""
    most = nw.col("lines").max().over("customer_pk")
    marked = counts.with_columns(
        nw.when(nw.col("lines") == most).then(nw.col(name)).alias("candidate")
    )
    return marked.group_by("customer_pk").agg(
        nw.len().alias(count_as), nw.col("candidate").min().alias(top_as)
    )
