from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from core.contracts.cleaning_rule import FLAGGED, CleaningRule, Outcome, RuleContext, effect
from ingestion.spellings import address_of_mail, digits_of_phone, words_in_order

ALIKE: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "email": address_of_mail,
    "phone": digits_of_phone,
    "name": words_in_order,
}


@dataclass(frozen=True)
class SimilarCustomers(CleaningRule):
    """Flagged, never merged: who they are is decided by a person. A name counts where it is the
    same in all its words, whatever their order.
    """

    email: bool = True
    phone: bool = True
    name: bool = True

    key: ClassVar[str] = "similar_customers"
    title: ClassVar[str] = "Customers who may be one"
    says: ClassVar[str] = "Two customers of a file with one e-mail, telephone or name are flagged."
    stage: ClassVar[Any] = "cells"
    place: ClassVar[int] = 60
    kinds: ClassVar[tuple[str, ...]] = ("customers",)
    learns: ClassVar[bool] = True

    def reads(self) -> tuple[str, ...]:
        return tuple(name for name in ALIKE if getattr(self, name))

    def keeps(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Hashes alone: of who it is, and of each thing that may be shared."""
        parts = [
            rows.select(
                "row",
                pl.lit(name).alias("column"),
                pl.col("customer_id").cast(pl.String).str.strip_chars().hash().alias("who"),
                ALIKE[name](pl.col(name).cast(pl.String)).alias("text"),
            )
            .drop_nulls("text")
            .with_columns(pl.col("text").hash().alias("text"))
            for name in self.reads()
            if name in rows.columns and "customer_id" in rows.columns
        ]
        schema = {"row": pl.Int64, "column": pl.String, "who": pl.UInt64, "text": pl.UInt64}
        return pl.concat([pl.DataFrame(schema=schema), *parts])

    def learn(self, kept: pl.DataFrame, context: RuleContext) -> pl.DataFrame:
        """row, column, and the earlier row (like) of another customer that says the same."""
        ordered = kept.sort("row")
        same = ["column", "text"]
        first = ordered.with_columns(
            pl.col("row").first().over(same).alias("like"),
            pl.col("who").first().over(same).alias("other"),
        )
        return first.filter(pl.col("who") != pl.col("other")).select("row", "column", "like")

    def apply(self, rows: pl.DataFrame, learnt: Any, context: RuleContext) -> Outcome:
        effects = []
        for name in self.reads():
            theirs = learnt.filter(pl.col("column") == name)
            met = rows.select("row").join(theirs, on="row", how="inner").sort("row")
            if met.height:
                words = pl.format("as in row {}", "like")
                told = met.select("row", words.alias(name))
                effects.append(
                    effect(FLAGGED, name, told, None, context, words="kept", our_words=True)
                )
        return Outcome(rows, tuple(effects))
