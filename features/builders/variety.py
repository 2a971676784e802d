from dataclasses import dataclass
from typing import Any, ClassVar

import narwhals as nw

from core.contracts.builder import Builder, Feature, Inputs

# More than any catalogue holds: lines and place share one whole number, lines first.
PLACES = 2**32


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
        skus = _places(inputs.products, "sku")
        categories = _places(inputs.products, "category")
        catalogue = (
            inputs.products.select("product_pk", "sku", "category")
            .join(skus, on="sku", how="left")
            .join(categories, on="category", how="left")
            .select("product_pk", "sku_place", "category_place")
        )
        per_product = (
            inputs.bought_lines()
            .filter(~nw.col("product_pk").is_null())
            .group_by("customer_pk", "product_pk")
            .agg(nw.len().cast(nw.Int64).alias("lines"))
            .join(catalogue, on="product_pk", how="left")
        )
        per_category = (
            per_product.filter(~nw.col("category_place").is_null())
            .group_by("customer_pk", "category_place")
            .agg(nw.col("lines").sum())
        )
        products = _count_and_top(per_product, "sku", "distinct_products")
        return self.declared(
            products.join(
                _count_and_top(per_category, "category", "distinct_categories"),
                on="customer_pk",
                how="left",
            )
            .join(skus, on="sku_place", how="left")
            .join(categories, on="category_place", how="left")
            .with_columns(
                nw.col("distinct_categories").fill_null(0),
                nw.col("sku").alias("top_product"),
                nw.col("category").alias("top_category"),
            )
        )


def _places(products: Any, name: str) -> Any:
    """Each name with its place in the alphabet: numbers compare and group faster than texts."""
    names = products.select(name).unique().filter(~nw.col(name).is_null())
    place = nw.col("place").cast(nw.Int64).alias(f"{name}_place")
    return names.with_row_index("place", order_by=name).select(name, place)


def _count_and_top(counts: Any, name: str, count_as: str) -> Any:
    """Per customer the number of rows of ``counts``, and the place of the name with most lines."""
    place = nw.col(f"{name}_place")
    # The earlier of two names with equally many lines has the larger number.
    marked = counts.with_columns((nw.col("lines") * PLACES + (PLACES - 1 - place)).alias("most"))
    found = marked.group_by("customer_pk").agg(nw.len().alias(count_as), nw.col("most").max())
    return found.with_columns((PLACES - 1 - nw.col("most") % PLACES).alias(f"{name}_place")).select(
        "customer_pk", count_as, f"{name}_place"
    )
