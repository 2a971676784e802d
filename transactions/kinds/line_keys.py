"""What an order line is known by: its number, or a hash of what it says."""

import polars as pl

from core.hashing import hash_text_extended

SAYS = ["order_id", "sku", "amount_minor", "source_time"]


def with_line_keys(lines: pl.DataFrame) -> pl.DataFrame:
    """``line_key`` of whole orders, the same as order_sql.resolve_lines gives.

    Without a number a line is known by a hash of what it says, and of the occurrence of that in the
    order, in file order.
    """
    unnumbered = pl.col("line_number").is_null()
    if not lines["line_number"].null_count():
        return lines.with_columns(pl.col("line_number").alias("line_key"))
    occurrence = pl.int_range(1, pl.len() + 1).over(SAYS)
    said = pl.concat_str(
        pl.col("sku").fill_null(""), "amount_minor", "source_time", occurrence, separator="|"
    )
    texts = lines.with_columns(said.alias("said")).filter(unnumbered)
    hashed = texts.select("row", hash_text_extended(texts["said"]).alias("line_key"))
    keyed = lines.join(hashed, on="row", how="left", maintain_order="left")
    return keyed.with_columns(pl.coalesce("line_key", "line_number").alias("line_key"))
